"""What a fleet's file may say about the bounds a model is held to."""

import pytest
from pydantic import ValidationError

from anomaly_assets.config import GatesConfig

from ..conftest import small_fleet

BOUNDS = ("auc", "precision", "recall", "event_precision", "event_recall", "far", "false_alarms_per_day", "latency")


def test_a_fleet_that_says_nothing_is_held_to_bounds_all_the_same() -> None:
    gates = small_fleet().gates
    assert (gates.auc, gates.precision, gates.recall, gates.far, gates.latency) == (0.90, 0.85, 0.85, 0.05, 50.0)
    assert gates.enforce and gates.beats_trivial == 0


@pytest.mark.parametrize("bound", [*BOUNDS, "beats_trivial"])
def test_every_bound_may_be_left_open(bound: str) -> None:
    assert getattr(small_fleet(gates={bound: None}).gates, bound) is None


@pytest.mark.parametrize("wrong", [{"precision": 85}, {"latency": 0}, {"min_events": 1}, {"confidence": 1}])
def test_a_bound_that_nothing_could_mean_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        GatesConfig(**wrong)
