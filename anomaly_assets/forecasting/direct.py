"""The direct strategy: every instant ahead at once, with the horizon as a feature."""

from dataclasses import dataclass

import numpy as np

from ..config import ForecastConfig
from .boosting import Settings, grow
from .layout import Layout
from .line import Line
from .panel import Panel
from .rows import Rows, rows_of
from .trees import Trees


@dataclass(frozen=True)
class Direct:
    """A straight line, and trees for what it leaves."""

    line: Line
    trees: Trees

    @classmethod
    def fit(
        cls,
        rows: Rows,
        target: np.ndarray,
        layout: Layout,
        config: ForecastConfig,
        settings: Settings,
        line: Line | None = None,
    ) -> "Direct":  # noqa: E501
        """Learn from rows and their targets (in spreads from the base); a line that is known is taken."""
        line = line or Line.fit(rows.told, rows.horizon, target, layout.horizon_days, layout.day, config.penalty)
        straight = line.predict(rows.told, rows.horizon)
        return cls(line, grow(np.column_stack([rows.told, straight]), target - straight, config, settings))

    def predict(self, rows: Rows) -> np.ndarray:
        """Forecast rows, in spreads from the base."""
        straight = self.line.predict(rows.told, rows.horizon)
        return straight + self.trees.predict(np.column_stack([rows.told, straight]))


def draw(
    panel: Panel, layout: Layout, config: ForecastConfig, wanted: np.ndarray, seed: int
) -> tuple[Rows, np.ndarray]:
    """Draw rows whose target may be learnt from, a few horizons per origin, and their targets.

    Parameters
    ----------
    wanted : bool of the panel's shape: readings that may be targets.

    Returns
    -------
    The rows, and (n,) targets in spreads from the base.
    """
    chance = np.random.default_rng(seed)
    cells = np.flatnonzero(wanted.any(axis=1)), np.flatnonzero(wanted.any(axis=0))
    if not len(cells[0]):
        return _none(panel, layout)
    each = config.rows_per_origin
    origins = max(config.max_rows // each, 1)
    low, high = max(cells[1][0] - layout.horizon, 0), cells[1][-1]
    unit = np.repeat(chance.choice(cells[0], origins), each)
    origin = np.repeat(chance.integers(low, max(high, low + 1), origins), each)
    horizon = chance.integers(1, layout.horizon + 1, origins * each)
    column = origin + horizon
    fit = column < panel.steps
    fit[fit] = wanted[unit[fit], column[fit]]
    rows = rows_of(panel, layout, unit[fit], origin[fit], horizon[fit])
    rows = rows.taken(rows.known)
    return rows, rows.target(panel, config.clip)


def _none(panel: Panel, layout: Layout) -> tuple[Rows, np.ndarray]:
    empty = np.empty(0, np.int64)
    rows = rows_of(panel, layout, empty, empty, empty)
    return rows, np.empty(0)
