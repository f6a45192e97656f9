"""Pictures of an evaluation: precision and recall, where scores lie, measures by stratum; embedded, see plots.py."""

import dagster as dg

from ..pipelines import Evaluation
from .plots import embedded, figure

NORMAL, ANOMALOUS = "#7f8c8d", "#c0392b"
MOST_STRATA = 24


def curve_plot(evaluation: Evaluation) -> dg.MarkdownMetadataValue | None:
    """Draw precision over recall beside what a random score earns; nothing without an event."""
    curve, measured = evaluation.curve, evaluation.measured
    if curve.is_empty() or measured.prevalence is None:
        return None
    drawn, axes = figure(height=3.0)
    axes.step(curve["recall"].to_list(), curve["precision"].to_list(), where="post", linewidth=1, label="champion")
    axes.axhline(measured.prevalence, color="black", linestyle="--", linewidth=0.9, label="random score")
    if measured.recall is not None and measured.precision is not None:
        axes.plot([measured.recall], [measured.precision], "o", color=ANOMALOUS, markersize=5, label="threshold")
    axes.set_xlabel("recall")
    axes.set_ylabel("precision")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.legend(fontsize=6)
    return embedded(drawn, "precision and recall, window by window")


def histogram_plot(evaluation: Evaluation) -> dg.MarkdownMetadataValue | None:
    """Draw how many normal and anomalous windows have which score; nothing without windows."""
    bins = evaluation.histogram
    if bins.is_empty():
        return None
    drawn, axes = figure()
    edges = [*bins["low"].to_list(), bins["high"][-1]]
    for name, colour in (("normal", NORMAL), ("anomalous", ANOMALOUS)):
        axes.stairs(bins[name].to_list(), edges, color=colour, fill=name == "normal", label=name, linewidth=1)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_xlabel("score")
    axes.set_ylabel("windows")
    axes.legend(fontsize=6)
    return embedded(drawn, "scores of normal and anomalous windows")


def strata_plot(evaluation: Evaluation) -> dg.MarkdownMetadataValue | None:
    """Draw event recall by stratum with its interval; nothing where no stratum has enough events."""
    found = [
        (f"{way}: {name}", stratum.event_recall, stratum.intervals.get("event_recall"))
        for way, strata in evaluation.strata.items()
        for name, stratum in strata.items()
        if not isinstance(stratum, str) and stratum.event_recall is not None
    ][:MOST_STRATA][::-1]
    if not found:
        return None
    drawn, axes = figure(height=1.2 + 0.2 * len(found))
    names, values = [name for name, _, _ in found], [value for _, value, _ in found]
    spread = [(value, *(ends or (value, value))) for _, value, ends in found]
    reach = [[max(0.0, value - low) for value, low, _ in spread], [max(0.0, high - value) for value, _, high in spread]]
    axes.barh(names, values, xerr=reach, color=NORMAL, error_kw={"linewidth": 0.8})
    axes.set_xlim(0, 1.02)
    axes.set_xlabel("event recall")
    axes.tick_params(axis="y", labelsize=6)
    return embedded(drawn, "event recall by stratum")
