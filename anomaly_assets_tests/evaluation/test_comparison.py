"""Detectors side by side."""

import math

import numpy as np
import pytest

from anomaly_assets.evaluation import compare


def rows(seed: int, lift: float, blocks: int = 30) -> dict[str, float]:
    hard = np.random.default_rng(0).normal(0, 1, blocks)
    own = np.random.default_rng(seed).normal(lift, 0.1, blocks)
    return {f"b{i}": float(value) for i, value in enumerate(hard + own)}


def test_a_clear_winner_a_tie_and_a_loser():
    found = compare({"loser": rows(1, 0.0), "best": rows(2, 0.5), "equal": rows(3, 0.46)})
    assert [(s.name, s.verdict, s.ties_with_best) for s in found] == [
        ("best", "best", True),
        ("equal", "tie", True),
        ("loser", "worse", False),
    ]
    assert found[2].behind_best.high < 0
    assert found[2].mean.low < found[0].mean.high, "means overlap, pairs don't"


def test_lower_may_be_better_and_means_keep_their_sign():
    found = compare(
        {"quiet": {"a": 1.0, "b": 2.0, "c": 1.5}, "loud": {"a": 3.0, "b": 4.0, "c": 3.6}}, higher_is_better=False
    )
    assert [s.name for s in found] == ["quiet", "loud"]
    assert (found[0].mean.estimate, found[1].verdict) == (1.5, "worse")


def test_only_blocks_that_all_have_values_for_are_compared():
    found = compare({"a": {"x": 1.0, "y": 1.0, "z": 9.0}, "b": {"x": 2.0, "y": 2.0, "z": None}})
    assert [(s.name, s.mean.estimate, s.mean.units) for s in found] == [("b", 2.0, 2), ("a", 1.0, 2)]


def test_one_block_decides_nothing():
    assert [s.verdict for s in compare({"a": {"x": 1.0}, "b": {"x": 0.0}})] == ["best", "tie"]


def test_a_detector_without_any_value_comes_last_and_takes_nothing_from_the_others():
    found = compare({"empty": {"x": None, "y": math.nan}, "some": {"x": 1.0, "y": 2.0}})
    assert [(s.name, s.verdict) for s in found] == [("some", "best"), ("empty", "worse")]
    assert found[0].mean.estimate == 1.5
    assert math.isnan(found[1].mean.estimate)


@pytest.mark.parametrize("count", [0, 1])
def test_nobody_to_compare_with(count):
    assert len(compare({"only": {"x": 1.0, "y": 1.0}} if count else {})) == count


def test_equal_detectors_tie():
    assert [s.ties_with_best for s in compare({"a": rows(1, 0), "b": rows(1, 0)})] == [True, True]
