"""Learning a forecaster: split by time, leave anomalies out, search the grid, backtest, calibrate intervals."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl

from ..config import ForecastConfig
from . import direct, recursive
from .accuracy import accuracy
from .backtest import compared, usual_errors
from .choosing import Chosen, choose, leaning
from .direct import Direct
from .forecaster import Forecaster
from .intervals import Intervals, cross
from .layout import Layout
from .panel import Panel, stamps
from .recursive import OneStep
from .report import Report
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
    chosen = choose(panel, layout, config, split)
    forecaster, rows = _in_force(panel, layout, config, split, chosen)
    return Learnt(forecaster, _report(panel, split, chosen, forecaster, rows))


def _in_force(
    panel: Panel, layout: Layout, config: ForecastConfig, split: Split, chosen: Chosen
) -> tuple[Forecaster, dict[str, int]]:
    """Learn from training and validation with the settings chosen, and calibrate the intervals."""
    wanted, settings = split.before(split.test), chosen.settings["direct"]
    judged = ~np.isnan(panel.values)
    judged[:, split.test :] = False
    rows, target = direct.draw(panel, layout, config, wanted, config.seed)
    told, change = recursive.draw(panel, layout, config, wanted, config.seed)
    ahead = Direct.fit(rows, target, layout, config, settings)
    bounds = Intervals.grown(rows, target, ahead.line, config, settings)
    crossed = cross(panel, layout, config, settings, wanted, judged)
    moved = bounds.corrections if crossed is None else crossed.corrections(layout, config.levels)
    naive, weights = leaning(panel, layout, chosen, crossed)
    forecaster = Forecaster(
        config=config,
        step=panel.step,
        strategy=chosen.strategy,
        direct=ahead,
        recursion=OneStep.fit(told, change, config, chosen.settings["recursive"]),
        intervals=replace(bounds, corrections=moved),
        naive=naive,
        weights=weights,
        one_step_error=chosen.one_step_error,
    )
    return forecaster, {"direct": len(target), "recursive": len(change)}


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
    unit, origin, horizon = cells.pop("unit"), cells.pop("origin"), cells.pop("horizon")
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
