"""New readings on demand: files joined to the warehouse's past, a report, and nothing written."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.errors import ForecastError, RegistryError, ScoringError
from anomaly_assets.pipelines import Site, Span, forecast_days
from anomaly_assets.pipelines.forecast import MonitorReport, monitor, watch_days
from anomaly_assets.pipelines.forecast.watch import WHOLE

from ..plant import Plant, days_prepared
from .tanks import KNOWN, risen

SCALE = 0.35


@pytest.fixture
def week(watched: Plant, tmp_path: Path) -> Path:
    """The files of the week after what is known, in a folder of their own."""
    folder = tmp_path / "week"
    folder.mkdir()
    for number in range(KNOWN, KNOWN + 7):
        file = watched.later / f"{watched.day(number)}.csv"
        file.rename(folder / file.name)
    return folder


def looked(watched: Plant, living: Site, *inputs: Path) -> MonitorReport:
    return monitor(living, watched.fleet, [str(file) for file in inputs] or None)


def kept(home: Path) -> dict[Path, int]:
    """When the files of an installation were written; locks hold nothing."""
    return {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file() and path.name != ".lock"}


class TestFiles:
    def test_of_an_ordinary_week_are_no_drift(self, watched: Plant, living: Site, week: Path) -> None:
        report = looked(watched, living, week)
        assert not report.drifted and not report.exceeded
        assert [day["day"] for day in report.days] == [watched.day(number) for number in range(KNOWN, KNOWN + 7)]
        assert [row["horizon_day"] for row in report.horizon_days] == list(range(1, 8))
        assert len(report.units) == 4 and report.not_forecast == {}

    def test_of_a_shifted_week_are_drift_by_error(self, watched: Plant, living: Site, week: Path) -> None:
        risen(week, date.min, 3 * SCALE)
        report = looked(watched, living, week)
        assert report.drifted and len(report.drift) >= 3 and "error" in report.exceeded
        assert report.days[0]["ratio"] > report.tolerances["error"] == 1.5

    def test_of_one_broken_probe_are_none(self, watched: Plant, living: Site, week: Path) -> None:
        risen(week, date.min, 10 * SCALE, ("south",))
        report = looked(watched, living, week)
        errors = {unit["unit_id"]: unit["rmse"] / unit["baseline_rmse"] for unit in report.units}
        assert not report.drifted and max(errors, key=lambda unit: errors[unit]) == "south"

    def test_are_judged_as_the_platform_judges_its_days(self, watched: Plant, living: Site, week: Path) -> None:
        """But for the first hours of severity's look-back and of cleaning, which are the same here."""
        report = looked(watched, living, week)
        for file in week.iterdir():
            file.rename(watched.raw / file.name)
        days, fleet = Span(watched.day(KNOWN), watched.day(KNOWN + 7)), watched.fleet
        days_prepared(living, fleet, days)
        forecast_days(living, fleet, days)
        watch_days(living, fleet, days)
        table = living.warehouse.read(living.table(fleet, "forecast_monitoring"), days.start, days.end).filter(WHOLE)
        names = ["day", "readings", "rmse", "baseline_rmse", "ratio", "coverage_80", "drifted"]
        assert_frame_equal(pl.DataFrame(report.days).select(names), table.select(names), check_exact=True)

    def test_write_nothing(self, watched: Plant, living: Site, week: Path) -> None:
        tables = [living.table(watched.fleet, name) for name in ("cleaned_sensors", "features", "forecast")]
        before = [living.warehouse.read(table) for table in tables]
        home = kept(watched.home)
        looked(watched, living, week)
        for table, frame in zip(tables, before, strict=True):
            assert_frame_equal(living.warehouse.read(table), frame)
        assert living.warehouse.days(living.table(watched.fleet, "forecast_monitoring")) == {}
        assert kept(watched.home) == home

    def test_that_begin_within_a_day_are_joined_to_its_beginning(
        self, watched: Plant, living: Site, week: Path
    ) -> None:
        first = week / f"{watched.day(KNOWN)}.csv"
        rows = pl.read_csv(first)
        half = watched.raw / first.name
        rows.filter(pl.col("time") < f"{watched.day(KNOWN)}T12").write_csv(half)
        days_prepared(living, watched.fleet, Span(watched.day(KNOWN), watched.day(KNOWN + 1)))
        rows.filter(pl.col("time") >= f"{watched.day(KNOWN)}T12").write_csv(first)
        whole = looked(watched, living, week).days
        assert whole[0]["readings"] == 4 * 24 * 7, "every reading of the day, forecast from seven days"

    def test_that_nothing_is_known_before_are_told(self, watched: Plant, living: Site, week: Path) -> None:
        table = living.table(watched.fleet, "cleaned_sensors")
        living.warehouse.replace(table, table.empty(), watched.day(0), watched.day(KNOWN))
        with pytest.raises(ForecastError, match=r"compared with a forecast.*backfill the days before"):
            looked(watched, living, week / f"{watched.day(KNOWN)}.csv")

    def test_that_are_not_there_are_a_mistake(self, watched: Plant, living: Site, tmp_path: Path) -> None:
        with pytest.raises(ScoringError, match="there is no raw file"):
            looked(watched, living, tmp_path / "nothing.csv")


class TestReport:
    def test_names_the_production_run_and_the_tolerance_that_was_exceeded(
        self, watched: Plant, living: Site, week: Path
    ) -> None:
        risen(week, watched.day(KNOWN + 2), 3 * SCALE)
        told = json.loads(json.dumps(looked(watched, living, week).to_json()))
        version = living.registry.get("ponds.forecaster")
        assert told["production"] == {
            "model": "ponds.forecaster",
            "version": 1,
            "run_id": version.run_id,
            "test_start": f"{watched.day(KNOWN - 14)}T00:00:00+00:00",
            "severity_model": "rule_severity/1",
        }
        assert told["drifted"] is True and set(told["exceeded"]) <= {"error", "severity"}
        assert told["exceeded"]["error"][0] == watched.day(KNOWN + 2).isoformat() == told["drift"][0]
        assert told["tolerances"] == {"error": 1.5, "severity": 0.1, "drifted_days": 3}
        assert told["days"][2]["exceeded"][0] == "error" and told["days"][2]["drifted"] is True
        assert 0 <= told["days"][0]["median_severity"] <= 1 and told["days"][0]["baseline_severity"] == 0.0
        assert {"horizon_day", "rmse", "baseline_rmse", "coverage_80", "coverage_95"} <= set(told["horizon_days"][0])

    def test_without_files_is_of_the_latest_days(self, watched: Plant, living: Site) -> None:
        report = looked(watched, living)
        assert [day["day"] for day in report.days] == [watched.day(KNOWN - number) for number in range(7, 0, -1)]
        assert not report.drifted and report.files == ()

    def test_one_drifted_day_among_many_is_no_drift_and_told(self, watched: Plant, living: Site, week: Path) -> None:
        file = week / f"{watched.day(KNOWN + 6)}.csv"
        pl.read_csv(file).with_columns(pl.col("oxygen") + 5 * SCALE).write_csv(file)
        report = looked(watched, living, week)
        assert report.drifted_days == [watched.day(KNOWN + 6)] and not report.drifted
        assert looked(watched, living, file).drifted, "where it is all there is, it is"

    def test_needs_a_forecaster_and_a_forecast(self, watched: Plant, living: Site) -> None:
        with pytest.raises(RegistryError, match="anomaly-assets train other"):
            monitor(living, watched.fleet.model_copy(update={"fleet": "other"}))
        with pytest.raises(ForecastError, match="not forecast"):
            monitor(living, watched.fleet.model_copy(update={"forecast": None}))

    def test_of_days_that_were_learnt_from_has_no_verdict(self, watched: Plant, living: Site, tmp_path: Path) -> None:
        old = watched.raw / f"{watched.day(KNOWN - 20)}.csv"
        report = looked(watched, living, old)
        assert [day["drifted"] for day in report.days] == [None] and not report.drifted
