"""The report as files: from the warehouse and from raw files, with what was expected, counted, whole or not there."""

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.config.severity import KINDS
from anomaly_assets.errors import FeatureError, ScoringError
from anomaly_assets.pipelines import midnight
from anomaly_assets.pipelines.severity import SeverityFiles, write_severity
from anomaly_assets.registry import ForecastBundle

from ..conftest import empty_registry  # noqa: F401 - fixture
from ..forecast.conftest import PONDS, forecast_original  # noqa: F401 - fixtures
from ..plant import Plant

EXPECTED = ["expected", "expected_spread"]


def told(plant: Plant, output: Path, **asked: object) -> SeverityFiles:
    return write_severity(plant.site(), plant.fleet, output / "told", **asked)  # type: ignore[arg-type]


def rows(made: SeverityFiles) -> pl.DataFrame:
    return pl.read_parquet(made.files.parquet)


@pytest.fixture
def ponds(forecast_original: Plant) -> Plant:  # noqa: F811 - the fixture
    """Only read from."""
    return forecast_original


def test_one_row_is_one_clean_reading_of_one_sensor(ponds: Plant, tmp_path: Path) -> None:
    made = told(ponds, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["told.csv", "told.parquet", "told_metadata.json"]
    cleaned = ponds.site().warehouse.read(ponds.site().table(ponds.fleet, "cleaned_sensors"))
    for sensor in ("oxygen", "temperature"):
        own = cleaned.filter(pl.col(sensor).is_not_null() & (pl.col(f"{sensor}__quality") & 1 == 0))
        same = rows(made).filter(sensor=sensor).select("unit_id", "time", pl.col("value").alias(sensor))
        assert_frame_equal(same, own.sort("unit_id", "time").select("unit_id", "time", sensor), check_exact=True)
    order = rows(made).select("unit_id", "sensor", "time")
    assert order.equals(order.sort("unit_id", "sensor", "time")) and set(order["unit_id"]) == set(PONDS)
    read = pl.read_csv(made.files.csv)
    assert read.columns == rows(made).columns and read["severity"].equals(rows(made)["severity"])


def test_raw_files_and_the_warehouse_tell_the_same(ponds: Plant, tmp_path: Path) -> None:
    stored = rows(told(ponds, tmp_path))
    made = told(ponds, tmp_path, inputs=[str(ponds.raw / "*-*.csv")])
    assert_frame_equal(rows(made), stored, check_exact=True)
    assert len(made.facts.files) == ponds.days


def test_expected_is_one_step_ahead_by_the_champion_with_the_days_before(ponds: Plant, tmp_path: Path) -> None:
    whole = rows(told(ponds, tmp_path, sensors=["oxygen"]))
    forecaster = ponds.site().registry.load("ponds.forecaster", "champion", ForecastBundle).forecaster
    alone = forecaster.one_step(whole.select("unit_id", "time", "value"))
    assert whole["expected"].equals(alone["expected"]) and whole["expected"].count() > 1000
    assert (whole["expected"] - whole["value"]).abs().mean() < whole["value"].std()  # type: ignore[operator]
    late = rows(told(ponds, tmp_path, sensors=["oxygen"], first=ponds.day(15)))
    new = rows(told(ponds, tmp_path, sensors=["oxygen"], inputs=[str(ponds.file(15)), str(ponds.file(16))]))
    since = whole.filter(pl.col("time") >= midnight(ponds.day(15)))
    assert_frame_equal(late.select("time", *EXPECTED), since.select("time", *EXPECTED), check_exact=True)
    both = late.join(new, on=["unit_id", "time"], how="semi")
    assert_frame_equal(new.select("time", *EXPECTED), both.select("time", *EXPECTED), check_exact=True)


def test_other_sensors_and_fleets_without_a_forecaster_expect_nothing(ponds: Plant, tmp_path: Path) -> None:
    both = rows(told(ponds, tmp_path))
    assert both.filter(sensor="temperature").select(EXPECTED).count().row(0) == (0, 0)
    assert both.filter(sensor="oxygen")["expected"].count() > 1000, "negative control"
    unwatched = ponds.copied(tmp_path / "copy", forecast=None)
    made = told(unwatched, tmp_path)
    assert made.expecting is None and rows(made).select(EXPECTED).count().row(0) == (0, 0)


def test_the_metadata_counts_what_the_files_hold(ponds: Plant, tmp_path: Path) -> None:
    made = told(ponds, tmp_path)
    said, held = json.loads(made.files.metadata.read_text()), rows(made)
    assert said["causal"] is False and "later" in said["note"]
    assert said["rules"]["window"] == "8h" and said["rules"]["point"] == [2, 5] and "impossible" not in said["rules"]
    assert said["forecaster"]["version"] == "ponds.forecaster/1"
    for sensor, own in said["sensors"].items():
        severity = held.filter(sensor=sensor)["severity"].to_numpy()
        cutoff = own["cutoff"]
        assert cutoff["quantile"] == ponds.fleet.forecast.severity_quantile  # type: ignore[union-attr]
        assert cutoff["severity"] == float(np.quantile(severity, 0.99)) and own["readings"] == len(severity)
        assert cutoff["above"] == int((severity > cutoff["severity"]).sum())
    for unit in said["units"]:
        own = held.filter(unit_id=unit["unit_id"], sensor=unit["sensor"])
        for kind in KINDS:
            count = unit["kinds"][kind]
            assert count["above_0"] == (own[kind] > 0).sum() and count["above_half"] == (own[kind] > 0.5).sum()
            assert count["severest"] == (own["anomaly_kind"] == kind).sum()
        assert unit["severity_quantiles"]["1"] == own["severity"].max()
        assert unit["severity_quantiles"]["0.5"] == own["severity"].median()
        hours = own.group_by(pl.col("time").dt.truncate("1h")).agg(pl.col("severity").mean())
        assert unit["worst_severity"] == pytest.approx(hours["severity"].max())
        worst = hours.filter(pl.col("severity") > hours["severity"].max() - 1e-9)["time"]  # type: ignore[operator]
        assert unit["worst_hour"] in {f"{hour:%Y-%m-%dT%H:%M:%SZ}" for hour in worst}


def test_a_faulty_unit_is_severer_than_a_calm_one(ponds: Plant, tmp_path: Path) -> None:
    path = tmp_path / "raised.csv"
    day = pl.read_csv(ponds.file(5))
    leap = (pl.col("unit_id") == PONDS[1]) & (pl.col("time").str.contains("12:"))
    day.with_columns(oxygen=pl.col("oxygen") + 40 * leap.cast(pl.Float64)).write_csv(path)
    units = told(ponds, tmp_path, inputs=[str(path)], sensors=["oxygen"], window=timedelta(hours=6)).units
    worst = units.sort("severity_mean")[-1]
    assert worst["unit_id"].item() == PONDS[1] and worst["worst_hour"].item().hour in (12, 13)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"units": ["pond|1 c"]}, r"no unit 'pond\|1 c'.*did you mean 'pond\|1 b'"),
        ({"sensors": ["oxigen"]}, "no sensor 'oxigen'.*did you mean 'oxygen'"),
        ({"first": Plant(Path()).day(40)}, "nothing is recorded.*2024-03-01 to 2024-03-20"),
        ({"first": Plant(Path()).day(4), "last": Plant(Path()).day(3)}, "first day lies after the last"),
        ({"inputs": ["nowhere.csv"]}, "no raw file nowhere.csv"),
    ],
)
def test_a_mistake_is_told_and_writes_nothing(
    ponds: Plant, tmp_path: Path, asked: dict[str, object], said: str
) -> None:
    with pytest.raises(ScoringError, match=said):
        told(ponds, tmp_path, **asked)
    assert list(tmp_path.iterdir()) == []


def test_settings_are_never_severe(ponds: Plant, tmp_path: Path) -> None:
    sensors = {"oxygen": {}, "temperature": {"role": "setting"}}
    plant = ponds.copied(tmp_path / "copy", sensors=sensors)
    assert set(rows(told(plant, tmp_path))["sensor"]) == {"oxygen"}
    with pytest.raises(ScoringError, match="temperature of ponds is a setting, not a sensor"):
        told(plant, tmp_path, sensors=["temperature"])


def test_an_empty_warehouse_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScoringError, match="anomaly-assets backfill ponds"):
        told(Plant(tmp_path / "empty"), tmp_path)


def test_after_a_failure_the_earlier_files_are_as_they_were(ponds: Plant, tmp_path: Path) -> None:
    earlier = {path: path.read_bytes() for path in told(ponds, tmp_path).files}
    with pytest.raises(FeatureError, match="two steps"):
        told(ponds, tmp_path, window=timedelta(minutes=20))
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == earlier


def test_it_never_writes_over_what_it_reads(ponds: Plant, tmp_path: Path) -> None:
    file = tmp_path / "told.csv"
    file.write_bytes(ponds.file(3).read_bytes())
    with pytest.raises(ScoringError, match="would replace its own input"):
        told(ponds, tmp_path, inputs=[str(file)])
    assert file.read_bytes() == ponds.file(3).read_bytes()
