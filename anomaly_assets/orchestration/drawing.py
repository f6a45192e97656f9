"""What pictures of time series have in common: colours that the colour-blind tell apart, few points, dates, names.

What a picture shows is said beside its asset, in the modules of plots.
"""

from datetime import datetime, timedelta
from math import ceil
from typing import Any

import polars as pl

READ, FORESEEN, ALARMING, QUIET = "#333333", "#0072b2", "#d55e00", "#8c8c8c"
"""Readings, forecasts, what has drifted, and what is only there to compare with (Okabe and Ito's colours)."""

SEVERAL = (FORESEEN, ALARMING, "#009e73", "#cc79a7", "#b37700", "#56b4e9")
"""Colours of things of one sort, such as units or levels."""

SMALL, USUAL = 7.5, 8.5
"""Sizes of letters, in points."""

WIDTH, KEY = 132, 7
"""Small letters that fit side by side into a picture, and how many a legend's key takes."""

SHADES = (0.30, 0.15)
"""How dense an inner band is drawn, and an outer one."""

DATES = ["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%H:%M:%S"]
AT_START = ["%Y", "%Y", "%d %b", "%d %b", "%H:%M", "%H:%M"]
"""How an instant is written, by how far the next one is; and if it is the first of its year, month, day, hour."""

PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
MICROSECOND = timedelta(microseconds=1)


def pictured(
    rows: int, columns: int = 1, row_height: float = 1.25, ratios: tuple[float, ...] | None = None, **shared: Any
) -> tuple[Any, Any]:
    """Make an empty picture, 8 inches wide, with panels (rows, columns), which may share axes."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(8, rows * row_height + 0.55), layout="constrained")
    return drawn, drawn.subplots(rows, columns, squeeze=False, width_ratios=ratios, **shared)


def thinned(line: pl.DataFrame, points: int) -> pl.DataFrame:
    """Take means of stretches of equal length, at most so many; where nothing is, values are null and a line breaks.

    Parameters
    ----------
    line : ``time`` and numbers, of one unit.
    """
    return _stretched(line, points, pl.all().exclude("time").mean())


def enveloped(line: pl.DataFrame, points: int) -> pl.DataFrame:
    """Take the mean ``value`` of stretches, and ``low`` and ``high`` of each, so that no spike disappears."""
    value = pl.col("value")
    return _stretched(line.select("time", "value"), points, value.mean(), low=value.min(), high=value.max())


def _stretched(line: pl.DataFrame, points: int, *means: pl.Expr, **named: pl.Expr) -> pl.DataFrame:
    if line.is_empty():
        return line.group_by("time").agg(*means, **named)
    every = stretch_of(line["time"], points)
    found = line.sort("time").group_by_dynamic("time", every=every).agg(*means, **named)
    return found.upsample("time", every=every)


def stretch_of(times: pl.Series, points: int) -> str:
    """Find how long stretches must be so that there are at most so many: a multiple of the usual time between rows.

    Returns
    -------
    As polars writes durations, such as ``900000000us``.
    """
    instants = times.unique().sort()
    steps = instants.diff().drop_nulls()
    step = steps.mode().min() if len(steps) else timedelta(days=1)
    length = step * max(1, ceil((instants[-1] - instants[0]) / step / points))
    return f"{length // MICROSECOND}us"


def instants(times: pl.Series) -> Any:
    """Give instants as matplotlib draws them fastest."""
    return times.dt.replace_time_zone(None).to_numpy()


def tidied(axes: Any, title: str = "", dates: bool = True) -> None:
    """Leave out what carries nothing: a frame on two sides, long dates; the title stands to the left."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    axes.set_title(title, loc="left", fontsize=USUAL, pad=4)
    axes.tick_params(labelsize=SMALL, length=2.5)
    axes.spines[["top", "right"]].set_visible(False)
    if dates:
        locator = AutoDateLocator(minticks=3, maxticks=7)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(
            ConciseDateFormatter(locator, formats=DATES, zero_formats=AT_START, show_offset=False)
        )
        axes.margins(x=0.01)


def headed(drawn: Any, title: str, *panels: Any) -> None:
    """Head a picture with a sentence; the legends of some of its panels stand below it, in one line if they fit."""
    drawn.suptitle(title, x=0.01, ha="left", fontsize=USUAL + 1)
    named = {label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    widths = [len(label) + KEY for label in named]
    columns = len(named) if sum(widths) <= WIDTH else WIDTH // max(widths)
    place = {"loc": "outside lower left", "ncols": max(1, columns), "frameon": False, "borderpad": 0}
    drawn.legend(named.values(), named.keys(), fontsize=SMALL, **place)


def split_marked(axes: Any, splits: dict[str, datetime], named: bool) -> None:
    """Mark where validation begins, and where test does."""
    for name in ("validation", "test"):
        start = splits[f"{name}_start"]
        axes.axvline(start, color=QUIET, linewidth=0.9, linestyle="--")
        if named:
            where = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "va": "top"}
            axes.annotate(name, (start, 1), (3, 0), fontsize=SMALL, color=READ, bbox=PAPER, **where)


def told_days(times: pl.Series) -> str:
    """Say from which day to which instants lie."""
    days = times.dt.date()
    return " to ".join(map(str, (days.min(), days.max())))


def shortened(names: list[str], longest: int = 48) -> list[str]:
    """Leave out the words that all names begin with, and the middle of long ones as long as they stay different.

    A dollar sign is escaped: matplotlib would read a formula.
    """
    words = [name.split("|") for name in names]
    common = 0
    while len(names) > 1 and all(len(each) > common + 1 and each[common] == words[0][common] for each in words):
        common += 1
    whole = ["|".join(each[common:]).replace("$", r"\$") for each in words]
    half = longest // 2
    brief = [name if len(name) <= longest else f"{name[: half - 1]}…{name[-half:]}" for name in whole]
    return brief if len(set(brief)) == len(set(names)) else whole
