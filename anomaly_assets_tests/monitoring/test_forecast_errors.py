"""Forecasts beside readings: what counts as usual, what is measured, and which days have drifted."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.config import ForecastConfig, ForecastWatch
from anomaly_assets.contracts import tables
from anomaly_assets.monitoring import ForecastBaseline, UsualSeverity, exceeded, forecast_errors, forecast_verdicts
from anomaly_assets_tests.conftest import small_fleet

CONFIG = ForecastConfig(sensor="a", levels=(0.8,), watch=ForecastWatch(min_readings=6))
DAY = date(2024, 5, 1)
USUAL = UsualSeverity(0.2, 0.2)
UNITS = {"a|1": 1.0, "b": 10.0, "c": 0.1}
"""The usual error of every unit, on the first day ahead; on the second it is twice as large."""


def forecasts(off: dict[str, float], days: int = 1, first: date = DAY, **columns: Any) -> pl.DataFrame:
    """Forecasts of six instants a day, one and two days ahead, that are off by so many usual errors in turns."""
    rows = []
    for unit, number, hour, ahead in product(off, range(days), range(0, 24, 4), (1, 2)):
        time = datetime(first.year, first.month, first.day, hour, tzinfo=UTC) + timedelta(days=number)
        error = off[unit] * UNITS.get(unit, 1.0) * ahead * (-1) ** (hour // 4)
        row = {"unit_id": unit, "time": time, "horizon_day": ahead, "forecast": 5.0 + error, "value": 5.0}
        wide = UNITS.get(unit, 1.0) * ahead * 1.28
        rows.append(row | {"lower_80": 5.0 + error - wide, "upper_80": 5.0 + error + wide, "in_training": False})
    return pl.DataFrame(rows).with_columns(**columns)


def backtest(validation: float = 1.0, days: int = 10) -> pl.DataFrame:
    later = DAY - timedelta(days=2 * days), DAY - timedelta(days=days)
    parts = [forecasts(dict.fromkeys(UNITS, size), days, at) for size, at in zip((validation, 1.0), later, strict=True)]
    told = [part.with_columns(part=pl.lit(name)) for part, name in zip(parts, ("validation", "test"), strict=True)]
    return pl.concat(told).rename({"forecast": "forecaster"})


def baseline() -> ForecastBaseline:
    return ForecastBaseline.of(backtest(), CONFIG.watch)


def judged(found: pl.DataFrame, known: ForecastBaseline | None = None, severity: float | None = None) -> pl.DataFrame:
    told = None if severity is None else found.select("unit_id", "time").unique().with_columns(severity=severity)
    return forecast_errors(found, known or baseline(), CONFIG, model_version=3, severities=told, usual=USUAL)


def whole(report: pl.DataFrame) -> dict[str, Any]:
    return report.row(by_predicate=pl.col("horizon_day").is_null() & pl.col("unit_id").is_null(), named=True)


class TestBaseline:
    def test_it_knows_the_usual_error_of_every_unit_and_horizon_day(self) -> None:
        errors = {(unit, day): rmse for unit, day, rmse, _ in baseline().errors.rows()}
        assert errors["b", 1] == pytest.approx(10.0) and errors["b", 2] == pytest.approx(20.0)
        assert errors[None, 1] == pytest.approx(np.sqrt((1 + 100 + 0.01) / 3)), "all units together"

    def test_only_the_test_part_says_what_is_usual(self) -> None:
        assert_frame_equal(ForecastBaseline.of(backtest(5.0), CONFIG.watch).errors, baseline().errors)

    def test_where_nothing_was_tested_validation_says_it(self) -> None:
        only = backtest(2.0).filter(part="validation")
        errors = ForecastBaseline.of(only, CONFIG.watch).errors.filter(unit_id="b", horizon_day=1)
        assert errors["rmse"].item() == pytest.approx(20.0)

    def test_ordinary_days_of_both_parts_set_a_bound(self) -> None:
        assert baseline().ordinary == pytest.approx(1.0)
        assert ForecastBaseline.of(backtest(3.0), CONFIG.watch).ordinary == pytest.approx(3.0)
        assert ForecastBaseline.of(backtest(3.0), ForecastWatch(ordinary=None)).ordinary is None

    def test_days_that_are_why_it_was_learnt_anew_say_nothing(self) -> None:
        shifted = backtest().with_columns(
            forecaster=pl.when(pl.col("time").dt.date() >= DAY - timedelta(days=3)).then(99.0).otherwise("forecaster")
        )
        unusual = [DAY - timedelta(days=number) for number in (1, 2, 3)]
        known, contaminated = (ForecastBaseline.of(shifted, CONFIG.watch, days) for days in (unusual, []))
        assert known.ordinary == pytest.approx(1.0) and contaminated.ordinary > 1.5
        assert known.errors.filter(unit_id="b", horizon_day=1)["rmse"].item() == pytest.approx(10.0)

    def test_it_survives_being_written(self) -> None:
        known = baseline()
        again = ForecastBaseline.from_json(known.to_json())
        assert_frame_equal(again.errors, known.errors, check_exact=True)
        assert again.ordinary == known.ordinary


class TestErrors:
    def test_they_are_told_by_day_horizon_day_and_unit_and_all_together(self) -> None:
        report = judged(forecasts(dict.fromkeys(UNITS, 1.0), days=2), severity=0.2)
        assert report.height == 2 * (1 + 2 + 3 + 6)
        fleet = small_fleet(forecast={"sensor": "a", "levels": [0.8], "watch": CONFIG.watch.model_dump()})
        assert tables(fleet)["forecast_monitoring"].validate(report).height == report.height

    def test_they_are_measured_in_the_sensors_unit_and_in_multiples_of_the_usual(self) -> None:
        report = judged(forecasts(dict.fromkeys(UNITS, 2.0)))
        row = report.row(by_predicate=(pl.col("unit_id") == "b") & (pl.col("horizon_day") == 2), named=True)
        assert (row["rmse"], row["mae"], row["baseline_rmse"]) == pytest.approx((40.0, 40.0, 20.0))
        assert (row["ratio"], row["readings"], row["coverage_80"]) == (pytest.approx(2.0), 6, 0.0)

    def test_units_of_any_measure_count_alike(self) -> None:
        assert whole(judged(forecasts({"a|1": 1.1, "b": 1.2, "c": 1.3})))["ratio"] == pytest.approx(1.2)

    def test_intervals_are_counted_where_there_are_any(self) -> None:
        found = forecasts(dict.fromkeys(UNITS, 1.0))
        assert whole(judged(found))["coverage_80"] == 1.0
        without = found.with_columns(pl.lit(None, pl.Float64).alias(name) for name in ("lower_80", "upper_80"))
        assert whole(judged(without))["coverage_80"] is None

    def test_a_unit_that_the_backtest_did_not_know_is_held_against_all_units(self) -> None:
        row = judged(forecasts({"new": 1.0})).filter(unit_id="new", horizon_day=1)
        assert row["baseline_rmse"].item() == pytest.approx(np.sqrt((1 + 100 + 0.01) / 3))

    def test_days_without_a_reading_are_left_out(self) -> None:
        found = forecasts(dict.fromkeys(UNITS, 1.0), value=pl.lit(None, pl.Float64))
        assert judged(found).is_empty() and forecast_verdicts(judged(found)) == []


class TestVerdicts:
    @pytest.mark.parametrize(("off", "drifted"), [(1.0, False), (1.4, False), (1.6, True)])
    def test_a_day_has_drifted_beyond_the_configured_multiple(self, off: float, drifted: bool) -> None:
        assert forecast_verdicts(judged(forecasts(dict.fromkeys(UNITS, off)))) == [(DAY, drifted)]

    def test_a_day_that_is_no_further_off_than_ordinary_ones_has_not_drifted(self) -> None:
        wild = ForecastBaseline.of(backtest(3.0), CONFIG.watch)
        report = judged(forecasts(dict.fromkeys(UNITS, 2.9)), wild)
        assert forecast_verdicts(report) == [(DAY, False)] and whole(report)["tolerance"] == pytest.approx(3.0)

    @pytest.mark.parametrize("units", [("a|1", "b", "c"), ("a|1", "b")])
    def test_one_broken_probe_is_an_incident_and_no_drift(self, units: tuple[str, ...]) -> None:
        found = forecasts(dict.fromkeys(units, 1.0) | {units[0]: 50.0})
        report = judged(found)
        assert forecast_verdicts(report) == [(DAY, False)]
        assert report.filter(unit_id=units[0], horizon_day=1)["ratio"].item() == pytest.approx(50.0), "yet it is told"

    def test_one_horizon_day_that_is_far_off_is_enough(self) -> None:
        """A level that has shifted is soon known to the forecasts of the day ahead, and not to the earlier ones."""
        found = forecasts(dict.fromkeys(UNITS, 1.0)).with_columns(
            forecast=pl.when(pl.col("horizon_day") == 2).then(pl.col("forecast") * 2 + 20).otherwise("forecast")
        )
        assert forecast_verdicts(judged(found)) == [(DAY, True)]

    @pytest.mark.parametrize(("severity", "drifted"), [(0.25, False), (0.31, True)])
    def test_severity_is_a_reason_of_its_own(self, severity: float, drifted: bool) -> None:
        report = judged(forecasts(dict.fromkeys(UNITS, 1.0)), severity=severity)
        assert forecast_verdicts(report) == [(DAY, drifted)]
        assert exceeded(whole(report)) == (("severity",) if drifted else ())

    def test_one_probe_of_great_severity_is_no_reason(self) -> None:
        found = forecasts({"a|1": 1.0, "b": 1.0})
        told = (
            found.select("unit_id", "time").unique().with_columns(severity=pl.when(unit_id="b").then(1.0).otherwise(0))
        )
        report = forecast_errors(found, baseline(), CONFIG, model_version=3, severities=told, usual=USUAL)
        assert forecast_verdicts(report) == [(DAY, False)]

    def test_what_was_learnt_from_is_measured_and_not_judged(self) -> None:
        report = judged(forecasts(dict.fromkeys(UNITS, 9.0), in_training=True))
        assert whole(report)["ratio"] == pytest.approx(9.0) and forecast_verdicts(report) == []

    def test_too_few_readings_give_no_verdict(self) -> None:
        few = forecasts(dict.fromkeys(UNITS, 9.0)).filter(pl.col("time").dt.hour() < 8)
        assert forecast_verdicts(judged(few)) == []

    def test_what_was_exceeded_is_named(self) -> None:
        row = whole(judged(forecasts(dict.fromkeys(UNITS, 2.0)), severity=0.9))
        assert exceeded(row) == ("error", "severity")
