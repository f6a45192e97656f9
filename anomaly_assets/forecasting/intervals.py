"""Intervals: quantiles by boosting, corrected so that they cover what they promise on stretches not learnt from.

The correction is that of conformalised quantile regression (Romano, Patterson and Candès, 2019), per horizon day. Its
residuals come from stretches of the recording that were forecast by models that had not seen them (cross-conformal,
Vovk 2015), so that all seasons recorded have a say, not only the last month.
"""

from dataclasses import dataclass

import numpy as np

from ..config import ForecastConfig
from .boosting import Settings, grow
from .direct import draw
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
    corrections : (n_levels, n_days), in spreads; negative draws an interval together.
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
        straight = line.predict(rows.told, rows.horizon)
        told, left = np.column_stack([rows.told, straight]), target - straight
        tails = [(1 - level) / 2 for level in config.levels]
        lower = tuple(grow(told, left, config, settings, tail) for tail in tails)
        upper = tuple(grow(told, left, config, settings, 1 - tail) for tail in tails)
        return cls(line, lower, upper, np.zeros((len(tails), config.horizon_days)))

    def bounds(self, rows: Rows, day: int) -> tuple[np.ndarray, np.ndarray]:
        """Bound readings ahead: lower and upper (n_levels, n), in spreads from the base; a wider level holds a narrower."""
        straight = self.line.predict(rows.told, rows.horizon)
        told, place = np.column_stack([rows.told, straight]), (rows.horizon - 1) // day
        lower = np.stack([trees.predict(told) for trees in self.lower]) + straight - self.corrections[:, place]
        upper = np.stack([trees.predict(told) for trees in self.upper]) + straight + self.corrections[:, place]
        return np.minimum(lower, upper), np.maximum(lower, upper)


def misses(panel: Panel, layout: Layout, rows: Rows, intervals: Intervals) -> np.ndarray:
    """Measure how far readings that came lie outside of intervals (n_levels, n); negative is inside."""
    lower, upper = intervals.bounds(rows, layout.day)
    came = (truth(panel, rows) - rows.base) / rows.spread
    return np.maximum(lower - came, came - upper)


def corrections(
    panel: Panel,
    layout: Layout,
    config: ForecastConfig,
    settings: Settings,
    wanted: np.ndarray,
    judged: np.ndarray,
) -> np.ndarray:
    """Learn how far the intervals have to be moved, (n_levels, n_days).

    Parameters
    ----------
    wanted : bool of the panel's shape: readings that may be learnt from.
    judged : readings that intervals are to cover; anomalies are among them, since they come in service, too.
    """
    outside: list[np.ndarray] = []
    days: list[np.ndarray] = []
    for number, (start, stop) in enumerate(stretches(judged, config.folds)):
        seen, held = wanted.copy(), np.zeros_like(judged)
        seen[:, max(start - layout.day, 0) : stop + layout.day] = False
        held[:, start:stop] = judged[:, start:stop]
        rows, target = draw(panel, layout, config, seen, config.seed + SALT + number)
        apart, _ = draw(panel, layout, config, held, config.seed + 2 * SALT + number)
        if len(target) < 2 * config.min_rows_leaf or not len(apart.unit):
            continue
        line = Line.fit(rows.told, rows.horizon, target, layout.horizon_days, layout.day, config.penalty)
        outside.append(misses(panel, layout, apart, Intervals.grown(rows, target, line, config, settings)))
        days.append((apart.horizon - 1) // layout.day)
    if not outside:
        return np.zeros((len(config.levels), layout.horizon_days))
    return _quantiles(np.concatenate(outside, axis=1), np.concatenate(days), config, layout.horizon_days)


def stretches(judged: np.ndarray, folds: int) -> list[tuple[int, int]]:
    """Cut the recording into stretches of time with about equally many readings."""
    total = np.cumsum(judged.sum(axis=0))
    edges = np.searchsorted(total, total[-1] * np.arange(1, folds) / folds)
    cuts = [0, *(int(edge) for edge in edges), judged.shape[1]]
    return [(low, high) for low, high in zip(cuts[:-1], cuts[1:], strict=True) if high > low]


def _quantiles(outside: np.ndarray, days: np.ndarray, config: ForecastConfig, horizon_days: int) -> np.ndarray:
    found = np.zeros((len(config.levels), horizon_days))
    for day in range(horizon_days):
        part = outside[:, days == day]
        if part.shape[1]:
            for place, level in enumerate(config.levels):
                rank = min(level * (1 + 1 / part.shape[1]), 1.0)
                found[place, day] = np.quantile(part[place], rank, method="higher")
    return found
