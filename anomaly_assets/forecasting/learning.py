"""Learning a forecaster: split by time, leave anomalies out, search the grid, backtest, calibrate intervals."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl

from ..config import ForecastConfig
from . import direct, recursive
from .accuracy import accuracy
from .backtest import compared, usual_errors
from .boosting import Settings
from .choosing import Chosen, choose
from .crossing import Crossed, cross
from .direct import Direct
from .forecaster import Forecaster
from .intervals import Intervals
from .layout import Layout
from .leaning import Leaning, evened, lean
from .naive import NAIVE, naive_forecasts
from .panel import Panel, stamps
from .recursive import OneStep
from .report import Report
from .rows import Rows, truth
from .splitting import Split


@dataclass(frozen=True)
class Learnt:
    """A forecaster and what learning it found out."""

    forecaster: Forecaster
    report: Report


def learn_forecaster(readings: pl.DataFrame, config: ForecastConfig, step: timedelta) -> Learnt:
    """Learn one model for all units of one sensor.

    Settings, strategy and leaning are chosen by models of training on validation. The forecaster in force has learnt
    with them from training and validation together; test is forecast by it and has decided nothing.

    Parameters
    ----------
    readings : ``unit_id``, ``time`` (UTC, us, on the step's grid, gaps allowed), ``value`` (null where silent),
        optionally ``severity`` (0 to 1).
    config : settings.
    step : time between two readings, ``FleetConfig.forecast_step``.

    Raises
    ------
    ForecastError
        If a column is missing, an instant is not on the grid, or the recording is too short for the split.
    """
    microseconds = step // timedelta(microseconds=1)
    panel, layout = Panel.of(readings, microseconds), Layout.of(config, microseconds)
    split = Split.of(panel, layout, config)
    rows, target = direct.draw(panel, layout, config, split.read(split.test), config.seed)
    usual = split.usual[rows.unit, rows.origin + rows.horizon]
    chosen = choose(panel, layout, config, split, rows.taken(usual), target[usual])
    forecaster, counts = _in_force(panel, layout, config, split, chosen, (rows, target, usual))
    return Learnt(forecaster, _report(panel, split, chosen, forecaster, counts))


def _in_force(  # noqa: PLR0917
    panel: Panel,
    layout: Layout,
    config: ForecastConfig,
    split: Split,
    chosen: Chosen,
    drawn: tuple[Rows, np.ndarray, np.ndarray],
) -> tuple[Forecaster, dict[str, int]]:
    """Learn from training and validation with the settings chosen, and calibrate the intervals."""
    rows, target, usual = drawn
    settings = chosen.settings["direct"]
    ahead = Direct.fit(rows.taken(usual), target[usual], layout, config, settings)
    crossed = cross(layout, config, settings, rows, target, usual)
    naive, weights, added = _leaning(panel, layout, config, chosen, crossed)
    ahead = replace(ahead, believed=np.divide(added, weights, out=np.zeros_like(added), where=weights > 0))
    told, change = recursive.draw(panel, layout, config, split.before(split.test), config.seed)
    forecaster = Forecaster(
        config=config,
        step=panel.step,
        strategy=chosen.strategy,
        direct=ahead,
        recursion=OneStep.fit(told, change, config, chosen.settings["recursive"]),
        intervals=Intervals((), (), np.empty((0, 0))),
        naive=naive,
        weights=weights,
        one_step_error=chosen.one_step_error,
    )
    intervals = _calibrated(panel, forecaster, crossed or Crossed.by(ahead, rows), settings)
    return replace(forecaster, intervals=intervals), {"direct": int(usual.sum()), "recursive": len(change)}


def _leaning(panel: Panel, layout: Layout, config: ForecastConfig, chosen: Chosen, crossed: Crossed | None) -> Leaning:
    """Find the shares: from all stretches where direct is in force, else from validation."""
    if chosen.strategy != "direct" or crossed is None:
        told = chosen.forecasts
        base, spread = told["last_value"], told["spread"]
        given = {name: evened(told[name], base, spread, config) for name in (chosen.strategy, *NAIVE, "value")}
        ahead, place = given[chosen.strategy], (told["horizon"] - 1) // layout.day
        names, weights, _ = lean(ahead, np.zeros_like(ahead), given, given["value"], place, config)
        return names, weights, weights * config.trees_share
    rows = crossed.rows
    naive = naive_forecasts(panel, layout.day, rows.unit, rows.origin, rows.horizon)
    naive = {name: evened(given, rows.base, rows.spread, config) for name, given in naive.items()}
    came, place = rows.target(panel, config.clip), (rows.horizon - 1) // layout.day
    return lean(crossed.straight, crossed.added, naive, came, place, config)


def _calibrated(panel: Panel, forecaster: Forecaster, crossed: Crossed, settings: Settings) -> Intervals:
    """Learn intervals around the forecasts of models that had not seen what came."""
    rows, day, config = crossed.rows, forecaster.layout.day, forecaster.config
    place, column = (rows.horizon - 1) // day, rows.origin + rows.horizon
    middle = rows.base + rows.spread * (crossed.straight + forecaster.direct.believed[place] * crossed.added)
    if forecaster.strategy == "direct":
        middle = forecaster.leaned(panel, middle, rows.unit, rows.origin, rows.horizon)
    missed = (truth(panel, rows) - middle) / rows.change
    age = (column.max() - column) * timedelta(microseconds=panel.step) / config.memory
    return Intervals.learnt(crossed.told, missed, place, crossed.stretch % 2 == 0, 0.5**age, config, settings)


def _report(panel: Panel, split: Split, chosen: Chosen, forecaster: Forecaster, rows: dict[str, int]) -> Report:
    config, usual = forecaster.config, usual_errors(panel, forecaster.layout.day, split.validation)
    validation = _validation(panel, forecaster, chosen, usual)
    test = compared(forecaster, panel, usual, split.test, split.end)
    measured = {
        "validation": accuracy(validation, ("forecaster", *config.strategies)),
        "test": accuracy(test, ("forecaster",), config.levels),
    }
    parts = {"validation": validation.drop(config.strategies), "test": test}
    trained = ~np.isnan(panel.values[:, : split.validation])
    return Report(
        backtest=pl.concat(each.select(pl.lit(part).alias("part"), pl.all()) for part, each in measured.items()),
        forecasts=pl.concat(
            (each.select(pl.lit(part).alias("part"), pl.all()) for part, each in parts.items()), how="diagonal"
        ),
        grid=chosen.grid,
        strategy=chosen.strategy,
        chosen={name: vars(settings) for name, settings in chosen.settings.items()},
        splits=split.instants(panel),
        severity_cutoff=split.cutoff,
        severity_median=split.median,
        rows=rows,
        left_out=1 - float(split.usual[:, : split.validation].sum() / max(trained.sum(), 1)),
    )


def _validation(panel: Panel, forecaster: Forecaster, chosen: Chosen, usual: np.ndarray) -> pl.DataFrame:
    """Tell the validation forecasts, of models of training alone, as ``Forecaster.ahead`` would; without intervals."""
    cells, layout = dict(chosen.forecasts), forecaster.layout
    unit, origin, horizon, _ = (cells.pop(name) for name in ("unit", "origin", "horizon", "spread"))
    cells["forecaster"] = forecaster.leaned(panel, cells[chosen.strategy], unit, origin, horizon)
    return pl.DataFrame(
        [
            pl.Series("unit_id", np.array(panel.units)[unit].astype(object), pl.String),
            stamps(panel, origin).alias("origin"),
            stamps(panel, origin + horizon),
            pl.Series("horizon", horizon * panel.step).cast(pl.Duration("us")),
            pl.Series("horizon_day", (horizon - 1) // layout.day + 1, pl.Int64),
            *(pl.Series(name, given).fill_nan(None) for name, given in cells.items()),
            pl.Series("usual", usual[unit]).fill_nan(None),
        ]
    )
