"""What came of a batch scoring, told in a few lines. Nothing is counted here."""

from typing import TYPE_CHECKING

from .console import facts, out, table

if TYPE_CHECKING:
    from ..pipelines.batch import Agreement, BatchOutcome, Judged, Request


def tell_outcome(outcome: "BatchOutcome", request: "Request") -> None:
    """Print rows, alarms, thresholds, speed and files, and of two models how far they agree."""
    sides = list(zip(request.models, outcome.judged, strict=True))
    told: list[tuple[str, object]] = [("rows", _rows(outcome))]
    for reference, judged in sides:
        beside = f" by {reference}" if len(sides) > 1 else ""
        told += [(f"alarms{beside}", _alarms(judged)), (f"threshold{beside}", _threshold(judged))]
    took = f"{outcome.seconds:.2f}, of which {outcome.opening:.2f} to open the model"
    told += [("seconds", took), ("rows/s", round(outcome.rows_per_second))]
    told += [("files", "\n".join(map(str, outcome.files)))]
    out().print(facts(told), soft_wrap=True)
    if outcome.agreement is not None:
        _tell_agreement(outcome.agreement)


def _rows(outcome: "BatchOutcome") -> str:
    found = outcome.facts
    left = {"skipped": found.skipped.total(), "readings quarantined": found.quarantined.total()}
    left |= {"with invalid cells": found.invalid_rows, "cells taken as missing": found.imputed}
    notes = [f"{count:,} {what}" for what, count in left.items() if count]
    return f"{outcome.rows:,}" + (f" ({', '.join(notes)})" if notes else "")


def _alarms(judged: "Judged") -> str:
    rows = len(judged.scores)
    return f"{judged.alarms:,}" + (f" ({judged.alarms / rows:.2%} of rows)" if rows else "")


def _threshold(judged: "Judged") -> str | None:
    if judged.thresholds is None:
        return None
    low, high = judged.thresholds
    return f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}, moving"


def _tell_agreement(agreement: "Agreement") -> None:
    out().print()
    out().print(
        facts(
            [
                ("flagged by both", agreement.both),
                ("flagged by either", agreement.either),
                ("Jaccard", agreement.jaccard),
                ("Cohen's kappa", agreement.kappa),
                ("Spearman of scores", agreement.spearman),
            ]
        )
    )
    apart = agreement.disagreements
    if apart.height:
        title = "Rows on which they disagree most"
        out().print(table([name.replace("_", " ") for name in apart.columns], apart.iter_rows(), title=title))
