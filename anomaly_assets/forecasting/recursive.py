"""The recursive strategy: one step ahead, again and again, each step standing on the ones before."""

from dataclasses import dataclass

import numpy as np

from ..config import ForecastConfig
from .boosting import Settings, grow
from .layout import Layout
from .panel import Panel
from .trees import Trees


@dataclass(frozen=True)
class OneStep:
    """Trees of the change to the next step, in spreads."""

    trees: Trees

    @classmethod
    def fit(cls, told: np.ndarray, target: np.ndarray, config: ForecastConfig, settings: Settings) -> "OneStep":
        """Learn from rows (n, n_features) and changes (n,)."""
        return cls(grow(told, target, config, settings))

    def run(self, panel: Panel, layout: Layout, unit: np.ndarray, origin: np.ndarray) -> np.ndarray:
        """Forecast (n, horizon) readings ahead of origins; NaN where too little is known.

        All origins take a step together: the trees stay in the cache, and rows wait for memory side by side. The sums
        are those of one row at a time, so the outcome is, too.
        """
        from .recursion_kernel import recur

        past = np.stack([_past(panel, layout, u, o) for u, o in zip(unit, origin, strict=True)])
        spread = spreads(panel, layout, unit, origin)
        first = panel.first + np.asarray(origin, np.int64) - layout.lookback + 1
        trees = self.trees
        walkable = trees.nodes, trees.roots, trees.levels, float(trees.start)
        shape = layout.lookback, layout.horizon, layout.day, len(layout.one_step())
        return recur(past, first, spread, layout.spans(), shape, layout.calendar, walkable)


def spreads(panel: Panel, layout: Layout, unit: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Take the units' spreads known at columns; each unit and day is looked at once."""
    from .spread_kernel import usual_spreads

    unit, column = np.asarray(unit, np.int64), np.asarray(column, np.int64)
    midnight = column - (panel.first + column) % layout.day
    _, first, which = np.unique(
        unit * (panel.steps + layout.day) + midnight + layout.day, return_index=True, return_inverse=True
    )
    found = usual_spreads(panel.values, panel.first, unit[first], column[first], layout.day, layout.spread)
    return found[which]


def one_step_rows(panel: Panel, layout: Layout, unit: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Make features (n, width) of the step after columns, and the spreads (n,) they are measured in."""
    from .feature_kernel import one_step_rows as fill

    spread = spreads(panel, layout, unit, column)
    told = np.empty((len(unit), len(layout.one_step())))
    given = (np.asarray(unit, np.int64), np.asarray(column, np.int64), spread)
    fill(panel.values, panel.first, *given, layout.spans(), layout.day, layout.calendar, told)
    return told, spread


def draw(
    panel: Panel, layout: Layout, config: ForecastConfig, wanted: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows whose next reading may be learnt from, and the changes to it, in spreads."""
    unit, column = np.nonzero(wanted[:, 1:] & ~np.isnan(panel.values[:, :-1]))
    if len(unit) > config.max_rows:
        kept = np.sort(np.random.default_rng(seed).choice(len(unit), config.max_rows, replace=False))
        unit, column = unit[kept], column[kept]
    told, spread = one_step_rows(panel, layout, unit, column)
    change = (panel.values[unit, column + 1] - panel.values[unit, column]) / spread
    known = np.isfinite(change)
    return told[known], np.clip(change[known], -config.clip, config.clip)


def _past(panel: Panel, layout: Layout, unit: int, origin: int) -> np.ndarray:
    past = np.full(layout.lookback, np.nan)
    start = origin - layout.lookback + 1
    past[max(-start, 0) :] = panel.values[unit, max(start, 0) : origin + 1]
    return past
