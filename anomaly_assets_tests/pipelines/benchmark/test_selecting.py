"""What would have been shipped: the tournament's winner, by nothing but what the protocol lets be seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.pipelines.benchmark.rounds import Labels
from anomaly_assets.pipelines.benchmark.selecting import decide

from .hand_made import FLEET, Given, chosen, of, result, results


def test_without_labels_one_detector_is_chosen_by_the_trials_of_all_rounds() -> None:
    a = results("a", {"early": ([0.9], [0.0]), "late": ([0.5], [0.0])})
    b = results("b", {"early": ([0.1], [0.0]), "late": ([0.8], [0.0])})
    assert chosen({"a": a, "b": b}) == {"a": "late", "b": "late"}


def test_where_labels_were_held_back_each_round_chooses_for_itself() -> None:
    a = results("a", {"early": ([0.9], [0.0]), "late": ([0.5], [0.0])}, "held_back")
    b = results("b", {"early": ([0.1], [0.0]), "late": ([0.8], [0.0])}, "held_back")
    assert chosen({"a": a, "b": b}) == {"a": "early", "b": "late"}


def test_selected_is_what_the_chosen_one_decided() -> None:
    group = {"a": results("a", {"early": ([0.1], [0.5, 2.0]), "late": ([0.8], [3.0, 0.1])})}
    selected, late = of(group, "a", "selected"), of(group, "a", "late")
    assert selected.chosen == late.chosen == "late"
    assert selected.scored.equals(late.scored)


@pytest.mark.parametrize("labels", ["none", "held_back"])
def test_a_tie_stays_with_the_earlier(labels: Labels) -> None:
    better = 0.5 + 0.9 * FLEET.promotion.margin
    group = {"a": results("a", {"early": ([0.5, 0.5], [0.0]), "late": ([better, better], [0.0])}, labels)}
    assert chosen(group) == {"a": "early"}
    beyond = 0.5 + 1.1 * FLEET.promotion.margin
    group = {"a": results("a", {"early": ([0.5, 0.5], [0.0]), "late": ([beyond, beyond], [0.0])}, labels)}
    assert chosen(group) == {"a": "late"}


@pytest.mark.parametrize("labels", ["none", "other_rounds"])
def test_a_detector_that_failed_in_one_round_is_chosen_in_none(labels: Labels) -> None:
    good, poor = ([1.0], [0.0, 2.0]), ([0.1], [2.0, 0.0])
    group = {name: results(name, {"early": poor, "late": good}, labels, [False, True]) for name in "abc"}
    assert set(chosen(group).values()) == {"late"}
    del group["c"]["late"]
    assert chosen(group) == {"a": "early", "b": "early", "c": "early"}


@pytest.mark.parametrize("labels", ["none", "held_back", "other_rounds"])
def test_a_baseline_is_never_chosen(labels: Labels) -> None:
    given: Given = {"baseline": ([1.0], [0.0, 2.0]), "early": ([0.1], [2.0, 0.0])}
    group = {name: results(name, given, labels, [False, True]) for name in "ab"}
    assert set(chosen(group).values()) == {"early"}


@pytest.mark.parametrize("labels", ["none", "held_back", "other_rounds"])
def test_where_only_baselines_ran_nothing_is_selected(labels: Labels) -> None:
    group = {name: results(name, {"baseline": ([1.0], [2.0])}, labels, [True]) for name in "ab"}
    assert chosen(group) == {}
    assert len(list(decide(FLEET, group))) == 2


def test_a_detector_that_ran_in_its_own_round_alone_is_no_candidate_there() -> None:
    a = results("a", {"early": ([0.1], [0.0, 2.0]), "lone": ([1.0], [0.0, 2.0])}, "other_rounds", [False, True])
    b = results("b", {"early": ([0.1], [0.0, 2.0])}, "other_rounds", [False, True])
    assert chosen({"a": a, "b": b}) == {"a": "early", "b": "early"}


def test_other_rounds_choose_and_a_rounds_own_labels_do_not() -> None:
    good, poor = ([0.0], [0.0, 2.0, 0.0]), ([0.0], [2.0, 0.0, 1.0])
    event, elsewhere = [False, True, False], [True, False, True]
    group = {name: results(name, {"early": poor, "late": good}, "other_rounds", event) for name in "abc"}
    assert chosen(group)["a"] == "late"
    lied = group | {"a": results("a", {"early": poor, "late": good}, "other_rounds", elsewhere)}
    assert chosen(lied)["a"] == "late"
    leaked = {name: results(name, {"early": poor, "late": good}, "other_rounds", elsewhere) for name in "abc"}
    assert chosen(leaked)["a"] == "early"


def test_scores_and_thresholds_are_told_in_units_of_each_model() -> None:
    one = results("a", {"early": ([0.5], [2.0, 8.0])})["early"]
    told = of({"a": {"early": result(one.round, "early", [0.5], [2.0, 8.0], unit=4.0)}}, "a", "early").scored
    assert told["score"].to_list() == [0.5, 2.0]
    assert told["threshold"].to_list() == [0.25, 0.25]
    assert told["is_anomaly"].equals(one.scored["is_anomaly"])


def f1(anomalous: np.ndarray, flagged: np.ndarray) -> float:
    return 2 * float((anomalous & flagged).sum()) / float(anomalous.sum() + flagged.sum())


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=12).filter(
        lambda rows: any(bad for _, bad in rows)
    )
)
def test_a_bound_from_other_rounds_is_the_best_there_is_for_them(rows: list[tuple[int, bool]]) -> None:
    score, anomalous = np.array([float(score) for score, _ in rows]), np.array([bad for _, bad in rows])
    other = results("other", {"early": ([0.5], score)}, "other_rounds", anomalous.tolist())
    mine = results("mine", {"early": ([0.5], [0.0, 3.0])}, "other_rounds", [True, False])
    decided = of({"other": other, "mine": mine}, "mine", "early").scored
    bound = decided["threshold"][0]
    best = max(f1(anomalous, score > candidate) for candidate in (-1.0, *score))
    assert f1(anomalous, score > bound) == pytest.approx(best)
    assert decided["is_anomaly"].to_list() == [bound < 0.0, bound < 3.0]


def test_without_any_label_in_other_rounds_a_model_keeps_its_own_threshold() -> None:
    group = {name: results(name, {"early": ([0.5], [0.0, 2.0])}, "other_rounds", [False, False]) for name in "ab"}
    assert of(group, "a", "early").scored["threshold"].to_list() == [1.0, 1.0]
