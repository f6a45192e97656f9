"""VUS-PR: volume under the precision-recall surface, where a score that peaks beside an event is not simply wrong.

Paparrizos, Boniol, Palpanas, Tsay, Elmore, Franklin: "Volume Under the Surface", PVLDB 15(11), 2022; the variant that
TSB-AD (NeurIPS 2024) ranks detectors by. Its decisions are kept, odd ones too, so that numbers can be set beside
published ones: a buffer of width l reaches l // 2 windows to either side of an event with soft labels
sqrt(1 - distance / l); recall grows only by the share of events that were touched at all; thresholds are evenly spaced
ranks of the scores. Other ranking measures are in ranking.py.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import EvaluationError
from .ranges import Ranges, find_ranges, first_of_runs

Weights = NDArray[np.float64]


def vus_pr(
    labels: ArrayLike,
    scores: ArrayLike,
    *,
    buffer: int,
    thresholds: int = 250,
    units: ArrayLike | None = None,
    widths: int = 16,
) -> float | None:
    """Precision-recall area with soft labels around events, averaged over buffer widths from 0 to ``buffer``.

    A larger buffer gives larger values: compare only numbers with the same buffer, and state it. Thresholds are
    ``thresholds`` evenly spaced ranks, so that events rarer than one window in ``thresholds`` can't reach 1 even with
    a perfect score; ask for more of them there.

    Parameters
    ----------
    labels : (n_windows,) true where anomalous, in the order of time within a unit.
    scores : (n_windows,) finite; higher is more anomalous.
    buffer : the widest buffer, in windows, both sides together.
    thresholds : ranks of the scores that serve as thresholds.
    units : (n_windows,) unit of each window; buffers never cross units. One unit when not given.
    widths : how many buffer widths are averaged, evenly spaced with both ends in; all when ``buffer`` is smaller.

    Returns
    -------
    None without an anomalous window; 1.0 when all are anomalous.

    Raises
    ------
    EvaluationError
        when the arrays differ in length, a score is not finite or the buffer is negative.
    """
    anomalous, values = np.asarray(labels, dtype=bool), np.asarray(scores, dtype=np.float64)
    members = np.zeros(anomalous.size, dtype=np.int64)
    if units is not None:
        members = np.unique(np.asarray(units), return_inverse=True)[1]
    _check(anomalous, values, members, buffer)
    order = np.argsort(members, kind="stable")
    found = volumes(
        anomalous[order],
        values[order],
        units=members[order],
        blocks=np.zeros(order.size, dtype=np.int64),
        weights=np.ones((1, 1)),
        buffer=buffer,
        thresholds=thresholds,
        widths=widths,
    )
    return None if np.isnan(found[0]) else float(found[0])


def volumes(
    anomalous: NDArray[np.bool_],
    scores: NDArray[np.float64],
    *,
    units: NDArray[np.int64],
    blocks: NDArray[np.int64],
    weights: Weights,
    buffer: int,
    thresholds: int,
    widths: int,
) -> Weights:
    """VUS-PR of several mixtures of blocks at once, with the thresholds of all windows together.

    Parameters
    ----------
    anomalous, scores, units, blocks : (n_windows,) sorted by unit (ascending numbers) and time.
    weights : (n_mixtures, n_blocks) how often each block counts.

    Returns
    -------
    (n_mixtures,), NaN where a mixture has no anomalous window.
    """
    if not anomalous.any():
        return np.full(len(weights), np.nan)
    surface = _Surface(anomalous, scores, blocks, weights, thresholds)
    ranges = find_ranges(anomalous, units, buffer)
    steps = np.unique(np.linspace(0, buffer, min(widths, buffer + 1)).round().astype(int))
    return np.mean([surface.area(ranges, int(width)) for width in steps], axis=0)


class _Surface:
    """Counts at or above every threshold, per mixture of blocks: arrays are (n_mixtures, n_thresholds)."""

    def __init__(
        self,
        anomalous: NDArray[np.bool_],
        scores: NDArray[np.float64],
        blocks: NDArray[np.int64],
        weights: Weights,
        thresholds: int,
    ) -> None:
        ordered = np.sort(scores)[::-1]
        cuts = ordered[np.linspace(0, scores.size - 1, thresholds).astype(int)]
        # The first threshold, from the highest down, that a window reaches.
        self.place = np.searchsorted(-cuts, -scores, side="left")
        self.anomalous, self.blocks, self.weights, self.thresholds = anomalous, blocks, weights, thresholds
        self.flagged = self._reached(self.place, blocks)
        self.inside = self._reached(self.place[anomalous], blocks[anomalous])
        self.positives = self.weights @ np.bincount(blocks, weights=anomalous, minlength=weights.shape[1])

    def area(self, ranges: Ranges, width: int) -> Weights:
        """Area under the precision-recall curve at one buffer width: (n_mixtures,)."""
        half = width // 2
        reach = ranges.nearest <= half
        rows, owner = ranges.rows[reach], ranges.owner[reach]
        # Two ramps add up to more than one wherever they meet, since a ramp never falls below sqrt(1/2).
        soft = np.where(ranges.second[reach] <= half, 1.0, np.sqrt(1 - ranges.nearest[reach] / max(width, 1)))
        around = self._reached(self.place[rows], self.blocks[rows], soft)
        with np.errstate(invalid="ignore", divide="ignore"):
            recall = np.minimum((self.inside + around) / (self.positives[:, None] + around / 2), 1)
            precision = np.nan_to_num((self.inside + around) / self.flagged)
            reached = recall * self._existence(ranges, half, rows, owner)
        return np.sum(np.diff(reached, prepend=0) * precision, axis=1)

    def _existence(self, ranges: Ranges, half: int, rows: NDArray[np.int64], owner: NDArray[np.int64]) -> Weights:
        """Share of the ranges, joined where their buffers meet, with a window at or above each threshold."""
        first = first_of_runs(self.place, self.anomalous, ranges)
        np.minimum.at(first, owner, self.place[rows])
        opens = np.flatnonzero(np.concatenate([[True], ranges.apart > 2 * half]))
        blocks = self.blocks[ranges.first[opens]]
        joined = self.weights @ np.bincount(blocks, minlength=self.weights.shape[1])
        return self._reached(np.minimum.reduceat(first, opens), blocks) / joined[:, None]

    def _reached(
        self, place: NDArray[np.int64], blocks: NDArray[np.int64], amount: NDArray[np.float64] | None = None
    ) -> Weights:
        cells, shape = blocks * self.thresholds + place, (self.weights.shape[1], self.thresholds)
        counted = np.bincount(cells, weights=amount, minlength=shape[0] * shape[1]).reshape(shape)
        return np.cumsum(self.weights @ counted, axis=1)


def _check(anomalous: NDArray[np.bool_], scores: NDArray[np.float64], units: NDArray[np.int64], buffer: int) -> None:
    sizes = {"labels": anomalous.size, "scores": scores.size, "units": units.size}
    if len(set(sizes.values())) > 1:
        raise EvaluationError(
            "labels, scores and units differ in length", found=sizes, remedy="pass one of each per window"
        )
    if not np.isfinite(scores).all():
        bad = int((~np.isfinite(scores)).sum())
        raise EvaluationError("scores can't be ranked", found=f"{bad} not finite", remedy="score every window first")
    if buffer < 0:
        raise EvaluationError("a buffer has a negative width", found=buffer, expected="0 windows or more")
