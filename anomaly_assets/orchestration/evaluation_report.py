"""An evaluation for people: tables and pictures, as the asset's metadata. Measuring is done in pipelines/."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from ..evaluation import Measurement
from ..pipelines import Evaluation, GateVerdict
from .evaluation_plots import curve_plot, histogram_plot, strata_plot
from .reporting import Facts

SHOWN = (
    "auc_pr",
    "prevalence",
    "vus_pr",
    "roc_auc",
    "precision",
    "recall",
    "far",
    "event_recall",
    "event_precision",
    "false_alarms_per_day",
    "detection_delay_median_s",
    "lead_time_median_s",
    "alarm_budget_ratio",
)
BESIDE = ("auc_pr", "roc_auc", "f1", "event_recall", "event_precision", "false_alarms_per_day")
OF_STRATA = ("auc_pr", "prevalence", "event_recall", "far")


def told(evaluation: Evaluation, verdicts: Sequence[GateVerdict], place: Path) -> Facts:
    """Give everything the asset's page shows."""
    measured = evaluation.measured
    facts: Facts = {
        "champion": evaluation.version,
        "judged_on": f"{evaluation.judged_on}: {measured.windows:,} windows, {measured.events} labelled events",
        "gates": dg.MetadataValue.md("\n".join(f"- {_mark(verdict)}{verdict.sentence}" for verdict in verdicts)),
        "measures": _measures(evaluation),
        "latency_ms": evaluation.latency.median,
        "report": dg.MetadataValue.path(str(place)),
    }
    facts |= {} if measured.events else {"note": "no labelled event: only false alarms and latency can be judged"}
    facts |= {"trivial": _beside(evaluation)} if measured.events else {}
    facts |= {"strata": _strata(evaluation)} if evaluation.strata else {}
    facts |= {"diagnosis": _diagnosis(evaluation)} if evaluation.diagnosis else {}
    plots = {"curve": curve_plot, "scores": histogram_plot, "by_stratum": strata_plot}
    drawn = {name: plot(evaluation) for name, plot in plots.items()}
    facts |= {name: plot for name, plot in drawn.items() if plot is not None}
    return {name: fact for name, fact in facts.items() if fact is not None}


def _mark(verdict: GateVerdict) -> str:
    return "**fails:** " if verdict.passed is False else ""


def _measures(evaluation: Evaluation) -> dg.MarkdownMetadataValue:
    measured = evaluation.measured
    rows = [(name, getattr(measured, name), _ends(measured, name)) for name in SHOWN]
    heading = ("measure", "value", f"{evaluation.confidence:.0%} interval over {measured.blocks} blocks")
    return _table(heading, [row for row in rows if row[1] is not None])


def _beside(evaluation: Evaluation) -> dg.MarkdownMetadataValue:
    """The champion, then the trivial rows with what the champion has more of average precision."""
    rows: list[Sequence[Any]] = [
        (evaluation.version, *(getattr(evaluation.measured, name) for name in BESIDE), None, None)
    ]
    for other in evaluation.against:
        value, low, high, _ = other.difference
        found = evaluation.trivial[other.name]
        more = f"{value:+.3g} ({low:+.3g} to {high:+.3g})"
        rows.append((other.name, *(getattr(found, name) for name in BESIDE), more, other.verdict))
    return _table(("detector", *BESIDE, "champion has more auc_pr by", "champion is"), rows)


def _strata(evaluation: Evaluation) -> dg.MarkdownMetadataValue:
    rows: list[Sequence[Any]] = []
    for way, strata in evaluation.strata.items():
        for name, found in strata.items():
            numbers = [found] if isinstance(found, str) else [found.events, *(_with_ends(found, n) for n in OF_STRATA)]
            rows.append((way, name, *numbers, *[None] * (1 + len(OF_STRATA) - len(numbers))))
    return _table(("by", "stratum", "events", *OF_STRATA), rows)


def _diagnosis(evaluation: Evaluation) -> str:
    found = evaluation.diagnosis
    if found is None or found.hit_at_1 is None or found.hit_at_3 is None:
        return "no event with a labelled cause was alarmed in"
    chance = f"(a random ranking: {found.chance_at_1:.0%} and {found.chance_at_3:.0%})"
    return f"hit@1 {found.hit_at_1:.0%}, hit@3 {found.hit_at_3:.0%} over {found.events} events {chance}"


def _with_ends(found: Measurement, name: str) -> str | None:
    value, ends = getattr(found, name), _ends(found, name)
    return None if value is None else f"{value:.3g}{f' ({ends})' if ends else ''}"


def _ends(found: Measurement, name: str) -> str | None:
    ends = found.intervals.get(name)
    return None if ends is None else f"{ends[0]:.3g} to {ends[1]:.3g}"


def _table(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> dg.MarkdownMetadataValue:
    lines = [heading, ["---"] * len(heading), *rows]
    return dg.MetadataValue.md("\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines))


def _cell(value: Any) -> str:
    text = f"{value:.3g}" if isinstance(value, float) else "" if value is None else str(value)
    return text.replace("|", "\\|")
