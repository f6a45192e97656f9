"""Folds that don't leak."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.errors import EvaluationError
from anomaly_assets.evaluation import blocked_folds, cross_validation, grouped_folds

from .windows import HOUR, windows


def fleet(units: int, flags: str = "." * 40) -> pl.DataFrame:
    return pl.concat([windows(flags, f"u{number:02}") for number in range(units)])


def reads_the_same_time(train: pl.DataFrame, test: pl.DataFrame, lookback: timedelta) -> bool:
    """Whether a window of one side reads an instant, look-back and all, that one of the other side reads, too."""
    spans = [
        f.with_columns(pl.col("window_start") - lookback).select("window_start", "window_end") for f in (train, test)
    ]
    pairs = spans[0].join(spans[1], how="cross", suffix="_test")
    both = (pl.col("window_start") < pl.col("window_end_test")) & (pl.col("window_start_test") < pl.col("window_end"))
    return not pairs.filter(both).is_empty()


@given(st.sets(st.text("abc", min_size=1, max_size=4), min_size=5, max_size=40), st.integers(2, 5), st.integers(0, 9))
def test_units_are_spread_evenly_and_the_same_way_each_time(units, folds, seed):
    found = grouped_folds(units, folds=folds, seed=seed)
    sizes = np.bincount(list(found.values()), minlength=folds)
    assert set(found) == units
    assert sizes.max() - sizes.min() <= 1
    assert found == grouped_folds(sorted(units, reverse=True), folds=folds, seed=seed)


@settings(max_examples=25)
@given(st.integers(5, 9), st.randoms())
def test_no_unit_is_on_both_sides_and_every_window_is_tested_once(units, random):
    rows = fleet(units, "...").sample(fraction=1, shuffle=True, seed=random.randint(0, 99))
    splits = list(cross_validation(rows, embargo=HOUR))
    assert len(splits) == 5
    for train, test in splits:
        assert not set(rows.filter(train)["unit_id"]) & set(rows.filter(test)["unit_id"])
        assert (train | test).all()
    assert sum(test.cast(int) for _, test in splits).to_list() == [1] * rows.height


@settings(max_examples=40)
@given(st.integers(1, 3), st.text(".  ", min_size=30, max_size=60), st.integers(0, 6), st.integers(2, 5))
def test_no_look_back_crosses_an_embargo_as_long_as_it(units, flags, lookback, folds):
    rows = fleet(units, "....." + flags)
    splits = list(blocked_folds(rows, folds=folds, embargo=lookback * HOUR))
    for train, test in splits:
        assert not (train & test).any()
        assert not reads_the_same_time(rows.filter(train), rows.filter(test), lookback * HOUR)
    assert sum(test.cast(int) for _, test in splits).to_list() == [1] * rows.height


def test_without_an_embargo_the_look_back_would_leak():
    rows = fleet(1)
    leaks = [
        reads_the_same_time(rows.filter(train), rows.filter(test), 2 * HOUR)
        for train, test in blocked_folds(rows, embargo=timedelta(0))
    ]
    assert leaks == [True] * 5


def test_few_units_are_split_by_time_into_five():
    rows = fleet(2)
    splits = list(cross_validation(rows, embargo=3 * HOUR))
    assert [int(test.sum()) for _, test in splits] == [16] * 5
    assert [int(train.sum()) for train, _ in splits] == [58, 52, 52, 52, 58]


def test_too_few_units_or_windows_for_the_folds_are_refused():
    with pytest.raises(EvaluationError, match="3 units for 5 folds"):
        grouped_folds(["a", "b", "c"])
    with pytest.raises(EvaluationError, match="folds"):
        list(blocked_folds(windows("..."), embargo=HOUR))
    with pytest.raises(EvaluationError, match="folds"):
        grouped_folds(["a", "b"], folds=1)
