"""A fleet that is forecast, run through Dagster: the first run learns, later ones go on, too short ones say so."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from anomaly_assets.config import FleetConfig
from anomaly_assets.orchestration import build_defs
from anomaly_assets.registry import ForecastBundle, forecaster_of
from anomaly_assets_tests.pipelines.forecast.conftest import PONDS, settings
from anomaly_assets_tests.pipelines.plant import DAY, DAYS, Plant, document, registry_prepared

from .conftest import Installation

MODEL = forecaster_of("ponds")
RULES = {"point": "mean_6h", "collective": None, "contextual": "raw", "spread": None}


@pytest.fixture(scope="session")
def forecast_original(tmp_path_factory: pytest.TempPathFactory, empty_registry: Path) -> Installation:
    """Backfilled by one run of everything; never written to afterwards."""
    first = datetime.now(UTC).date() - (DAYS - 1) * DAY
    simulation = document()["simulation"] | {"names": PONDS}
    detectors = {"deviation": {"kind": "deviation"}, "rules": {"kind": "rule_severity", "params": RULES}}
    root = tmp_path_factory.mktemp("ponds")
    plant = Plant(root, first, forecast=settings(), simulation=simulation, detectors=detectors).simulated().arrive()
    made = Installation(registry_prepared(plant, empty_registry))
    outcome = made.run("everything", 0, DAYS)
    assert outcome.success, outcome
    return made


@pytest.fixture(scope="session")
def original(forecast_original: Installation) -> Installation:
    """What ``copied`` and ``here`` are made from in this file."""
    return forecast_original


def test_the_first_run_learns_a_forecaster_and_forecasts_with_it(forecast_original: Installation) -> None:
    told = forecast_original.latest("forecaster", "forecast")
    learnt = told["forecaster"].metadata
    assert learnt["promoted"].value is True and learnt["forecaster"].value == "forecaster/1"
    assert "no forecaster that fits" in learnt["reason"].value
    assert "rmse" in learnt["backtest"].value and "direct" in learnt["grid"].value
    assert learnt["predicted"].value.startswith("![") and learnt["residuals"].value.startswith("![")
    made = told["forecast"].metadata
    assert made["forecaster"].value == "forecaster/1" and made["week_ahead"].value.startswith("![")
    rows = forecast_original.site.warehouse.read(
        forecast_original.site.table(forecast_original.plant.fleet, "forecast")
    )
    assert made["rows"].value == made["forecasts"].value == rows.height > 0
    assert set(rows["unit_id"]) == set(PONDS)


def test_readings_are_judged_by_the_detector_that_knows_kinds_before_they_are_learnt_from(
    forecast_original: Installation,
) -> None:
    bundle = forecast_original.site.registry.load(MODEL, "champion", ForecastBundle)
    assert bundle.manifest.params["severity_from"].startswith("rules/")


def test_a_day_learns_the_first_one_when_there_is_none(copied: Callable[..., Installation]) -> None:
    here = copied(forecast=settings(sensor="temperature"))
    assert here.run("daily", 18).success
    assert here.site.registry.alias(MODEL).version == 2
    assert here.latest("forecast")["forecast"].metadata["forecaster"].value == "forecaster/2"


def test_training_learns_another_that_has_to_earn_its_place(copied: Callable[..., Installation]) -> None:
    here = copied(forecast=settings(tolerance=0.9))
    assert here.run("training").success
    told = here.latest("forecaster")["forecaster"].metadata
    assert (told["version"].value, told["forecaster"].value) == ("forecaster/2", "forecaster/1")
    assert told["promoted"].value is False and "validation error" in told["reason"].value


def test_a_recording_that_is_too_short_says_so_and_fails_nothing(copied: Callable[..., Installation]) -> None:
    here = copied(forecast=settings(sensor="temperature", spread="60d", history="60d"))
    assert here.run("daily", 18).success
    assert here.run("training").success
    told = here.latest("forecaster", "forecast")
    assert {each.metadata["note"].value for each in told.values()} == {"a forecaster needs 37 days, 20 are recorded"}
    assert told["forecast"].metadata["rows"].value == 0


def test_a_unit_that_is_left_out_is_named_with_the_reason(here: Installation) -> None:
    plant = here.plant
    for day in (18, 19):
        kept = [line for line in plant.file(day).read_text().splitlines() if PONDS[2] not in line]
        plant.file(day).write_text("\n".join(kept) + "\n")
    assert here.run("daily", 19).success
    left_out = here.latest("forecast")["forecast"].metadata["units_left_out"].value
    assert list(left_out) == [PONDS[2]] and "was read" in left_out[PONDS[2]]


def test_a_fleet_that_is_not_forecast_has_no_such_assets(here: Installation) -> None:
    def names(fleet: FleetConfig) -> set[str]:
        specs = build_defs({"ponds": fleet}, here.plant.platform).resolve_all_asset_specs()
        return {spec.key.path[1] for spec in specs}

    plain = here.plant.fleet.model_copy(update={"forecast": None})
    assert names(here.plant.fleet) - names(plain) == {"forecaster", "forecast", "forecast_monitoring"}
    assert not names(plain) - names(here.plant.fleet)


def test_forecasts_keep_their_contract_as_a_blocking_check(here: Installation) -> None:
    graph = here.defs.resolve_asset_graph()
    spec = graph.get_check_spec(dg.AssetCheckKey(dg.AssetKey(["ponds", "forecast"]), "contract"))
    assert spec.blocking and "ahead_of_origin" in spec.description and "within_80" in spec.description


def test_scores_show_severity_by_kind_where_the_champion_knows_kinds(here: Installation) -> None:
    rules = here.site.registry.get("ponds", "rules")
    here.site.registry.set_alias("ponds", "champion", rules.version, "by hand")
    assert here.run("daily", 18).success
    told = here.latest("scores")["scores"].metadata
    assert told["severity"].value.startswith("![severity by kind") and told["plot"].value.startswith("![")


def test_days_are_held_against_their_forecasts(here: Installation) -> None:
    told = here.latest("forecast_monitoring")["forecast_monitoring"].metadata
    assert told["rows"].value > 0 and told["plot"].value.startswith("![errors of forecasts by day")
    assert 0 < told["judged_days"].value <= 3, "the test part and nothing before it"
    assert here.run("daily", 19).success
    again = here.latest("forecast_monitoring")["forecast_monitoring"].metadata
    assert again["judged_days"].value == 1


def test_days_that_nobody_forecast_say_so(here: Installation) -> None:
    assert here.run("daily", 0).success
    assert (
        "nothing was forecast of these days"
        in here.latest("forecast_monitoring")["forecast_monitoring"].metadata["note"].value
    )
