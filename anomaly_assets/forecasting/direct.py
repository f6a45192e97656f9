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
    """A straight line, and trees for what it leaves.

    Attributes
    ----------
    line, trees : the models.
    believed : (n_days,) share of what the trees add that is believed.
    """

    line: Line
    trees: Trees
    believed: np.ndarray

    @classmethod
    def fit(  # noqa: PLR0917
        cls,
        rows: Rows,
        target: np.ndarray,
        layout: Layout,
        config: ForecastConfig,
        settings: Settings,
        line: Line | None = None,
    ) -> "Direct":
        """Learn from rows and their targets (in spreads from the base); a line that is known is taken."""
        line = line or Line.fit(rows.told, rows.horizon, target, layout.horizon_days, layout.day, config.penalty)
        told, straight, scatter = beside(line, rows)
        trees = grow(told, (target - straight) / scatter, config, settings)
        return cls(line, trees, np.full(layout.horizon_days, config.trees_share))

    def parts(self, rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Tell what the trees are told; what the line says, and what the trees add, in spreads from the base."""
        told, straight, scatter = beside(self.line, rows)
        return told, straight, scatter * self.trees.predict(told)

    def predict(self, rows: Rows, day: int) -> tuple[np.ndarray, np.ndarray]:
        """Forecast rows, in the sensor's measure; and tell what the trees are told."""
        told, straight, added = self.parts(rows)
        return rows.base + rows.spread * (straight + self.believed[(rows.horizon - 1) // day] * added), told


def beside(line: Line, rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tell what trees are told beside a line: features with its forecast; the forecast; what they are measured in."""
    straight = line.predict(rows.told, rows.horizon)
    return np.column_stack([rows.told, straight]), straight, line.scattered(rows.horizon)


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
    chance, each = np.random.default_rng(seed), config.rows_per_origin
    units, columns = np.nonzero(_ahead(wanted, layout.horizon) & ~np.isnan(panel.values))
    chosen = chance.integers(0, max(len(units), 1), max(config.max_rows // each, 1) if len(units) else 0)
    unit, origin = np.repeat(units[chosen], each), np.repeat(columns[chosen], each)
    horizon = chance.integers(1, layout.horizon + 1, len(unit))
    column = origin + horizon
    fit = column < panel.steps
    fit[fit] = wanted[unit[fit], column[fit]]
    rows = rows_of(panel, layout, unit[fit], origin[fit], horizon[fit])
    rows = rows.taken(rows.known)
    return rows, rows.target(panel, config.clip)


def _ahead(wanted: np.ndarray, horizon: int) -> np.ndarray:
    """Say of every cell whether one of the ``horizon`` cells after it is wanted."""
    counts = np.concatenate([np.zeros((len(wanted), 1), np.int64), np.cumsum(wanted, axis=1)], axis=1)
    here = np.arange(wanted.shape[1])
    return counts[:, np.minimum(here + 1 + horizon, wanted.shape[1])] > counts[:, here + 1]
