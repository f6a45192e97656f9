"""A model that misses a bound is kept out, and the reason says which bound and by how much."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from anomaly_assets.config import FleetConfig, GatesConfig
from anomaly_assets.pipelines import (
    GATES,
    Evaluation,
    GateVerdict,
    choose_champion,
    evaluate,
    judge_gates,
    trailing,
    train_all,
)
from anomaly_assets.pipelines.gates import consult_gates
from anomaly_assets.registry import ModelVersion, PromotionDecision

from .plant import Plant, days_prepared, registry_prepared
from .test_evaluate import QUICK, held_to

NONE: dict[str, Any] = dict.fromkeys(GATES)
IMPOSSIBLE = {
    "auc": 1.0,
    "precision": 1.0,
    "recall": 1.0,
    "event_precision": 1.0,
    "event_recall": 1.0,
    "far": 0.0,
    "false_alarms_per_day": 0.0,
    "latency": 1e-6,
    "beats_trivial": 1.0,
}
GIVEN = {
    "auc": 0.0,
    "precision": 0.0,
    "recall": 0.0,
    "event_precision": 0.0,
    "event_recall": 0.0,
    "far": 1.0,
    "false_alarms_per_day": 24.0,
    "latency": 60_000.0,
    "beats_trivial": -1.0,
}


@pytest.fixture(scope="module")
def evaluation(original: Plant) -> Evaluation:
    return evaluate(original.site(), held_to(original))


def judged(evaluation: Evaluation, **bounds: Any) -> list[GateVerdict]:
    return judge_gates(evaluation, GatesConfig.model_validate(NONE | QUICK | bounds))


class TestAGate:
    @pytest.mark.parametrize("name", GATES)
    def test_that_nobody_can_reach_fails_and_says_so(self, evaluation: Evaluation, name: str) -> None:
        (verdict,) = judged(evaluation, **{name: IMPOSSIBLE[name]})
        assert verdict.passed is False
        assert name in verdict.sentence and f"{IMPOSSIBLE[name]:.3g}" in verdict.sentence

    @pytest.mark.parametrize("name", GATES)
    def test_that_anybody_reaches_holds(self, evaluation: Evaluation, name: str) -> None:
        (verdict,) = judged(evaluation, **{name: GIVEN[name]})
        assert verdict.passed is True

    def test_that_the_file_leaves_open_is_not_judged(self, evaluation: Evaluation) -> None:
        assert judged(evaluation) == []

    def test_of_a_share_is_reached_by_the_lower_end_and_not_by_the_value(self, evaluation: Evaluation) -> None:
        low, _ = evaluation.measured.intervals["event_recall"] or (0.0, 0.0)
        value = evaluation.measured.event_recall
        assert value is not None and low < value
        (verdict,) = judged(evaluation, event_recall=(low + value) / 2)
        assert verdict.passed is False
        assert f"misses the bound, at least {(low + value) / 2:.3g}, by {(value - low) / 2:.3g}" in verdict.sentence
        assert judged(evaluation, event_recall=low)[0].passed is True

    def test_of_false_alarms_is_kept_by_the_upper_end_and_not_by_the_value(self, evaluation: Evaluation) -> None:
        _, high = evaluation.measured.intervals["far"] or (0.0, 0.0)
        value = evaluation.measured.far
        assert value is not None and value < high
        assert judged(evaluation, far=(value + high) / 2)[0].passed is False
        assert judged(evaluation, far=high)[0].passed is True

    def test_that_needs_more_events_than_there_are_says_how_many(self, evaluation: Evaluation) -> None:
        events = evaluation.measured.events
        verdicts = judged(evaluation, **GIVEN, min_events=events + 1)
        untold = {verdict.name for verdict in verdicts if verdict.passed is None}
        assert untold == {*GATES} - {"far", "false_alarms_per_day", "latency"}
        assert f"{events} labelled events, {events + 1} are needed" in verdicts[0].sentence

    def test_of_an_interval_that_nobody_can_tell_is_not_judged(self, evaluation: Evaluation) -> None:
        unsure = replace(evaluation.measured, intervals=dict.fromkeys(evaluation.measured.intervals))
        (verdict,) = judged(replace(evaluation, measured=unsure), far=0.0)
        assert verdict.passed is None and "how sure" in verdict.sentence

    def test_against_trivial_detectors_names_those_that_are_as_good(self, evaluation: Evaluation) -> None:
        (verdict,) = judged(evaluation, beats_trivial=0.0)
        unbeaten = {other.name for other in evaluation.against if other.difference.low <= 0}
        assert (verdict.passed is False) == bool(unbeaten)
        assert all(name in verdict.sentence for name in unbeaten)


class TestPromotion:
    """Gates are consulted about a challenger that has won."""

    WON = PromotionDecision(True, "better beyond noise")

    @staticmethod
    def versions(plant: Plant) -> tuple[ModelVersion, ModelVersion]:
        registry = plant.site().registry
        return registry.get("ponds", "deviation"), registry.get("ponds", "random_score")

    def consulted(self, plant: Plant, *, alone: bool = False, **gates: Any) -> PromotionDecision:
        challenger, champion = self.versions(plant)
        fleet = held_to(plant, **NONE, **gates) if not gates.keys() & NONE.keys() else held_to(plant, **(NONE | gates))
        return consult_gates(plant.site(), fleet, self.WON, challenger, None if alone else champion)

    def test_is_kept_from_who_fails_one(self, original: Plant) -> None:
        found = self.consulted(original, latency=1e-6)
        assert not found.promote
        assert "deviation/1 fails a gate: latency" in found.reason and "misses the bound" in found.reason
        assert found.reason.endswith("random_score/2 stays")

    def test_is_given_to_who_fails_none(self, original: Plant) -> None:
        found = self.consulted(original, latency=60_000.0)
        assert found.promote and found.reason == "better beyond noise; gates that hold: latency"

    def test_is_given_with_a_warning_where_nobody_is_champion(self, original: Plant) -> None:
        found = self.consulted(original, latency=1e-6, alone=True)
        assert found.promote and "warning: no champion to keep, although latency" in found.reason

    def test_is_given_with_a_warning_where_gates_are_not_enforced(self, original: Plant) -> None:
        found = self.consulted(original, latency=1e-6, enforce=False)
        assert found.promote and "warning: latency" in found.reason

    def test_is_not_kept_from_anybody_for_want_of_labels(self, original: Plant) -> None:
        found = self.consulted(original, precision=1.0, min_events=50)
        assert found.promote and "none could be judged" in found.reason

    def test_that_was_not_won_stays_as_it_was(self, original: Plant) -> None:
        lost = PromotionDecision(False, "a tie")
        challenger, champion = self.versions(original)
        assert consult_gates(original.site(), held_to(original, latency=1e-6), lost, challenger, champion) is lost


@pytest.mark.parametrize(("latency", "kept"), [(1e-6, True), (60_000.0, False)])
def test_a_failing_gate_keeps_the_champion_even_in_a_moved_world(
    tmp_path: Path, empty_registry: Path, latency: float, kept: bool
) -> None:
    quiet = {"units": 2, "levels": {"oxygen": 8, "temperature": 15}, "scales": {"oxygen": 1, "temperature": 2}}
    changes: dict[str, Any] = {"simulation": quiet, "detectors": {"deviation": {"kind": "deviation"}}}
    plant = Plant(tmp_path, **changes).simulated(drift_from=date(2024, 3, 14), drift_scales=8.0).arrive()
    site, fleet = registry_prepared(plant, empty_registry).site(), plant.fleet
    days_prepared(site, fleet, plant.span)
    train_all(site, fleet)
    first = choose_champion(site, fleet).challenger
    strict = FleetConfig.model_validate(plant.written | {"gates": NONE | {"latency": latency}})
    train_all(site, strict, trailing(strict))
    choice = choose_champion(site, strict)
    now = site.registry.alias("ponds", "champion")
    assert first is not None and now is not None
    assert (now.version == first.version) is kept is not choice.decision.promote
    assert ("fails a gate: latency" in choice.decision.reason) is kept
