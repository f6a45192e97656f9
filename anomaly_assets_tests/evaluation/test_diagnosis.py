"""Alarms that name sensors."""

import numpy as np
import polars as pl
import pytest

from anomaly_assets.evaluation import Diagnosis, diagnosis, rank_sensors

from .windows import labels, windows


def named(flags: str, *rankings: list[str]) -> pl.DataFrame:
    return windows(flags).with_columns(pl.Series("ranked_sensors", rankings, dtype=pl.List(pl.String)))


def test_sensors_are_ranked_by_contribution_and_ties_stay_in_order():
    shares = pl.DataFrame({"a": [0.1, 1.0], "b": [0.9, 1.0], "c": [0.5, 2.0]})
    assert rank_sensors(shares).to_list() == [["b", "c", "a"], ["c", "a", "b"]]
    assert rank_sensors(shares, keep=1).to_list() == [["b"], ["c"]]


def test_hits_worked_out_by_hand():
    """Event 1-3 caused by a: one window names it first, one third. Event 5-6 caused by b or c: b is named first."""
    known = pl.concat([labels((1, 3), sensor="a"), labels((5, 6), sensor="b"), labels((5, 6), sensor="c")])
    order = [["d", "e", "f"], ["a", "b", "c"], ["b", "c", "a"], ["a", "b", "c"], ["a", "b", "c"], ["b", "a", "d"]]
    found = diagnosis(named("xxxx.x", *order), known, sensors=6)
    assert (found.events, found.hit_at_1, found.hit_at_3) == (2, 0.75, 1.0)
    assert found.chance_at_1 == pytest.approx((1 / 6 + 2 / 6) / 2)
    assert found.chance_at_3 == pytest.approx((1 - 10 / 20 + 1 - 4 / 20) / 2)


def test_an_event_without_an_alarm_or_a_cause_is_not_judged():
    assert diagnosis(named(".", ["a"]), labels((0, 1), sensor="a"), sensors=3).events == 0
    assert diagnosis(named("x", ["a"]), labels((0, 1)), sensors=3) == Diagnosis(0, None, None, None, None)


def test_long_events_weigh_no_more_than_short_ones():
    known = pl.concat([labels((0, 9), sensor="a"), labels((9.5, 10), sensor="b")])
    assert diagnosis(named("x" * 10, *[["a"]] * 10), known, sensors=4).hit_at_1 == 0.5


def test_a_random_ranking_reaches_the_chance_that_is_printed_beside_it():
    draw, sensors = np.random.default_rng(0), ["a", "b", "c", "d", "e", "f", "g"]
    order = [draw.permutation(sensors)[:3].tolist() for _ in range(4000)]
    known = pl.concat([labels((0, 4000), sensor="a"), labels((0, 4000), sensor="d")])
    found = diagnosis(named("x" * 4000, *order), known, sensors=7)
    assert found.hit_at_1 == pytest.approx(found.chance_at_1, abs=0.03)
    assert found.hit_at_3 == pytest.approx(found.chance_at_3, abs=0.03)
