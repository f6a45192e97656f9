"""What a forecaster is given: measured readings at its instants, and how severe each looked."""

from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest

from anomaly_assets.contracts import QUALITY, cleaned_sensors
from anomaly_assets.pipelines import Site, train_detector, train_forecaster
from anomaly_assets.pipelines.forecast import readings_of, severity_version
from anomaly_assets.pipelines.prepare import feature_days
from anomaly_assets.pipelines.train import calibrate_detector
from anomaly_assets.registry import ForecastBundle, forecaster_of

from ..plant import DAY, Plant
from .conftest import PONDS, settings

RULES = {"point": "z_6h", "collective": "mean_abs_z_6h", "contextual": "raw", "spread": None}


@pytest.fixture
def judged(copy: Callable[..., Plant]) -> Plant:
    """A plant one of whose detectors knows kinds."""
    windows = {"6h": {"length": "6h", "statistics": ["z", "mean_abs_z"]}}
    plant = copy(
        detectors={"deviation": {"kind": "deviation"}, "rules": {"kind": "rule_severity", "params": RULES}},
        features={"every": "1h", "windows": windows, "lags": []},
        forecast=settings(severity_quantile=0.9),
    )
    site = plant.site()
    feature_days(site, plant.fleet, plant.span)
    train_detector(site, plant.fleet, "rules")
    calibrate_detector(site, plant.fleet, "rules")
    return plant


def test_imputed_readings_are_silence_and_others_are_as_they_were(plant: Plant, site: Site) -> None:
    cleaned, first = cleaned_sensors(plant.fleet), plant.span.first_moment
    rows = site.warehouse.read(cleaned)
    imputed = (rows["oxygen__quality"] & QUALITY["imputed"]) > 0
    given = readings_of(site, plant.fleet, first, plant.span.last_moment)
    assert 0 < imputed.sum() < rows.height
    assert given["value"].filter(imputed).null_count() == imputed.sum()
    assert given["value"].filter(~imputed).equals(rows["oxygen"].filter(~imputed))


def test_only_instants_of_the_forecast_are_read(copy: Callable[..., Plant]) -> None:
    plant = copy(forecast=settings(step="1h"))
    begin = plant.span.first_moment + timedelta(minutes=30)
    given = readings_of(plant.site(), plant.fleet, begin, begin + DAY, units=PONDS[:1])
    assert given["time"].to_list() == [begin + timedelta(minutes=30 + 60 * k) for k in range(24)]


def test_a_reading_is_as_severe_as_the_window_it_lies_in(judged: Plant) -> None:
    site, fleet = judged.site(), judged.fleet
    version = severity_version(site, fleet)
    assert version.name == "rules/1"
    given = readings_of(site, fleet, judged.span.first_moment, judged.span.last_moment, severity=version)
    windows = site.warehouse.read(site.table(fleet, "features"))
    bundle = site.registry.load("ponds", version.version)
    kinds = bundle.detector.kinds(bundle.prepared(windows))
    expected = windows.select("unit_id", "window_start", kinds.select(found=pl.max_horizontal(pl.all())).to_series())
    beside = given.with_columns(window_start=pl.col("time").dt.truncate("1h"))
    beside = beside.join(expected, on=["unit_id", "window_start"], how="left")
    assert beside["severity"].equals(beside["found"], check_names=False)
    assert beside["severity"].max() == 1 and beside["severity"].null_count() < given.height / 10


def test_severe_readings_are_not_learnt_from_and_who_says_so_is_kept(judged: Plant) -> None:
    site = judged.site()
    choice = train_forecaster(site, judged.fleet)
    assert 0.05 < choice.report.left_out < 0.15
    made = site.registry.load(forecaster_of("ponds"), choice.challenger.version, ForecastBundle)
    assert made.manifest.params["severity_from"] == "rules/1"


def test_nobody_tells_a_severity_where_no_detector_knows_kinds_or_none_fits(judged: Plant) -> None:
    site, fleet = judged.site(), judged.fleet
    assert severity_version(site, fleet) is not None
    fewer = fleet.features.model_copy(update={"raw": False})
    assert severity_version(site, fleet.model_copy(update={"features": fewer})) is None
    unknowing = {"deviation": fleet.detectors["deviation"]}
    assert severity_version(site, fleet.model_copy(update={"detectors": unknowing})) is None
    assert severity_version(site, fleet.model_copy(update={"fleet": "untrained"})) is None
