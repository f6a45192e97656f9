"""Pictures of a forecaster and of its forecasts, for asset metadata; embedded, see plots.py.

Frames come as Report, the forecast's table and the cleaned readings hold them. Nothing is measured here that is stored.
"""

from datetime import datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl

from ..config import FleetConfig
from .drawing import (
    FORESEEN,
    QUIET,
    READ,
    SHADES,
    SMALL,
    enveloped,
    headed,
    instants,
    pictured,
    shortened,
    split_marked,
    thinned,
    tidied,
    told_days,
)
from .plots import embedded

POINTS = 480
"""Stretches of a line across the whole picture: about one to a pixel."""

MOST_UNITS = 6
RECENT = timedelta(days=7)
"""How much of what was read is shown before a forecast."""


def quantity(fleet: FleetConfig) -> str:
    """Say what is forecast and in which unit, such as ``oxygen, mg/L``."""
    return fleet.quantity(fleet.forecast.sensor) if fleet.forecast else ""


def predicted_plot(
    forecasts: pl.DataFrame, splits: dict[str, datetime], quantity: str
) -> dg.MarkdownMetadataValue | None:
    """Draw readings beside the forecasts made for them, for the best, a usual and the worst unit.

    Validation and test. Of the forecasts of an instant the newest is drawn, with its intervals where it has them.

    Parameters
    ----------
    forecasts, splits : as `forecasting.Report` has them.
    quantity : what is forecast, and its unit.
    """
    judged = forecasts.filter(pl.col("value").is_not_null(), pl.col("forecaster").is_not_null())
    if judged.is_empty():
        return None
    newest = forecasts.sort("horizon").unique(["unit_id", "time"], keep="first", maintain_order=True)
    shown = _told_apart(judged)
    drawn, panels = pictured(len(shown), row_height=2.0 if len(shown) == 1 else 1.25, sharex=True)
    for axes, (unit, told) in zip(panels[:, 0], shown.items(), strict=True):
        _beside(axes, newest.filter(unit_id=unit).rename({"forecaster": "forecast"}), POINTS)
        split_marked(axes, splits, named=axes is panels[0, 0])
        tidied(axes, told)
    drawn.supylabel(quantity, fontsize=SMALL + 1)
    headed(drawn, f"Readings and the newest forecast of each instant, {told_days(judged['time'])}", panels[-1, 0])
    return embedded(drawn, "readings beside forecasts, validation and test")


def week_ahead_plot(readings: pl.DataFrame, forecast: pl.DataFrame, quantity: str) -> dg.MarkdownMetadataValue | None:
    """Draw what was read lately and the forecast, for the units that are forecast to move most; nothing without any.

    Parameters
    ----------
    readings : ``unit_id``, ``time``, ``value``; readings after the origin are drawn where there are any.
    forecast : ``unit_id``, ``origin``, ``time``, ``forecast``, ``lower_80`` and so on; of the last origin in it.
    quantity : what is forecast, and its unit.
    """
    newest = forecast.filter(pl.col("origin") == pl.col("origin").max())
    if newest.is_empty():
        return None
    origin, units = newest["origin"][0], _movers(newest)
    recent = readings.filter(pl.col("time").is_between(origin - RECENT, newest["time"].max()))
    columns = min(2, len(units))
    rows = -(-len(units) // columns)
    drawn, panels = pictured(rows, columns, row_height=2.0 if rows == 1 else 1.25, sharex=True)
    for axes, unit, name in zip(panels.flat, units, shortened(units), strict=False):
        both = pl.concat([newest.filter(unit_id=unit), recent.filter(unit_id=unit)], how="diagonal")
        _beside(axes, both, POINTS // columns)
        axes.axvline(origin, color=QUIET, linewidth=0.8, linestyle=":")
        tidied(axes, name)
    for axes in panels.flat[len(units) :]:
        axes.set_visible(False)
    drawn.supylabel(quantity, fontsize=SMALL + 1)
    headed(drawn, _of_units(origin, len(units), newest["unit_id"].n_unique()), panels[0, 0])
    return embedded(drawn, "readings and forecast")


def _beside(axes: Any, rows: pl.DataFrame, points: int) -> None:
    """Draw one unit: intervals, on them the readings, and the forecast on top."""
    bands = _bands(rows.columns)
    line = thinned(rows.select("time", "forecast", *(end for pair in bands.values() for end in pair)), points)
    for (level, (lower, upper)), shade in zip(bands.items(), SHADES, strict=False):
        given = {"color": FORESEEN, "alpha": shade, "linewidth": 0}
        axes.fill_between(instants(line["time"]), line[lower], line[upper], label=f"{level} % interval", **given)
    read = enveloped(rows.drop_nulls("value").unique("time"), points)
    axes.plot(instants(read["time"]), read["value"], color=READ, linewidth=0.8, label="readings")
    axes.fill_between(
        instants(read["time"]), read["low"], read["high"], color=READ, alpha=0.3, linewidth=0.3, label="their range"
    )
    axes.plot(instants(line["time"]), line["forecast"], color=FORESEEN, linewidth=1.15, label="forecast")


def _bands(columns: list[str]) -> dict[str, tuple[str, str]]:
    """Find the intervals among columns, the narrowest first: ``80``: (``lower_80``, ``upper_80``)."""
    levels = [name.removeprefix("lower_") for name in columns if name.startswith("lower_")]
    told = {level.replace("_", "."): (f"lower_{level}", f"upper_{level}") for level in levels}
    return dict(sorted(told.items(), key=lambda pair: float(pair[0])))


def _told_apart(judged: pl.DataFrame) -> dict[str, str]:
    """Choose the units with the smallest, a middling and the largest error, and say which is which."""
    error = (pl.col("value") - pl.col("forecaster")).abs().mean()
    ranked = judged.group_by("unit_id").agg(error=error).sort("error", "unit_id")
    count = ranked.height
    names = shortened(ranked["unit_id"].to_list())
    words = {0: "best", count // 2: "usual", count - 1: "worst"} if count > 2 else dict.fromkeys(range(count), "")
    return {
        ranked["unit_id"][k]: f"{names[k]}   {f'{word} of {count:,} units, ' if word else ''}"
        f"mean error {ranked['error'][k]:.3g}"
        for k, word in sorted(words.items())
    }


def _movers(newest: pl.DataFrame) -> list[str]:
    """Choose the units whose forecast spans most, by name."""
    span = (pl.col("forecast").max() - pl.col("forecast").min()).alias("span")
    most = newest.group_by("unit_id").agg(span).sort("span", "unit_id", descending=[True, False]).head(MOST_UNITS)
    return most["unit_id"].sort().to_list()


def _of_units(origin: datetime, shown: int, all_of_them: int) -> str:
    left = all_of_them - shown
    which = f": the {shown} units that are forecast to move most, {left:,} more are not shown" if left else ""
    return f"Forecast from {origin:%Y-%m-%d %H:%M} UTC{which}"
