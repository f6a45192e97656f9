"""A picture of the four kinds of anomaly over time, for the metadata of scores; embedded, see plots.py."""

from typing import Any

import dagster as dg
import numpy as np
import polars as pl

from ..config.severity import KINDS
from .drawing import SMALL, headed, instants, pictured, shortened, stretch_of, tidied
from .plots import embedded

MOST_UNITS = 12
MOST_STRETCHES = 140
"""Cells side by side: each about two pixels wide."""

COLOURS, SILENT = "BuPu", "#dcdcdc"
"""From pale, no severity, to dark; told apart by lightness alone. Where nothing was scored it is grey."""


def severity_plot(scored: pl.DataFrame) -> dg.MarkdownMetadataValue | None:
    """Draw each kind's highest severity by unit and stretch of time, for the units with the severest days.

    Nothing where the detector knows no kinds.

    Parameters
    ----------
    scored : rows of the scores table: ``unit_id``, ``window_start``, one column per kind, ``severity``.
    """
    known = scored.filter(pl.col("severity").is_not_null())
    if known.is_empty():
        return None
    every = stretch_of(known["window_start"], MOST_STRETCHES)
    cells = known.group_by("unit_id", time=pl.col("window_start").dt.truncate(every)).agg(pl.col(*KINDS).max())
    units = _severest(cells)
    cells = cells.filter(pl.col("unit_id").is_in(units))
    drawn, panels = pictured(2, 2, row_height=0.42 + 0.13 * len(units), sharex=True, sharey=True)
    for axes, kind in zip(panels.flat, KINDS, strict=True):
        mesh = _drawn(axes, cells, units, kind, every)
    bar = drawn.colorbar(mesh, ax=panels, fraction=0.03, pad=0.01, aspect=30)
    bar.ax.tick_params(labelsize=SMALL)
    bar.outline.set_visible(False)
    headed(drawn, _of_units(known["unit_id"].n_unique(), len(units)))
    return embedded(drawn, "severity by kind of anomaly")


def _drawn(axes: Any, cells: pl.DataFrame, units: list[str], kind: str, every: str) -> Any:
    """Draw units (rows, first on top) and stretches (columns) as cells."""
    from matplotlib import colormaps

    numbered = cells.with_columns(place=pl.col("unit_id").replace_strict(units, range(len(units))))
    wide = numbered.sort("time", "place").pivot("place", index="time", values=kind).upsample("time", every=every)
    edges = pl.concat([wide["time"], wide["time"].tail(1).dt.offset_by(every)])
    shades = np.ma.masked_invalid(wide.select(map(str, range(len(units)))).to_numpy().T.astype(float))
    mesh = axes.pcolormesh(
        instants(edges), np.arange(len(units) + 1), shades, vmin=0, vmax=1, cmap=colormaps[COLOURS], rasterized=True
    )
    axes.set_facecolor(SILENT)
    axes.set_yticks(np.arange(len(units)) + 0.5, shortened(units, 24))
    axes.set_ylim(len(units), 0)
    tidied(axes, kind.replace("_", " "))
    axes.margins(x=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    return mesh


def _severest(cells: pl.DataFrame) -> list[str]:
    """Choose the units whose severities are the largest on average, by name."""
    loud = cells.group_by("unit_id").agg(mean=pl.max_horizontal(*KINDS).mean())
    return loud.sort("mean", "unit_id", descending=[True, False]).head(MOST_UNITS)["unit_id"].sort().to_list()


def _of_units(known: int, shown: int) -> str:
    which = f"; the {shown} severest units, {known - shown:,} more are not shown" if known > shown else ""
    return f"Highest severity of each kind of anomaly, 0 to 1{which}"
