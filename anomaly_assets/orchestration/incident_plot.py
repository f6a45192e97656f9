"""A picture of incidents over time, for the metadata of their asset; embedded, see plots.py."""

from datetime import datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl

from .drawing import QUIET, READ, SMALL, headed, shortened, tidied
from .plots import embedded

MOST_UNITS = 24
THINNEST = 1 / 250
"""Share of the time shown that a bar is drawn for at least: about two pixels, so that nothing short disappears."""

COLOURS, PALEST = "YlOrRd", -20
"""From pale to dark red, told apart by lightness alone; the palest is that of a severity that can't be."""


def incident_plot(incidents: pl.DataFrame, start: datetime, end: datetime) -> dg.MarkdownMetadataValue | None:
    """Draw every incident as a bar from its start to its end, by unit, coloured by severity; nothing without one.

    What is open at the end has a tip; events of the whole fleet are marked from top to bottom.

    Parameters
    ----------
    incidents : rows of the table ``incidents``.
    start, end : the time shown.
    """
    shown = incidents.filter(pl.col("end") > start, pl.col("start") < end)
    if shown.is_empty():
        return None
    units = _severest(shown)
    drawn, axes = _panel(len(units))
    bars = _drawn(axes, shown.filter(pl.col("unit_id").is_in(units)), units, start, end)
    _events(axes, shown)
    axes.set_xlim(start, end)
    axes.set_yticks(range(len(units)), shortened(units, 30))
    axes.set_ylim(len(units) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    tidied(axes)
    axes.margins(x=0)
    axes.spines["left"].set_visible(False)
    _key(drawn, axes, bars)
    headed(drawn, _sentence(shown, len(units)), axes)
    return embedded(drawn, "incidents by unit over time")


def _panel(rows: int) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(8, 1.1 + 0.17 * rows), layout="constrained")
    return drawn, drawn.add_subplot()


def _drawn(axes: Any, shown: pl.DataFrame, units: list[str], start: datetime, end: datetime) -> Any:
    """Draw the bars, the severest last, so that they are not hidden by what they touch."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    colours = ScalarMappable(Normalize(PALEST, 100), colormaps[COLOURS])
    place, thinnest = {unit: number for number, unit in enumerate(units)}, (end - start) * THINNEST
    for row in shown.sort("severity").iter_rows(named=True):
        first, last = max(row["start"], start), min(row["end"], end)
        at, colour = place[row["unit_id"]], colours.to_rgba(row["severity"])
        axes.barh(at, max(last - first, thinnest), left=first, height=0.72, color=colour)
        if row["state"] == "open":
            axes.plot([last], [at], marker=">", markersize=5, color=colour, markeredgecolor=READ, clip_on=False)
    for at in place.values():
        axes.axhline(at, color=QUIET, linewidth=0.3, alpha=0.5, zorder=0)
    return colours


def _events(axes: Any, shown: pl.DataFrame) -> None:
    starts = shown.drop_nulls("group_id").group_by("group_id").agg(pl.col("start").min())["start"]
    for number, start in enumerate(starts):
        label = None if number else "event of the whole fleet"
        axes.axvline(start, color=READ, linewidth=0.8, linestyle=":", label=label)


def _key(drawn: Any, axes: Any, colours: Any) -> None:
    bar = drawn.colorbar(colours, ax=axes, fraction=0.03, pad=0.015, aspect=25)
    bar.ax.set_ylim(0, 100)
    bar.ax.tick_params(labelsize=SMALL)
    bar.set_label("severity", fontsize=SMALL)
    bar.outline.set_visible(False)


def _severest(shown: pl.DataFrame) -> list[str]:
    """Choose the units with the severest incidents, by name."""
    worst = shown.group_by("unit_id").agg(pl.col("severity").max(), lasted=(pl.col("end") - pl.col("start")).sum())
    ranked = worst.sort("severity", "lasted", "unit_id", descending=[True, True, False])
    return ranked.head(MOST_UNITS)["unit_id"].sort().to_list()


def _sentence(shown: pl.DataFrame, units: int) -> str:
    known, opened = shown["unit_id"].n_unique(), shown.filter(state="open").height
    which = f"; the {units} units with the severest, {known - units:,} more are not shown" if known > units else ""
    return f"{shown.height:,} incidents of {known:,} units, {opened} open at the end{which}"


def shown_from(first: datetime, end: datetime, least: timedelta, most: timedelta) -> datetime:
    """Choose where the picture of a run begins: with its first day, but neither too late nor too early."""
    return max(min(first, end - least), end - most)
