"""What is said about a batch of scores beside them: who scored what, with what result. One key a line, for grep.

Nothing is counted here.
"""

import json
from datetime import date, datetime
from typing import Any

import numpy as np

from ... import __version__
from .commit import git_commit
from .comparing import Agreement
from .judging import Judged
from .models import Opened
from .outcome import BatchOutcome
from .request import Facts, Request

QUANTILES = (0.0, 0.05, 0.5, 0.95, 0.99, 1.0)

Document = dict[str, Any]


def as_json(outcome: BatchOutcome, request: Request) -> bytes:
    """Write everything about a batch as JSON, a key on a line of its own.

    ``anomalies_detected`` stands there once, with the number of alarming rows of the first model alone.
    """
    first, *second = (_model(outcome, place, request) for place in range(len(outcome.judged)))
    document: Document = {
        "run_info": _run(outcome, request),
        "model_info": first,
        "input_info": _input(outcome.facts, request),
        "scoring_results": _results(outcome),
    }
    for model in second:
        document["second_model"] = model | _verdicts(outcome.judged[1], "rows_flagged")
    if outcome.agreement is not None:
        document["comparison"] = _comparison(outcome.agreement)
    return as_bytes(document)


def as_bytes(document: Document) -> bytes:
    """Write JSON, a key on a line of its own."""
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode(
        errors="backslashreplace"
    )


def _run(outcome: BatchOutcome, request: Request) -> Document:
    return {
        "timestamp": f"{outcome.scored_at:%Y-%m-%dT%H:%M:%S}Z",
        "script_version": __version__,
        "git_commit": git_commit(),
        "output": [str(path) for path in outcome.files],
        "options": {
            "from": request.source,
            "threshold": request.threshold,
            "on_invalid": request.on_invalid,
            "explain": request.explain,
            "contamination": request.contamination,
            "unit_column": request.unit_column,
            "time_column": request.time_column,
        },
    }


def _model(outcome: BatchOutcome, place: int, request: Request) -> Document:
    opened, judged = outcome.facts.models[place], outcome.judged[place]
    manifest = opened.bundle.manifest
    return {
        "model_path": str(opened.path),
        "model_type": opened.kind,
        "trained_on": manifest.created_at.date().isoformat(),
        "features_used": list(manifest.features),
        "model_name": opened.name,
        "version": opened.version,
        "threshold_method": _threshold_method(opened, judged, request),
        "rows_in_its_training": outcome.facts.in_training[place],
    }


def _threshold_method(opened: Opened, judged: Judged, request: Request) -> str:
    """Say where the threshold comes from: ``given`` by hand, the model's own method, or a share of these scores."""
    if request.threshold is not None:
        return "given"
    known = opened.bundle.threshold
    return "contamination" if judged.found is not None or known is None else known.method


def _input(facts: Facts, request: Request) -> Document:
    dates = f"{facts.first:%Y-%m-%d} to {facts.last:%Y-%m-%d}" if facts.first and facts.last else None
    return {
        "input_path": ", ".join(request.inputs),
        "total_samples": facts.rows_read,
        "date_range": dates,
        "files": [str(path) for path in facts.files],
        "kept_columns": list(facts.kept),
        "dropped_columns": list(facts.dropped),
        "invalid_rows": facts.invalid_rows,
        "invalid_cells": {rule: dict(counted) for rule, counted in facts.invalid.items()},
        "quarantined_readings": dict(facts.quarantined),
    }


def _results(outcome: BatchOutcome) -> Document:
    facts = outcome.facts
    return _verdicts(outcome.judged[0], "anomalies_detected") | {
        "processing_time_seconds": round(outcome.seconds, 3),
        "rows_per_second": round(outcome.rows_per_second),
        "rows_scored": facts.rows_scored,
        "rows_skipped": dict(facts.skipped),
        "cells_imputed": facts.imputed,
        "warnings": facts.warnings,
    }


def _verdicts(judged: Judged, counted: str) -> Document:
    rows = len(judged.scores)
    found: Document = {"threshold_used": judged.threshold}
    if judged.threshold is None and judged.thresholds:
        found["threshold_range"] = list(judged.thresholds)
    return found | {
        counted: judged.alarms,
        "anomaly_rate": judged.alarms / rows if rows else None,
        "score_quantiles": _quantiles(judged.scores),
    }


def _quantiles(scores: np.ndarray) -> dict[str, float]:
    values = np.quantile(scores, QUANTILES, method="inverted_cdf") if len(scores) else ()
    return {f"{q:g}": float(value) for q, value in zip(QUANTILES, values, strict=False)}


def _comparison(agreement: Agreement) -> Document:
    return {
        **agreement.flagged,
        "spearman_of_scores": agreement.spearman,
        "largest_disagreements": [_plain(row) for row in agreement.disagreements.iter_rows(named=True)],
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
