"""One learnt forecaster of one sensor for units it has seen and for units it has not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from ..config import ForecastConfig, coverage_names, format_duration
from ..errors import ForecastError
from . import storage
from .direct import Direct
from .intervals import Intervals
from .layout import Layout
from .naive import naive_forecasts
from .panel import EPOCH, MICROSECOND, Panel, stamps
from .recursive import OneStep, one_step_rows
from .rows import paths, rows_of


@dataclass(frozen=True)
class Forecaster:
    """What is needed to forecast; plain numbers and arrays, scikit-learn is not asked any more.

    Attributes
    ----------
    config : the settings it was learnt with.
    step : time between two forecast instants, in microseconds.
    strategy : ``direct`` or ``recursive``; which of the two is in force.
    direct, recursion, intervals : the models.
    naive : per horizon day the naive forecast that is leaned on.
    weights : per horizon day, how much of the way from that naive forecast to the model is gone, 0 to 1.
    one_step_error : usual error of ``one_step``, in spreads.
    """

    config: ForecastConfig
    step: int
    strategy: str
    direct: Direct
    recursion: OneStep
    intervals: Intervals
    naive: tuple[str, ...]
    weights: np.ndarray
    one_step_error: float

    @property
    def layout(self) -> Layout:
        """Spans in steps."""
        return Layout.of(self.config, self.step)

    @property
    def lookback(self) -> timedelta:
        """How far before an origin the oldest reading lies that a forecast looks at, in whole steps."""
        return self.layout.lookback * timedelta(microseconds=self.step)

    def forecast(
        self, history: pl.DataFrame, origin: datetime, units: Sequence[str] | None = None
    ) -> tuple[pl.DataFrame, dict[str, str]]:
        """Forecast the config's horizon of every unit, from what was known at ``origin``.

        Parameters
        ----------
        history : ``unit_id``, ``time`` (UTC, us, on the step's grid, gaps allowed), ``value`` (null where silent);
            should reach back ``config.lookback`` before the origin; readings after the origin are not looked at.
        origin : the last instant that is known (UTC); readings at it count.
        units : which ones; all that the history holds when not given.

        Returns
        -------
        ``unit_id``, ``origin``, ``time``, ``horizon`` (duration), ``horizon_day`` (1..), ``forecast``, and
        ``lower_80``, ``upper_80`` and so on per level; and for each unit without a forecast the reason, as a sentence.

        Raises
        ------
        ForecastError
            If the history lacks a column, or the origin or an instant is not on the grid.
        """
        panel, reasons = self._known(history, origin, units)
        able = [place for place, unit in enumerate(panel.units) if unit not in reasons]
        unit = np.array(able, np.int64)
        parts = list(self.ahead(panel, unit, np.full(len(unit), panel.steps - 1)))
        return (pl.concat(parts) if parts else self.nothing()).drop("unit", "origin_column"), reasons

    def ahead(self, panel: Panel, unit: np.ndarray, origin: np.ndarray, every: int = 1) -> Iterator[pl.DataFrame]:
        """Forecast from many units and origins (rows and columns of a panel), in blocks of rows.

        Yields the columns of ``forecast`` for every ``every``-th step, and ``unit``, ``origin_column``.
        """
        layout = self.layout
        for units, origins, horizons in paths(layout, unit, origin, every):
            rows = rows_of(panel, layout, units, origins, horizons)
            middle, told = self.direct.predict(rows, layout.day)
            model = self._model(panel, units, origins, horizons)
            found = self.leaned(panel, middle if model is None else model, units, origins, horizons)
            middle = found if model is None else middle
            lower, upper = self.intervals.bounds(told, (horizons - 1) // layout.day)
            lower = np.minimum(middle + rows.change * lower, found)
            upper = np.maximum(middle + rows.change * upper, found)
            yield self._told(panel, (units, origins, horizons), found, lower, upper)

    def leaned(
        self, panel: Panel, model: np.ndarray, unit: np.ndarray, origin: np.ndarray, horizon: np.ndarray
    ) -> np.ndarray:
        """Move forecasts (n,) towards the naive ones as far as validation found it better."""
        place = (horizon - 1) // self.layout.day
        if (self.weights == 1).all():
            return model
        told = naive_forecasts(panel, self.layout.day, unit, origin, horizon)
        naive = np.choose(place, [told[name] for name in self.naive])
        return np.where(np.isnan(naive), model, naive + self.weights[place] * (model - naive))

    def one_step(self, readings: pl.DataFrame) -> pl.DataFrame:
        """Expect every reading from those before it, one step ahead.

        Parameters
        ----------
        readings : as ``forecast`` takes them; the first ones have too little before them and expect nothing.

        Returns
        -------
        ``unit_id``, ``time``, ``expected`` (null where too little is known), ``spread`` (the usual error of such an
        expectation, in the sensor's measure; of the unit's own recent variation).
        """
        panel = Panel.of(readings, self.step)
        unit, column = np.nonzero(~np.isnan(panel.values[:, :-1]))
        expected = np.full((len(panel.units), panel.steps), np.nan)
        spread = np.full_like(expected, np.nan)
        for start in range(0, len(unit), 100_000):
            part = slice(start, start + 100_000)
            told, width = one_step_rows(panel, self.layout, unit[part], column[part])
            change = np.where(np.isfinite(width), self.recursion.trees.predict(told), np.nan)
            expected[unit[part], column[part] + 1] = panel.values[unit[part], column[part]] + width * change
            spread[unit[part], column[part] + 1] = width * self.one_step_error
        return self._beside(readings, panel, expected, spread)

    def save(self, folder: Path) -> None:
        """Write ``forecaster.json`` and ``forecaster.safetensors``; the folder is made when it is absent."""
        line = {f"line.{name}": getattr(self.direct.line, name) for name in storage.LINE}
        arrays = line | self.direct.trees.arrays("direct") | self.recursion.trees.arrays("recursion")
        for place in range(len(self.config.levels)):
            arrays |= self.intervals.lower[place].arrays(f"lower{place}")
            arrays |= self.intervals.upper[place].arrays(f"upper{place}")
        arrays |= {"corrections": self.intervals.corrections, "weights": self.weights, "believed": self.direct.believed}
        told = {"step": self.step, "strategy": self.strategy, "naive": self.naive}
        storage.write(folder, self.config, told | {"one_step_error": self.one_step_error}, arrays)

    @classmethod
    def load(cls, folder: Path) -> "Forecaster":
        """Read what ``save`` wrote.

        Raises
        ------
        ForecastError
            If a file is missing, damaged, or the two don't belong together.
        """
        return storage.read(folder, cls._of)

    @classmethod
    def _of(cls, config: ForecastConfig, told: dict, arrays: dict[str, np.ndarray]) -> "Forecaster":
        line, trees, levels = storage.line(arrays), storage.trees(arrays), range(len(config.levels))
        lower, upper = tuple(trees(f"lower{k}") for k in levels), tuple(trees(f"upper{k}") for k in levels)
        return cls(
            config=config,
            step=int(told["step"]),
            strategy=str(told["strategy"]),
            direct=Direct(line, trees("direct"), arrays["believed"]),
            recursion=OneStep(trees("recursion")),
            intervals=Intervals(lower, upper, arrays["corrections"]),
            naive=tuple(told["naive"]),
            weights=arrays["weights"],
            one_step_error=float(told["one_step_error"]),
        )

    def _model(self, panel: Panel, unit: np.ndarray, origin: np.ndarray, horizon: np.ndarray) -> np.ndarray | None:
        """Forecast by recursion where it is in force."""
        if self.strategy != "recursive":
            return None
        cells, which = np.unique(np.stack([unit, origin]), axis=1, return_inverse=True)
        return self.recursion.run(panel, self.layout, *cells)[which.ravel(), horizon - 1]

    def _known(
        self, history: pl.DataFrame, origin: datetime, units: Sequence[str] | None
    ) -> tuple[Panel, dict[str, str]]:
        """Lay out what may be looked at, the origin last; and say which units can't be forecast."""
        layout = self.layout
        if (origin - EPOCH) // MICROSECOND % self.step:
            raise ForecastError(
                "the origin lies off the forecast's grid",
                found=origin,
                expected=f"a multiple of {format_duration(timedelta(microseconds=self.step))} since midnight UTC",
                remedy="name the last instant that was read",
            )
        wanted = list(dict.fromkeys(map(str, units))) if units is not None else None
        panel = Panel.of(history, self.step)
        reasons = {unit: "no reading of this unit is known" for unit in wanted or () if unit not in panel.units}
        kept = [place for place, unit in enumerate(panel.units) if wanted is None or unit in wanted]
        last = panel.column(origin)
        panel = panel.reaching(last - layout.lookback + 1, last + 1).of_units(kept)
        unit = np.arange(len(kept))
        rows = rows_of(panel, layout, unit, np.full(len(unit), panel.steps - 1), np.ones(len(unit)))
        silent, short = ~np.isfinite(rows.base), ~np.isfinite(rows.spread)
        days, level = self.config.spread, self.config.level
        reasons |= {
            panel.units[k]: f"less than a quarter of the {days.days} days before was read"
            for k in np.flatnonzero(short)
        }
        told = f"less than half of the last {format_duration(level)} was read"
        reasons |= {panel.units[k]: told for k in np.flatnonzero(silent)}
        return panel, reasons

    def _told(
        self, panel: Panel, cells: tuple[np.ndarray, ...], found: np.ndarray, lower: np.ndarray, upper: np.ndarray
    ) -> pl.DataFrame:
        unit, origin, horizon = cells
        frame = pl.DataFrame(
            {
                "unit": unit,
                "origin_column": origin,
                "unit_id": np.array(panel.units)[unit].astype(object),
                "origin": stamps(panel, origin),
                "time": stamps(panel, origin + horizon),
                "horizon": pl.Series(horizon * self.step).cast(pl.Duration("us")),
                "horizon_day": (horizon - 1) // self.layout.day + 1,
                "forecast": found,
            },
            schema_overrides={"unit_id": pl.String, "horizon_day": pl.Int64},
        )
        bounds = [(f"{side}_{name}", given[k]) for k, name in enumerate(coverage_names(self.config.levels))
                  for side, given in (("lower", lower), ("upper", upper))]  # fmt: skip
        return frame.with_columns(pl.Series(name, given).fill_nan(None) for name, given in bounds).with_columns(
            pl.col("forecast").fill_nan(None)
        )

    def nothing(self) -> pl.DataFrame:
        """Make the frame of ``ahead`` without a row."""
        none = np.empty(0, np.int64)
        bounds = np.empty((len(self.config.levels), 0))
        panel = Panel(("",), 0, self.step, np.empty((1, 0)))
        return self._told(panel, (none, none, none), np.empty(0), bounds, bounds)

    @staticmethod
    def _beside(readings: pl.DataFrame, panel: Panel, expected: np.ndarray, spread: np.ndarray) -> pl.DataFrame:
        names = np.array(panel.units)
        row = np.searchsorted(names, readings["unit_id"].cast(pl.String).to_numpy().astype(str))
        column = readings["time"].dt.epoch("us").to_numpy() // panel.step - panel.first
        known = [pl.Series(name, given[row, column]).fill_nan(None) for name, given in
                 (("expected", expected), ("spread", spread))]  # fmt: skip
        return readings.select("unit_id", "time").with_columns(known)
