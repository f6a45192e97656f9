"""Suites side by side: what the selection lost, and ranks that no suite's scale can bend."""

from typing import Any

import pytest

from anomaly_assets.pipelines.benchmark import pooled_ranks, regrets


def record(
    detector: str, value: float | None, suite: str = "oddwater", number: str = "auc_pr", **more: Any
) -> dict[str, Any]:
    told = {"suite": suite, "group": "all", "detector": detector, "chosen": [detector], "rounds": 2, number: value}
    return told | {"intervals": {}} | more


def test_regret_is_what_the_best_single_detector_had_more() -> None:
    selected = record("selected", 0.5, chosen=["b"], intervals={"auc_pr": [0.4, 0.6]})
    (found,) = regrets([record("a", 0.7), record("b", 0.5), selected])
    assert (found.chosen, found.best, found.number, found.interval) == ("b", "a", "auc_pr", (0.4, 0.6))
    assert found.regret == pytest.approx(0.2)
    assert not found.tie
    (close,) = regrets([record("a", 0.59), record("b", 0.5), selected])
    assert close.tie


def test_the_number_is_the_suites_own() -> None:
    (found,) = regrets([record("a", 0.7, "skab", "f1"), record("selected", 0.6, "skab", "f1")])
    assert (found.number, found.value, found.best_value) == ("f1", 0.6, 0.7)


@pytest.mark.parametrize("baseline", ["random_score", "always_alarm", "age", "range_check"])
def test_a_baseline_is_never_the_best_single_one(baseline: str) -> None:
    (found,) = regrets([record(baseline, 0.9), record("a", 0.3), record("selected", 0.3)])
    assert found.best == "a"


def test_a_detector_that_ran_in_fewer_rounds_is_not_compared() -> None:
    (found,) = regrets([record("lucky", 0.9, rounds=1), record("a", 0.3), record("selected", 0.3)])
    assert found.best == "a"


def test_a_group_without_a_number_has_no_regret() -> None:
    assert regrets([record("a", None), record("selected", None)]) == []
    (found,) = regrets([record("a", 0.3), record("selected", None)])
    assert found.regret is None and not found.tie


def test_ranks_are_pooled_whatever_a_suites_scale() -> None:
    records = [record("a", 0.9), record("b", 0.8), record("a", 0.001, "skab", "f1"), record("b", 0.002, "skab", "f1")]
    assert pooled_ranks(records) == {"a": 0.75, "b": 0.75}
    assert pooled_ranks([*records, record("a", 0.2, "ims"), record("b", 0.1, "ims")]) == {
        "a": pytest.approx(4 / 6),
        "b": pytest.approx(5 / 6),
    }


def test_ties_share_a_rank_and_a_detector_that_missed_a_group_has_none() -> None:
    both = [record("a", 0.5), record("b", 0.5)]
    assert pooled_ranks(both) == {"a": 0.75, "b": 0.75}
    assert pooled_ranks([*both, record("a", 0.5, "ims")]) == {"a": pytest.approx((0.75 + 1) / 2)}
    assert pooled_ranks([]) == {}
