"""Pictures for asset metadata, drawn small and embedded, so that the UI needs nothing else to show them."""

from base64 import b64encode
from io import BytesIO
from typing import Any

import dagster as dg
import polars as pl

from .drawing import SEVERAL, headed, shortened, tidied

MOST_UNITS = 6
MOST_POINTS = 1_500
COLOURS = 128


def score_plot(scored: pl.DataFrame) -> dg.MarkdownMetadataValue | None:
    """Draw score over time with the threshold, for the units with the highest scores; nothing without scores.

    A threshold that differs between windows is drawn dashed in its unit's colour.
    """
    if scored.is_empty():
        return None
    loudest = scored.group_by("unit_id").agg(pl.col("score").max()).sort("score", descending=True).head(MOST_UNITS)
    drawn, axes = figure()
    axes.set_prop_cycle(color=SEVERAL)
    moves = scored["threshold"].n_unique() > 1
    for unit, name in zip(loudest["unit_id"], shortened(loudest["unit_id"].to_list(), 36), strict=True):
        line = _thinned(scored.filter(unit_id=unit))
        (drawn_line,) = axes.plot(line["window_start"].to_list(), line["score"].to_list(), linewidth=0.7, label=name)
        if moves:
            own = {"color": drawn_line.get_color(), "linestyle": "--", "linewidth": 0.9}
            axes.step(line["window_start"].to_list(), line["threshold"].to_list(), where="post", **own)
    if not moves:
        axes.axhline(scored["threshold"][-1], color="black", linestyle="--", linewidth=0.9, label="threshold")
    axes.set_yscale("symlog", linthresh=max(float(scored["threshold"][-1]), 1e-9))
    tidied(axes)
    headed(drawn, f"Score over time of the {loudest.height} units with the highest scores", axes)
    return embedded(drawn, "score over time, the loudest units")


def drift_plot(report: pl.DataFrame) -> dg.MarkdownMetadataValue | None:
    """Draw the latest judged day's PSI per feature as bars; drifted ones stand out."""
    judged = report.filter(pl.col("psi").is_not_null())
    bars = judged.filter(pl.col("day") == pl.col("day").max()).sort("psi").tail(25)
    if bars.is_empty():
        return None
    drawn, axes = figure(height=1.2 + 0.16 * bars.height)
    colours = ["#c0392b" if drifted else "#7f8c8d" for drifted in bars["drifted"]]
    axes.barh(bars["quantity"].to_list(), bars["psi"].to_list(), color=colours)
    axes.set_xlabel(f"PSI on {bars['day'][0]} (red: drifted)")
    axes.tick_params(axis="y", labelsize=6)
    return embedded(drawn, "drift per feature")


def _thinned(line: pl.DataFrame) -> pl.DataFrame:
    """Keep the highest score of each stretch, so that no alarm disappears from the picture."""
    line = line.sort("window_start").select("window_start", "score", "threshold")
    stretch = pl.int_range(pl.len()) // max(1, line.height // MOST_POINTS)
    return line.group_by(stretch.alias("stretch"), maintain_order=True).agg(
        pl.col("window_start").first(), pl.col("score").max(), pl.col("threshold").last()
    )


def figure(height: float = 2.6) -> tuple[Any, Any]:
    """Make an empty picture and its axes; height in inches."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(8, height), layout="constrained")
    return drawn, drawn.add_subplot()


def embedded(drawn: Any, title: str) -> dg.MarkdownMetadataValue:
    """Put a picture into markdown, in a few colours: that takes a third of the room, and nobody sees it."""
    from PIL import Image

    buffer, smaller = BytesIO(), BytesIO()
    drawn.savefig(buffer, format="png", dpi=90)
    Image.open(buffer).convert("RGB").quantize(COLOURS).save(smaller, "PNG", optimize=True)
    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{b64encode(smaller.getvalue()).decode()})")
