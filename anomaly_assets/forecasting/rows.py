"""Rows of the direct strategy: one per unit, origin and instant ahead, with everything measured from the level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .layout import Layout
from .panel import Panel

BLOCK = 40_000  # rows that are held at a time when many are forecast


@dataclass(frozen=True)
class Rows:
    """Rows and what turns their target back into readings.

    Attributes
    ----------
    unit, origin, horizon : row of the panel, column of the panel, steps ahead; int64 (n,).
    told : float64 (n, width), features in spreads from the level.
    base : level plus the usual daily profile at the instant, in the sensor's measure.
    spread : one unit of the target, in the sensor's measure; NaN where too little is known.
    change : how far the sensor moved in as many days lately, in its measure; what intervals are measured in.
    """

    unit: np.ndarray
    origin: np.ndarray
    horizon: np.ndarray
    told: np.ndarray
    base: np.ndarray
    spread: np.ndarray
    change: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Whether enough is known to forecast a row."""
        return np.isfinite(self.base) & np.isfinite(self.spread)

    def target(self, panel: Panel, clip: float) -> np.ndarray:
        """Take the readings that came, in spreads from the base; NaN where none came."""
        with np.errstate(invalid="ignore"):
            return np.clip((truth(panel, self) - self.base) / self.spread, -clip, clip)

    def taken(self, which: np.ndarray) -> "Rows":
        """Keep some rows."""
        parts = (self.unit, self.origin, self.horizon, self.told, self.base, self.spread, self.change)
        return Rows(*(part[which] for part in parts))

    @classmethod
    def joined(cls, parts: Sequence["Rows"]) -> "Rows":
        """Put rows one after the other."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__))


def truth(panel: Panel, rows: Rows) -> np.ndarray:
    """Take the readings that came; NaN where none came or the panel ends before."""
    column = rows.origin + rows.horizon
    inside = column < panel.steps
    return np.where(inside, panel.values[rows.unit, np.where(inside, column, 0)], np.nan)


def rows_of(panel: Panel, layout: Layout, unit: np.ndarray, origin: np.ndarray, horizon: np.ndarray) -> Rows:
    """Make the rows of given units, origins and horizons; an origin that comes often is looked at once."""
    from .feature_kernel import at_horizons, at_origins
    from .spread_kernel import usual_changes

    unit, origin, horizon = (np.asarray(part, np.int64) for part in (unit, origin, horizon))
    _, first, which = np.unique(unit * panel.steps + origin, return_index=True, return_inverse=True)
    sizes = (layout.day, layout.level, layout.spread, layout.days)
    origins = at_origins(
        panel.values, panel.first, unit[first], origin[first], layout.spans(), sizes, len(layout.at_origin())
    )
    told = np.empty((len(unit), len(layout.at_origin()) + len(layout.at_horizon())))
    given = (unit, origin, horizon, which.astype(np.int64))
    profile = at_horizons(panel.values, panel.first, given, origins, sizes, layout.short[0], layout.calendar, told)
    spread, days = origins[1][which], layout.horizon_days
    changes = usual_changes(panel.values, unit[first], origin[first], layout.day, layout.recent, days)
    change = changes[which, np.minimum((horizon - 1) // layout.day, days - 1)]
    change = np.where(np.isnan(change), spread, np.maximum(change, layout.calm * spread))
    return Rows(unit, origin, horizon, told, origins[0][which] + profile, spread, change)


def paths(layout: Layout, unit: np.ndarray, origin: np.ndarray, every: int = 1) -> Iterator[tuple[np.ndarray, ...]]:
    """Go through whole weeks ahead of many origins, in blocks: unit, origin, horizon of every ``every``-th step."""
    ahead = np.arange(every, layout.horizon + 1, every)
    size = max(1, BLOCK // len(ahead))
    for start in range(0, len(unit), size):
        part = slice(start, start + size)
        count = len(unit[part])
        yield np.repeat(unit[part], len(ahead)), np.repeat(origin[part], len(ahead)), np.tile(ahead, count)
