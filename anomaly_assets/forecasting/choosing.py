"""Choosing on validation: settings from the grid, and the strategy by backtest."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ..config import ForecastConfig
from ..errors import ForecastError
from . import recursive
from .backtest import validation_rows
from .boosting import Settings
from .direct import Direct
from .layout import Layout
from .line import Line
from .naive import naive_forecasts
from .panel import Panel
from .recursive import OneStep
from .rows import Rows, truth
from .splitting import Split

WITHIN = 0.6827  # share of normal errors within one standard deviation
Tried = dict[str, Any]


@dataclass(frozen=True)
class Chosen:
    """What validation says.

    Attributes
    ----------
    settings : per strategy.
    strategy : the winner.
    one_step_error : the deviation that 68 % of the expectations one step ahead keep to, in spreads.
    grid : as ``Report.grid``.
    forecasts : the validation rows with ``spread``, ``value``, one column per strategy and naive forecast.
    """

    settings: dict[str, Settings]
    strategy: str
    one_step_error: float
    grid: pl.DataFrame
    forecasts: dict[str, np.ndarray]


def choose(  # noqa: PLR0917
    panel: Panel, layout: Layout, config: ForecastConfig, split: Split, known: Rows, target: np.ndarray
) -> Chosen:
    """Learn on training with all settings, compare on validation.

    Parameters
    ----------
    known, target : rows that the direct strategy may learn from, and their targets.

    Raises
    ------
    ForecastError
        If too little was read in training or in validation.
    """
    rows, unit, origin = validation_rows(panel, layout, config, split.validation, split.test)
    value, early = truth(panel, rows), known.origin + known.horizon < split.validation
    _require_some(training=int(early.sum()), validation=int(np.isfinite(value).sum()))
    best_direct, ahead, tried = _direct(panel, layout, config, known.taken(early), target[early], rows)
    best_step, one_step, tried_steps, error = _one_step(panel, layout, config, split)
    found = {"direct": ahead}
    if "recursive" in config.strategies:
        week = one_step.run(panel, layout, unit, origin)
        ahead_steps = np.unique(rows.horizon)
        found["recursive"] = week[:, ahead_steps - 1].ravel()
    found = {name: found[name] for name in config.strategies}
    strategy = min(found, key=lambda name: _rmse(found[name], value))
    naive = naive_forecasts(panel, layout.day, rows.unit, rows.origin, rows.horizon)
    cells = {"unit": rows.unit, "origin": rows.origin, "horizon": rows.horizon, "spread": rows.spread, "value": value}
    return Chosen(
        settings={"direct": best_direct, "recursive": best_step},
        strategy=strategy,
        one_step_error=error,
        grid=pl.DataFrame(tried + tried_steps, orient="row"),
        forecasts=cells | found | naive,
    )


def _require_some(**rows: int) -> None:
    for part, count in rows.items():
        if not count:
            raise ForecastError(
                f"too little was read to learn a forecaster from {part}",
                found=f"no reading in {part} that was read often enough before to be forecast",
                remedy="wait for more readings, or shorten forecast.validation and forecast.test",
            )


def _direct(  # noqa: PLR0917
    panel: Panel, layout: Layout, config: ForecastConfig, told: Rows, target: np.ndarray, rows: Rows
) -> tuple[Settings, np.ndarray, list[Tried]]:
    """Find the settings of the direct strategy, and what they forecast of validation."""
    line = Line.fit(told.told, told.horizon, target, layout.horizon_days, layout.day, config.penalty)
    found: list[tuple[Tried, Settings, np.ndarray]] = []
    for settings in Settings.grid(config):
        model = Direct.fit(told, target, layout, config, settings, line)
        ahead, _ = model.predict(rows, layout.day)
        found.append((_row("direct", settings, ahead, truth(panel, rows)), settings, ahead))
    best = min(found, key=lambda each: each[0]["rmse"])
    return best[1], best[2], [each[0] for each in found]


def _one_step(
    panel: Panel, layout: Layout, config: ForecastConfig, split: Split
) -> tuple[Settings, OneStep, list[Tried], float]:
    """Find the settings of one step ahead, the model, and its usual error in spreads."""
    told, target = recursive.draw(panel, layout, config, split.before(split.validation), config.seed)
    judged = split.before(split.test)
    judged[:, : split.validation] = False
    apart, change = recursive.draw(panel, layout, config, judged, config.seed)
    found: list[tuple[Tried, Settings, OneStep, float]] = []
    for settings in Settings.grid(config):
        model = OneStep.fit(told, target, config, settings)
        ahead = model.trees.predict(apart)
        usual = float(np.quantile(np.abs(ahead - change), WITHIN))
        found.append((_row("recursive", settings, ahead, change), settings, model, usual))
    best = min(found, key=lambda each: each[0]["rmse"])
    return best[1], best[2], [each[0] for each in found], best[3]


def _row(strategy: str, settings: Settings, ahead: np.ndarray, value: np.ndarray) -> Tried:
    error = _missed(ahead, value)
    rate, depth = settings.learning_rate, settings.max_depth
    return {
        "strategy": strategy,
        "learning_rate": rate,
        "max_depth": depth,
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
    }


def _rmse(ahead: np.ndarray, value: np.ndarray) -> float:
    error = _missed(ahead, value)
    return float(np.sqrt((error**2).mean())) if len(error) else float("inf")


def _missed(ahead: np.ndarray, value: np.ndarray) -> np.ndarray:
    return (ahead - value)[np.isfinite(ahead) & np.isfinite(value)]
