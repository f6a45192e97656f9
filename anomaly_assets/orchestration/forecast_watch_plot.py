"""A picture of how forecasts fare day by day, for the metadata of forecast_monitoring; embedded, see plots.py."""

from typing import Any

import dagster as dg
import polars as pl

from .drawing import ALARMING, FORESEEN, QUIET, READ, SEVERAL, SHADES, SMALL, headed, tidied
from .plots import embedded

LEVELS = tuple(SEVERAL[place] for place in (0, 4, 2, 3, 5))
"""Colours of the intervals' levels; the colour of alarms is left out."""

TOLERATED = 0.05
"""By how much a share may lie beside its level; shaded, no verdict."""


def watch_plot(watched: pl.DataFrame, quantity: str) -> dg.MarkdownMetadataValue | None:
    """Draw every day's error beside its tolerance, its severity, and over these days errors and coverage by day ahead.

    Nothing without a day.

    Parameters
    ----------
    watched : rows of the table ``forecast_monitoring``.
    quantity : what is forecast, and its unit.
    """
    days = watched.filter(pl.col("unit_id").is_null(), pl.col("horizon_day").is_null(), pl.col("ratio").is_not_null())
    if days.is_empty():
        return None
    knows = days["median_severity"].is_not_null().any()
    drawn, panels = _panels(knows)
    _ratios(panels["ratio"], days.sort("day"), watched)
    _coverage(panels["coverage"], _by_day_ahead(watched))
    _errors(panels["error"], _by_day_ahead(watched), quantity)
    if knows:
        _severities(panels["severity"], days.sort("day"))
    headed(drawn, _verdicts(days), panels["ratio"], panels["error"])
    return embedded(drawn, "errors of forecasts by day, coverage by day ahead")


def _panels(knows: bool) -> tuple[Any, dict[str, Any]]:
    """Lay the panels out: days to the left, with severity where it is known, days ahead to the right."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(8, 3.6), layout="constrained")
    rows = [["ratio", "coverage"], ["severity" if knows else "ratio", "error"]]
    return drawn, drawn.subplot_mosaic(rows, width_ratios=(3, 2))  # type: ignore[arg-type]


def _ratios(axes: Any, days: pl.DataFrame, watched: pl.DataFrame) -> None:
    """Draw the fleet's ratio, how it spreads over units, and the tolerance; drifted days stand out by shape, too."""
    units = watched.filter(pl.col("unit_id").is_not_null(), pl.col("horizon_day").is_null()).sort("day")
    spread = units.group_by("day", maintain_order=True).agg(
        low=pl.col("ratio").quantile(0.1), high=pl.col("ratio").quantile(0.9)
    )
    band = {"color": QUIET, "alpha": SHADES[0], "linewidth": 0, "label": "8 of 10 units"}
    axes.fill_between(spread["day"].to_numpy(), spread["low"], spread["high"], **band)
    axes.plot(days["day"].to_numpy(), days["ratio"], color=READ, linewidth=0.8)
    bound = {"where": "mid", "color": READ, "linestyle": "--", "linewidth": 0.9, "label": "tolerance"}
    axes.step(days["day"].to_numpy(), days["tolerance"], **bound)
    tidied(axes, "error of a day, in multiples of the backtest's")
    _marked(axes, days, "ratio")


def _severities(axes: Any, days: pl.DataFrame) -> None:
    axes.plot(days["day"].to_numpy(), days["median_severity"], color=READ, linewidth=0.8)
    axes.step(
        days["day"].to_numpy(), days["severity_tolerance"], where="mid", color=READ, linestyle="--", linewidth=0.9
    )
    tidied(axes, "median severity of its readings")
    _marked(axes, days, "median_severity")


def _marked(axes: Any, days: pl.DataFrame, column: str) -> None:
    """Mark days by their verdict."""
    size = 5 if days.height <= 45 else 3.5
    for label, which, look in (
        ("no verdict", pl.col("drifted").is_null(), {"marker": "o", "mfc": "white", "color": QUIET}),
        ("as usual", ~pl.col("drifted"), {"marker": "o", "color": FORESEEN}),
        ("drifted", pl.col("drifted"), {"marker": "D", "color": ALARMING}),
    ):
        some = days.filter(which)
        if some.height:
            axes.plot(some["day"].to_numpy(), some[column], linestyle="", markersize=size, label=label, **look)
    axes.margins(x=0.02)
    _from_zero(axes)


def _from_zero(axes: Any) -> None:
    """Let an axis begin at zero and end a little above what is drawn."""
    axes.set_ylim(0, max(1.12 * axes.dataLim.y1, 1e-9))


def _by_day_ahead(watched: pl.DataFrame) -> pl.DataFrame:
    """Sum up the days with a verdict, or all where there is none: mean squared errors and shares, by readings."""
    verdicts = watched.filter(pl.col("drifted").is_not_null())["day"]
    rows = watched.filter(pl.col("unit_id").is_null(), pl.col("horizon_day").is_not_null(), pl.col("readings") > 0)
    judged = rows.filter(pl.col("day").is_in(verdicts.implode())) if len(verdicts) else rows
    weight = pl.col("readings") / pl.col("readings").sum()
    squares = {name: (pl.col(name) ** 2 * weight).sum().sqrt() for name in ("rmse", "baseline_rmse")}
    shares = (pl.col("^coverage_.*$") * weight).sum()
    return judged.group_by("horizon_day").agg(shares, **squares).sort("horizon_day")


def _coverage(axes: Any, days: pl.DataFrame) -> None:
    names = [name for name in days.columns if name.startswith("coverage_")]
    for colour, name in zip(LEVELS, names, strict=False):
        level = float(name.removeprefix("coverage_").replace("_", ".")) / 100
        axes.axhspan(level - TOLERATED, min(1, level + TOLERATED), color=colour, alpha=SHADES[1], linewidth=0)
        axes.axhline(level, color=colour, linewidth=0.8, linestyle="--")
        axes.plot(days["horizon_day"], days[name], "o-", color=colour, markersize=4, linewidth=1)
        place = {"xycoords": ("axes fraction", "data"), "fontsize": SMALL, "ha": "left", "va": "center"}
        axes.annotate(f"{level:.5g}", (1.01, level), color=colour, **place)
    axes.set_ylim(top=1.01)
    tidied(axes, "share within the intervals, by days ahead", dates=False)


def _errors(axes: Any, days: pl.DataFrame, quantity: str) -> None:
    look = {"markersize": 4, "linewidth": 1}
    axes.plot(days["horizon_day"], days["baseline_rmse"], "s--", color=QUIET, label="backtest", **look)
    axes.plot(days["horizon_day"], days["rmse"], "o-", color=FORESEEN, label="these days", **look)
    _from_zero(axes)
    axes.set_ylabel(quantity, fontsize=SMALL)
    tidied(axes, "root mean squared error, by days ahead", dates=False)


def _verdicts(days: pl.DataFrame) -> str:
    drifted, judged = int(days["drifted"].sum()), int(days["drifted"].count())
    span = " to ".join(map(str, (days["day"].min(), days["day"].max())))
    return f"Forecasts beside readings, {span}: {drifted:,} of {judged:,} judged days drifted"
