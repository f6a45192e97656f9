"""Choosing on validation: settings from the grid, the strategy by backtest, and how far to lean on a naive forecast."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ..config import ForecastConfig
from . import direct, recursive
from .backtest import validation_rows
from .boosting import Settings
from .direct import Direct
from .intervals import Crossed
from .layout import Layout
from .line import Line
from .naive import NAIVE, naive_forecasts
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
    forecasts : the validation rows with ``value``, one column per strategy and naive forecast.
    """

    settings: dict[str, Settings]
    strategy: str
    one_step_error: float
    grid: pl.DataFrame
    forecasts: dict[str, np.ndarray]


def choose(panel: Panel, layout: Layout, config: ForecastConfig, split: Split) -> Chosen:
    """Learn on training with all settings, compare on validation."""
    rows, unit, origin = validation_rows(panel, layout, config, split.validation, split.test)
    value, wanted = truth(panel, rows), split.before(split.validation)
    best_direct, ahead, tried = _direct(panel, layout, config, wanted, rows)
    best_step, one_step, tried_steps, error = _one_step(panel, layout, config, split)
    found = {"direct": ahead}
    if "recursive" in config.strategies:
        week = one_step.run(panel, layout, unit, origin)
        ahead_steps = np.unique(rows.horizon)
        found["recursive"] = week[:, ahead_steps - 1].ravel()
    found = {name: found[name] for name in config.strategies}
    strategy = min(found, key=lambda name: _rmse(found[name], value))
    naive = naive_forecasts(panel, layout.day, rows.unit, rows.origin, rows.horizon)
    cells = {"unit": rows.unit, "origin": rows.origin, "horizon": rows.horizon, "value": value}
    return Chosen(
        settings={"direct": best_direct, "recursive": best_step},
        strategy=strategy,
        one_step_error=error,
        grid=pl.DataFrame(tried + tried_steps, orient="row"),
        forecasts=cells | found | naive,
    )


def leaning(
    panel: Panel, layout: Layout, chosen: Chosen, crossed: Crossed | None
) -> tuple[tuple[str, ...], np.ndarray]:
    """Find how far to lean on which naive forecast: from all stretches where direct is in force, else validation."""
    if chosen.strategy != "direct" or crossed is None:
        told = chosen.forecasts
        place = (told["horizon"] - 1) // layout.day
        return lean(told[chosen.strategy], told, told["value"], place, layout.horizon_days)
    rows = crossed.rows
    naive = naive_forecasts(panel, layout.day, rows.unit, rows.origin, rows.horizon)
    return lean(crossed.ahead, naive, truth(panel, rows), (rows.horizon - 1) // layout.day, layout.horizon_days)


def lean(
    model: np.ndarray, naive: dict[str, np.ndarray], value: np.ndarray, place: np.ndarray, days: int
) -> tuple[tuple[str, ...], np.ndarray]:
    """Find per day the best naive forecast, and how far from it to the model the smallest squared error lies."""
    names, weights = [], np.ones(days)
    for day in range(days):
        here = (place == day) & np.isfinite(value) & np.isfinite(model)
        best = min(NAIVE, key=lambda name: _rmse(naive[name][here], value[here]))
        names.append(best)
        way, gone = (model - naive[best])[here], (value - naive[best])[here]
        if here.any() and way @ way > 0:
            weights[day] = float(np.clip((way @ gone) / (way @ way), 0, 1))
    return tuple(names), weights


def _direct(
    panel: Panel, layout: Layout, config: ForecastConfig, wanted: np.ndarray, rows: Rows
) -> tuple[Settings, np.ndarray, list[Tried]]:
    """Find the settings of the direct strategy, and what they forecast of validation."""
    told, target = direct.draw(panel, layout, config, wanted, config.seed)
    line = Line.fit(told.told, told.horizon, target, layout.horizon_days, layout.day, config.penalty)
    found: list[tuple[Tried, Settings, np.ndarray]] = []
    for settings in Settings.grid(config):
        model = Direct.fit(told, target, layout, config, settings, line)
        ahead = rows.base + rows.spread * model.predict(rows)
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
    error = (ahead - value)[np.isfinite(ahead) & np.isfinite(value)]
    rate, depth = settings.learning_rate, settings.max_depth
    return {
        "strategy": strategy,
        "learning_rate": rate,
        "max_depth": depth,
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
    }


def _rmse(ahead: np.ndarray, value: np.ndarray) -> float:
    error = (ahead - value)[np.isfinite(ahead) & np.isfinite(value)]
    return float(np.sqrt((error**2).mean())) if len(error) else float("inf")
