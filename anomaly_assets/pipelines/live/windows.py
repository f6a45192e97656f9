"""From asks to windows: cleaned and built by the very functions that the assets call. Nothing is scored here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...cleaning import clean_asked
from ...contracts import quality_column
from ...features import Recipe, build_asked
from .ask import MICROSECOND, Ask, first_wanted, lay_out

TIME = pl.Datetime("us", "UTC")


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of several asks, in order of ask, then of time.

    Attributes
    ----------
    names : of the features.
    ask : position of the ask that each window belongs to, (n_windows,).
    start, end : microseconds since the epoch, (n_windows,).
    features : (n_windows, n_features), NaN where there is no value.
    wanted : (n_windows,) which were asked for; the others are their history.
    units : names of the asks' units, (n_asks,).
    """

    names: tuple[str, ...]
    ask: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    features: NDArray[np.float64]
    wanted: NDArray[np.bool_]
    units: NDArray[np.object_]

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Windows":
        """Some of the windows, in the order in which they are chosen."""
        rows = (self.ask[chosen], self.start[chosen], self.end[chosen], self.features[chosen], self.wanted[chosen])
        return Windows(self.names, *rows, self.units)

    def marked(self, flags: NDArray[np.bool_]) -> "Windows":
        """The same windows, of which some of the wanted ones stay wanted: ``flags`` is (n_wanted,)."""
        wanted = self.wanted.copy()
        wanted[self.wanted] = flags
        return Windows(self.names, self.ask, self.start, self.end, self.features, wanted, self.units)

    @cached_property
    def asked(self) -> "Windows":
        """The wanted ones."""
        return self if self.wanted.all() else self.only(self.wanted)

    @cached_property
    def unit(self) -> NDArray[np.object_]:
        """Name of each window's unit, (n_windows,)."""
        return self.units[self.ask]

    @property
    def days(self) -> NDArray[np.float64]:
        """Start of each window in days since 1970, (n_windows,)."""
        return self.start / 86_400e6

    def keys(self, unit: pl.Series | None = None) -> pl.DataFrame:
        """unit_id, window_start, window_end; (n_windows,)."""
        named = pl.Series(self.unit.tolist(), dtype=pl.String) if unit is None else unit
        start, end = (pl.Series(moments).cast(TIME) for moments in (self.start, self.end))
        return pl.DataFrame({"unit_id": named, "window_start": start, "window_end": end})

    def frame(self) -> pl.DataFrame:
        """Rows of the features table, null where there is no value."""
        table = pl.DataFrame(self.features, schema=list(self.names), orient="row") if len(self.ask) else None
        told = pl.DataFrame(schema=dict.fromkeys(self.names, pl.Float64)) if table is None else table
        return self.keys().hstack(told.fill_nan(None))


def windows_of(asks: Sequence[Ask], recipe: Recipe, history: timedelta) -> Windows:
    """Clean the readings of asks and make their windows.

    Parameters
    ----------
    recipe : of the fleet's features.
    history : how far before a wanted window others are made, that it is seen together with.
    """
    fleet, units = recipe.fleet, np.array([ask.unit for ask in asks], dtype=object)
    wanted_from = np.array([first_wanted(ask, fleet) for ask in asks], dtype=np.int64)
    grid = clean_asked(lay_out(asks, fleet), fleet)
    columns = dict(zip(fleet.sensors, grid.sensors, strict=True))
    columns |= {quality_column(name): bits for name, bits in zip(fleet.sensors, grid.quality, strict=True)}
    built = build_asked(grid.unit, grid.time, columns, recipe, wanted_from - history // MICROSECOND)
    end = built.start + fleet.stride // MICROSECOND
    return Windows(
        recipe.names, built.unit, built.start, end, built.features, built.start >= wanted_from[built.unit], units
    )
