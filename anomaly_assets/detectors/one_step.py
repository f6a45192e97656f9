"""What one step ahead is expected from: the windows before it, trailing means of them, and a straight line.

Every number belongs to one window and one series (a feature of a sensor) alone and is rounded in one order, so that a
row has the same bits among any others. Which model learns the rest, and what a score is, belongs to the detector.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .location import CONSTANT, robust_location

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class OneStep:
    """Readings and what was known before each of them.

    Attributes
    ----------
    told : (n_told, n_windows, n_series) of `told_of`.
    reading : (n_windows, n_series) what came, NaN where nothing did.
    counts : (n_windows, n_series) whether a reading came, and enough was known to expect one.
    """

    told: Floats
    reading: Floats
    counts: NDArray[np.bool_]

    def taken(self, rows: NDArray[np.intp]) -> "OneStep":
        """Keep some windows."""
        return OneStep(self.told[:, rows], self.reading[rows], self.counts[rows])

    @classmethod
    def joined(cls, parts: Sequence["OneStep"]) -> "OneStep":
        """Put windows one after the other."""
        told = np.concatenate([part.told for part in parts], axis=1)
        reading, counts = (np.concatenate([getattr(part, name) for part in parts]) for name in ("reading", "counts"))
        return cls(told, reading, counts)


def spans_of(lags: int, past: int) -> tuple[int, ...]:
    """Give the spans of trailing means: doubling from the ``lags`` nearest steps on, the last one the whole past."""
    spans, span = [], 2 * lags
    while span < past:
        spans.append(span)
        span *= 2
    return (*spans, past) if past > lags else ()


def told_of(past: Floats, usual: Floats, hours: Sequence[Floats], lags: int) -> Floats:
    """Tell what is known before a window: the newest step, how the others and their means differ from it, the hour.

    Parameters
    ----------
    past : (steps, n_windows, n_series), oldest first, NaN where unknown: such a step takes the value before it, and
        where there is none the first one that is known.
    usual : (n_series,) stands in where no step is known.
    hours : (n_windows,) each; any number of them.
    lags : how many of the newest steps are told one by one; no more than there are.

    Returns
    -------
    (n_told, n_windows, n_series).
    """
    filled = _filled(past, usual)[::-1]
    newest, total, spans = filled[0], filled[0], spans_of(lags, len(past))
    told = [newest]
    for number, step in enumerate(filled[1:], start=2):
        total = total + step
        told += [newest - step] if number <= lags else []
        told += [newest - total / number] if number in spans else []
    return np.stack([*told, *(np.broadcast_to(hour[:, None], newest.shape) for hour in hours)])


def seen_of(past: Floats) -> Floats:
    """Tell how many steps ago the newest known one lies, and how many are known: (2, n_windows, n_series).

    The window before is 1 step ago; where none is known, it is one more than there are steps.
    """
    newest, known = np.zeros(past.shape[1:]), np.zeros(past.shape[1:])
    for number, step in enumerate(~np.isnan(past), start=1):
        newest, known = np.where(step, number, newest), known + step
    return np.stack([len(past) + 1 - newest, known])


def _filled(past: Floats, usual: Floats) -> list[Floats]:
    before = np.broadcast_to(usual, past.shape[1:])
    for step in past[::-1]:
        before = np.where(np.isnan(step), before, step)
    filled = []
    for step in past:
        before = np.where(np.isnan(step), before, step)
        filled.append(before)
    return filled


@dataclass(frozen=True)
class Lines:
    """A straight line for every series.

    Attributes
    ----------
    constant : (n_series,).
    slope : (n_series, n_told).
    """

    constant: Floats
    slope: Floats

    @classmethod
    def fit(cls, known: OneStep, penalty: float) -> "Lines":
        """Learn a ridge regression for every series, from the readings that count; 0 where none does."""
        lines = []
        for place, counts in enumerate(known.counts.T):
            lines.append(_ridge(known.told[:, counts, place].T, known.reading[counts, place], penalty))
        return cls(np.array([line[0] for line in lines]), np.array([line[1:] for line in lines]))

    def follow(self, told: Floats) -> Floats:
        """Say what the lines expect, (n_windows, n_series); added up in order."""
        total = np.tile(self.constant, (told.shape[1], 1))
        for slope, column in zip(self.slope.T, told, strict=True):
            total += slope * column
        return total


def _ridge(told: Floats, reading: Floats, penalty: float) -> Floats:
    """Constant and slopes; features that never change have none, and the penalty is on standardised ones."""
    if not len(reading):
        return np.zeros(told.shape[1] + 1)
    mean, level = told.mean(axis=0), reading.mean()
    spread = told.std(axis=0)
    z = (told - mean) / np.where(spread > CONSTANT, spread, np.inf)
    slope = np.linalg.solve(z.T @ z + penalty * np.eye(z.shape[1]), z.T @ (reading - level))
    slope /= np.where(spread > CONSTANT, spread, np.inf)
    return np.append(level - mean @ slope, slope)


def usual_of(seen: Floats) -> tuple[float, ...]:
    """Middle and spread of readings, and what was usually known before them, of (3, n_windows); see `seen_of`."""
    if not seen.size:
        return 0.0, 1.0, 1.0, 1.0
    center, scale = robust_location(seen[0, :, None])
    return float(center[0]), float(scale[0]), *np.median(seen[1:], axis=1)


def size_of(residuals: Floats, within: float) -> float:
    """Size that a share of the residuals is within; their spread where that is nothing, 1 where that is nothing too."""
    if not len(residuals):
        return 1.0
    sizes = float(np.quantile(np.abs(residuals), within)), float(np.sqrt(np.mean(residuals**2)))
    return next((size for size in sizes if size > CONSTANT), 1.0)
