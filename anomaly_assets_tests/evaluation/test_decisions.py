"""Decisions of two models on the same windows: the difference is that of their measures, paired by unit."""

from datetime import timedelta

import polars as pl
import pytest

from anomaly_assets.errors import EvaluationError
from anomaly_assets.evaluation import OF_DECISIONS, decisions_apart, measure

from .windows import noisy_fleet

GAP = timedelta(hours=1)


@pytest.fixture(scope="module")
def fleet() -> tuple[pl.DataFrame, pl.DataFrame]:
    return noisy_fleet(units=12, hours=200)


def always(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(is_anomaly=pl.lit(True))


def test_a_difference_is_that_of_two_measurements(fleet: tuple) -> None:
    frame, events = fleet
    one, other = (
        measure(part, events, merge_gap=GAP, buffer=1, budget_per_unit_day=1.0, resamples=0)
        for part in (frame, always(frame))
    )
    apart = decisions_apart(frame, always(frame), events, merge_gap=GAP, resamples=50)
    for name in ("event_recall", "event_precision", "precision", "far", "alarm_budget_ratio"):
        assert apart[name].estimate == pytest.approx(getattr(one, name) - getattr(other, name)), name


def test_who_alarms_always_is_told_apart_by_false_alarms(fleet: tuple) -> None:
    frame, events = fleet
    apart = decisions_apart(always(frame), frame, events, merge_gap=GAP, resamples=200)
    assert apart["far"].low > 0
    assert apart["precision"].high < 0


def test_the_same_decisions_differ_by_nothing_whatever_the_scores(fleet: tuple) -> None:
    frame, events = fleet
    apart = decisions_apart(frame, frame.with_columns(-pl.col("score")), events, merge_gap=GAP, resamples=50)
    assert set(apart) == set(OF_DECISIONS)
    assert all(interval[:3] == (0.0, 0.0, 0.0) for interval in apart.values())


def test_the_other_way_round_every_sign_turns(fleet: tuple) -> None:
    frame, events = fleet
    there, back = (
        decisions_apart(one, other, events, merge_gap=GAP, resamples=50)["far"]
        for one, other in ((frame, always(frame)), (always(frame), frame))
    )
    assert (there.estimate, there.low, there.high) == pytest.approx((-back.estimate, -back.high, -back.low))


def test_one_unit_with_events_tells_no_interval_of_events(fleet: tuple) -> None:
    frame, events = fleet
    apart = decisions_apart(frame, always(frame), events.filter(unit_id=events["unit_id"][0]), merge_gap=GAP)
    assert apart["event_recall"].low == -float("inf")
    assert apart["far"].high < 0


def test_decisions_about_other_windows_are_refused(fleet: tuple) -> None:
    frame, events = fleet
    with pytest.raises(EvaluationError, match="different windows"):
        decisions_apart(frame, frame.head(frame.height - 1), events, merge_gap=GAP)
