"""The champion is measured in every training run, and a gate that it misses stops that run."""

import json
import shutil
from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest

from anomaly_assets.orchestration.evaluation_assets import ASKS
from anomaly_assets.pipelines import GATES

from .conftest import Installation

OPEN: dict[str, Any] = dict.fromkeys(GATES)
EASY = OPEN | {"far": 1.0, "latency": 60_000.0, "precision": 0.9}
IMPOSSIBLE = OPEN | {"latency": 1e-6}


def checks(here: Installation) -> dict[str, dg.AssetCheckEvaluation]:
    """The latest verdict on every gate."""
    keys = {name: dg.AssetCheckKey(dg.AssetKey(["ponds", "evaluation"]), name) for name in GATES}
    with here.instance() as instance:
        records = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys.values()))
    found = {name: records[key].event.dagster_event for name, key in keys.items() if key in records}  # type: ignore[union-attr]
    return {name: event.asset_check_evaluation_data for name, event in found.items() if event}


def held_to(here: Installation, gates: dict[str, Any]) -> Installation:
    here.plant.written["gates"] = gates
    here.plant.configured()
    return here


def evaluated(here: Installation) -> dg.ExecuteInProcessResult:
    """Materialise the evaluation alone."""
    job = here.defs.resolve_job_def("ponds_training")
    key = dg.AssetKey(["ponds", "evaluation"])
    with here.instance() as instance:
        return job.execute_in_process(instance=instance, asset_selection=[key], raise_on_error=False)


class TestTheFirstBackfill:
    @pytest.fixture(scope="class")
    def told(self, original: Installation) -> dict[str, Any]:
        metadata = original.latest("evaluation")["evaluation"].metadata
        return {name: entry.value for name, entry in metadata.items()}

    def test_measures_the_champion_it_has_made(self, told: dict[str, Any]) -> None:
        assert told["champion"] == "deviation/1"
        assert "4 labelled events" in told["judged_on"]
        assert "| auc_pr |" in told["measures"] and "interval over" in told["measures"]

    def test_shows_the_trivial_detectors_beside_it(self, told: dict[str, Any]) -> None:
        rows = told["trivial"].splitlines()[2:]
        names = [row.split("|")[1].strip() for row in rows]
        assert names == ["deviation/1", "random_score", "always_alarm", "age", "range_check"]

    def test_has_pictures_of_it(self, told: dict[str, Any]) -> None:
        for name in ("curve", "scores"):
            assert "data:image/png;base64," in told[name]

    def test_says_which_strata_have_too_few_events(self, told: dict[str, Any]) -> None:
        assert "| part | held back | not enough events |" in told["strata"]

    def test_leaves_the_report_as_a_file(self, told: dict[str, Any], original: Installation) -> None:
        place = original.plant.home / "reports" / "ponds" / "evaluation.json"
        assert told["report"] == str(place)
        assert json.loads(place.read_text())["version"] == "deviation/1"

    def test_has_a_verdict_on_every_gate_in_words(self, original: Installation) -> None:
        verdicts = checks(original)
        asked = original.plant.fleet.gates
        assert set(verdicts) == {name for name in GATES if getattr(asked, name) is not None}
        assert all(verdict.metadata["verdict"].value for verdict in verdicts.values())

    def test_passes_what_nothing_could_judge_with_a_warning(self, original: Installation) -> None:
        verdict = checks(original)["precision"]
        assert verdict.passed and verdict.severity == dg.AssetCheckSeverity.WARN
        assert "4 labelled events, 5 are needed" in str(verdict.metadata["verdict"].value)


class TestAFailingGate:
    def test_stops_the_run_and_says_by_how_much_it_was_missed(self, here: Installation) -> None:
        outcome = held_to(here, IMPOSSIBLE).run("training")
        assert not outcome.success
        assert outcome.failures == ("ponds__evaluation: a check that stops the run was not met",)
        (failed,) = outcome.failed_checks
        assert failed.startswith("ponds/evaluation latency: verdict latency") and "misses the bound" in failed
        assert checks(here)["latency"].severity == dg.AssetCheckSeverity.ERROR
        assert here.site.registry.get("ponds", "champion").name == "deviation/1"

    def test_that_is_not_enforced_warns(self, here: Installation) -> None:
        outcome = held_to(here, IMPOSSIBLE | {"enforce": False}).run("training")
        assert outcome.success and len(outcome.failed_checks) == 1
        assert checks(here)["latency"].severity == dg.AssetCheckSeverity.WARN

    def test_that_holds_stops_nothing(self, here: Installation) -> None:
        outcome = held_to(here, EASY).run("training")
        assert (outcome.success, outcome.failed_checks) == (True, ())
        assert {name: check.passed for name, check in checks(here).items() if name in ("far", "latency")} == {
            "far": True,
            "latency": True,
        }

    def test_of_the_only_champion_there_is_warns_so_that_a_fleet_can_start(
        self, copied: Callable[..., Installation]
    ) -> None:
        here = copied(gates=IMPOSSIBLE)
        assert evaluated(here).success
        verdict = checks(here)["latency"]
        assert not verdict.passed and verdict.severity == dg.AssetCheckSeverity.WARN


def test_without_a_champion_there_is_nothing_to_judge_and_that_is_green(
    copied: Callable[..., Installation], empty_registry: Any
) -> None:
    here = copied(gates=IMPOSSIBLE)
    shutil.rmtree(here.plant.home / "registry")
    shutil.copytree(empty_registry, here.plant.home / "registry")
    assert evaluated(here).success
    assert "no champion yet" in str(here.latest("evaluation")["evaluation"].metadata["note"].value)
    assert checks(here)["latency"].passed


def test_every_gate_has_words_for_what_it_asks() -> None:
    assert set(ASKS) == set(GATES)


class TestShadowScores:
    def test_of_nobody_are_green_and_say_how_to_begin(self, original: Installation) -> None:
        metadata = original.latest("shadow_scores")["shadow_scores"].metadata
        assert metadata["rows"].value == 0
        assert "models shadow ponds" in str(metadata["note"].value)

    def test_of_a_version_under_trial_are_written_with_the_days(self, here: Installation) -> None:
        number = here.site.registry.get("ponds", "random_score").version
        here.site.registry.set_alias("ponds", "shadow", number)
        assert here.run("daily", 18, 20).success
        metadata = here.latest("shadow_scores")["shadow_scores"].metadata
        table = here.site.table(here.plant.fleet, "shadow_scores")
        assert metadata["versions"].value == f"random_score/{number}"
        assert metadata["rows"].value == here.site.warehouse.read(table).height > 0
