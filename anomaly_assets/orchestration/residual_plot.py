"""A picture of what forecasts missed, for the metadata of a forecaster; embedded, see plots.py."""

from datetime import datetime
from typing import Any

import dagster as dg
import polars as pl

from .drawing import FORESEEN, QUIET, READ, SHADES, SMALL, headed, instants, pictured, split_marked, tidied, told_days
from .plots import embedded


def residual_plot(
    forecasts: pl.DataFrame, splits: dict[str, datetime], quantity: str
) -> dg.MarkdownMetadataValue | None:
    """Draw readings less forecasts of all units: over time, and by how many days ahead; nothing without any.

    Parameters
    ----------
    forecasts, splits, quantity : as ``predicted_plot`` takes them.
    """
    off = forecasts.select("part", "time", "horizon_day", off=pl.col("value") - pl.col("forecaster")).drop_nulls("off")
    if off.is_empty():
        return None
    drawn, panels = pictured(1, 2, row_height=2.2, ratios=(3, 2), sharey=True)
    over_time, by_day = panels[0]
    _spread_over_time(over_time, off)
    split_marked(over_time, splits, named=True)
    _spread_by_day(by_day, off)
    tidied(over_time, "by day")
    tidied(by_day, "by days ahead", dates=False)
    over_time.set_ylabel(quantity, fontsize=SMALL + 1)
    headed(drawn, f"Readings less forecasts, all units together, {told_days(off['time'])}", *panels[0])
    return embedded(drawn, "residuals over time and by day ahead")


def _quantiles() -> dict[str, pl.Expr]:
    return {f"q{share:g}": pl.col("off").quantile(share / 100) for share in (5, 25, 50, 75, 95)}


def _spread_over_time(axes: Any, off: pl.DataFrame) -> None:
    days = off.sort("time").group_by_dynamic("time", every="1d").agg(**_quantiles()).upsample("time", every="1d")
    when = instants(days["time"])
    for inner, (low, high), shade in (("half", ("q25", "q75"), SHADES[0]), ("90 %", ("q5", "q95"), SHADES[1])):
        axes.fill_between(
            when, days[low], days[high], color=FORESEEN, alpha=shade, linewidth=0, label=f"{inner} of them"
        )
    axes.plot(when, days["q50"], color=FORESEEN, linewidth=1.2, label="median")
    axes.axhline(0, color=READ, linewidth=0.7)


def _spread_by_day(axes: Any, off: pl.DataFrame) -> None:
    for part, colour, place in (("validation", QUIET, -0.18), ("test", FORESEEN, 0.18)):
        days = off.filter(part=part).group_by("horizon_day").agg(**_quantiles()).sort("horizon_day")
        at = (days["horizon_day"] + place).to_list()
        axes.vlines(at, days["q5"], days["q95"], color=colour, linewidth=1)
        axes.vlines(at, days["q25"], days["q75"], color=colour, linewidth=5, label=part)
        axes.plot(at, days["q50"], "_", color="white", markersize=4)
    axes.axhline(0, color=READ, linewidth=0.7)
