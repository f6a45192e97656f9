"""Folds that don't leak: whole units apart, or stretches of time apart by an embargo. No detector is fitted here."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

import numpy as np
import polars as pl

from ..errors import EvaluationError

Split = tuple[pl.Series, pl.Series]
"""Which windows to learn from and which to test on, both Boolean (n_windows,)."""


def grouped_folds(units: Iterable[str], *, folds: int = 5, seed: int = 0) -> dict[str, int]:
    """Give each unit a fold, 0 to ``folds`` - 1, in a seeded order; sizes differ by one unit at most.

    Raises
    ------
    EvaluationError
        when there are fewer units than folds.
    """
    names = sorted(set(units))
    _enough(len(names), folds, "units")
    order = np.random.default_rng(seed).permutation(len(names))
    return {names[unit]: place % folds for place, unit in enumerate(order)}


def blocked_folds(windows: pl.DataFrame, *, folds: int = 5, embargo: timedelta) -> Iterator[Split]:
    """Test on one stretch of time after the other, learning from what is further away than the embargo, on both sides.

    Stretches hold about as many windows each; all units are cut at the same instants, since one day's weather or one
    night's stop is in all of them.

    Parameters
    ----------
    windows : window_start, window_end; any order.
    embargo : at least the longest look-back of a window beyond its start.

    Raises
    ------
    EvaluationError
        when there are fewer different window starts than folds.
    """
    starts = windows["window_start"].unique().sort()
    _enough(starts.len(), folds, "different window starts")
    ordered = windows["window_start"].sort()
    cuts = ordered.gather([ordered.len() * fold // folds for fold in range(1, folds)])
    fold = pl.Series(np.searchsorted(cuts.to_numpy(), windows["window_start"].to_numpy(), side="right"))
    for number in range(folds):
        test = fold == number
        if test.any():
            yield _outside(windows, test, embargo), test


def cross_validation(windows: pl.DataFrame, *, embargo: timedelta, folds: int = 5, seed: int = 0) -> Iterator[Split]:
    """Split by units where there are at least as many as folds, else by stretches of time with an embargo.

    Parameters
    ----------
    windows : unit_id, window_start, window_end; any order.
    embargo : of `blocked_folds`; without effect between units.
    """
    if windows["unit_id"].n_unique() < folds:
        yield from blocked_folds(windows, folds=folds, embargo=embargo)
        return
    fold = windows["unit_id"].replace_strict(grouped_folds(windows["unit_id"], folds=folds, seed=seed))
    yield from ((fold != number, fold == number) for number in range(folds))


def _outside(windows: pl.DataFrame, test: pl.Series, embargo: timedelta) -> pl.Series:
    tested = windows.filter(test)
    first, last = tested["window_start"].min(), tested["window_end"].max()
    before, after = windows["window_end"] <= first - embargo, windows["window_start"] >= last + embargo  # type: ignore[operator]
    return before | after


def _enough(count: int, folds: int, what: str) -> None:
    if count < folds or folds < 2:
        raise EvaluationError(
            "the windows can't be split into folds",
            found=f"{count} {what} for {folds} folds",
            expected="2 folds or more, and as many " + what,
            remedy="take fewer folds, or split by time with blocked_folds",
        )
