"""Intervals: quantiles by boosting, corrected so that they cover what they promise on stretches not learnt from.

The correction is that of conformalised quantile regression (Romano, Patterson and Candès, 2019), per horizon day. Its
residuals come from stretches of the recording that were forecast by models that had not seen them (cross-conformal,
Vovk 2015), so that all seasons recorded have a say, not only the last month.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..config import ForecastConfig
from .boosting import Settings, grow
from .direct import Direct, beside, draw
from .layout import Layout
from .line import Line
from .panel import Panel
from .rows import Rows, truth
from .trees import Trees

SALT = 1000  # seeds of the folds' rows begin here


@dataclass(frozen=True)
class Intervals:
    """Two quantiles per level, and how far they are moved outwards per horizon day.

    Attributes
    ----------
    line : what the quantiles are measured from.
    lower, upper : one forest per level.
    corrections : (n_levels, n_days), in the line's scatter; negative draws an interval together.
    """

    line: Line
    lower: tuple[Trees, ...]
    upper: tuple[Trees, ...]
    corrections: np.ndarray

    @classmethod
    def grown(
        cls, rows: Rows, target: np.ndarray, line: Line, config: ForecastConfig, settings: Settings
    ) -> "Intervals":
        """Learn the quantiles; nothing is corrected yet."""
        told, straight, scatter = beside(line, rows)
        left = (target - straight) / scatter
        tails = [(1 - level) / 2 for level in config.levels]
        lower = tuple(grow(told, left, config, settings, tail) for tail in tails)
        upper = tuple(grow(told, left, config, settings, 1 - tail) for tail in tails)
        return cls(line, lower, upper, np.zeros((len(tails), config.horizon_days)))

    def bounds(self, rows: Rows, day: int) -> tuple[np.ndarray, np.ndarray]:
        """Bound readings ahead: lower and upper (n_levels, n), in spreads from the base."""
        told, straight, scatter = beside(self.line, rows)
        moved = self.corrections[:, (rows.horizon - 1) // day]
        lower = straight + scatter * (np.stack([trees.predict(told) for trees in self.lower]) - moved)
        upper = straight + scatter * (np.stack([trees.predict(told) for trees in self.upper]) + moved)
        return np.minimum(lower, upper), np.maximum(lower, upper)


def misses(panel: Panel, layout: Layout, rows: Rows, intervals: Intervals) -> np.ndarray:
    """Measure how far readings lie outside of intervals (n_levels, n), in the line's scatter; negative is inside."""
    lower, upper = intervals.bounds(rows, layout.day)
    came = (truth(panel, rows) - rows.base) / rows.spread
    return np.maximum(lower - came, came - upper) / intervals.line.scattered(rows.horizon)


@dataclass(frozen=True)
class Crossed:
    """Readings that were forecast by models that had not seen their stretch of the recording.

    Attributes
    ----------
    rows : which; (n,).
    ahead : (n,) what the direct strategy said, in the sensor's measure.
    outside : (n_levels, n) as ``misses``.
    """

    rows: Rows
    ahead: np.ndarray
    outside: np.ndarray

    def corrections(self, layout: Layout, levels: tuple[float, ...]) -> np.ndarray:
        """Learn how far the intervals have to be moved, (n_levels, n_days)."""
        found, place = np.zeros((len(levels), layout.horizon_days)), (self.rows.horizon - 1) // layout.day
        for day in range(layout.horizon_days):
            part = self.outside[:, place == day]
            for number, level in enumerate(levels if part.shape[1] else ()):
                rank = min(level * (1 + 1 / part.shape[1]), 1.0)
                found[number, day] = np.quantile(part[number], rank, method="higher")
        return found


def cross(  # noqa: PLR0917
    panel: Panel, layout: Layout, config: ForecastConfig, settings: Settings, wanted: np.ndarray, judged: np.ndarray
) -> Crossed | None:
    """Forecast one stretch of the recording after the other, from models of the others; None if that can't be done.

    A stretch's targets, and those within a day of it, are not learnt from.

    Parameters
    ----------
    wanted : bool of the panel's shape: readings that may be learnt from.
    judged : readings that are forecast; anomalies are among them, since they come in service, too.
    """
    found = []
    for number, (start, stop) in enumerate(stretches(judged, config.folds)):
        seen, held = wanted.copy(), np.zeros_like(judged)
        seen[:, max(start - layout.day, 0) : stop + layout.day] = False
        held[:, start:stop] = judged[:, start:stop]
        rows, target = draw(panel, layout, config, seen, config.seed + SALT + number)
        apart, _ = draw(panel, layout, config, held, config.seed + 2 * SALT + number)
        if len(target) < 2 * config.min_rows_leaf or not len(apart.unit):
            continue
        model = Direct.fit(rows, target, layout, config, settings)
        ahead = apart.base + apart.spread * model.predict(apart)
        grown = Intervals.grown(rows, target, model.line, config, settings)
        found.append(Crossed(apart, ahead, misses(panel, layout, apart, grown)))
    if not found:
        return None
    return Crossed(
        Rows.joined([each.rows for each in found]),
        np.concatenate([each.ahead for each in found]),
        np.concatenate([each.outside for each in found], axis=1),
    )


def stretches(judged: np.ndarray, folds: int) -> list[tuple[int, int]]:
    """Cut the recording into stretches of time with about equally many readings."""
    total = np.cumsum(judged.sum(axis=0))
    edges = np.searchsorted(total, total[-1] * np.arange(1, folds) / folds)
    cuts = [0, *(int(edge) for edge in edges), judged.shape[1]]
    return [(low, high) for low, high in pairwise(cuts) if high > low]
