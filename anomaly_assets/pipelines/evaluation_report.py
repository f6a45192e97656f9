"""An evaluation as plain values, and as a file that other programs and people can read."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from ..config import FleetConfig
from ..evaluation import Measurement
from .evaluate import Evaluation
from .gates import GateVerdict
from .site import Site


def report_of(evaluation: Evaluation, verdicts: Sequence[GateVerdict]) -> dict[str, Any]:
    """Give everything that was measured and judged as values that JSON holds; what is not defined is None."""
    found: dict[str, Any] = {name: _plain(value) for name, value in vars(evaluation).items()}
    return found | {"gates": [_plain(verdict) for verdict in verdicts], "made_at": datetime.now(UTC).isoformat()}


def save_report(site: Site, fleet: FleetConfig, evaluation: Evaluation, verdicts: Sequence[GateVerdict]) -> Path:
    """Write ``reports/<fleet>/evaluation.json`` below the installation's home, whole or not at all."""
    place = site.platform.home / "reports" / fleet.fleet / "evaluation.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(".partial")
    beside.write_text(json.dumps(report_of(evaluation, verdicts), indent=2, allow_nan=False), encoding="utf-8")
    return beside.replace(place)


def _plain(value: Any) -> Any:
    found = _opened(value)
    if isinstance(found, Mapping):
        return {str(name): _plain(part) for name, part in found.items()}
    if isinstance(found, list | tuple):
        return [_plain(part) for part in found]
    if isinstance(found, float) and not math.isfinite(found):
        return None
    return found.isoformat() if isinstance(found, datetime) else found


def _opened(value: Any) -> Any:
    """Turn what has named parts into a mapping of them; dataclasses one level deep, so that their parts are seen."""
    if isinstance(value, Measurement):
        return value.to_json()
    if isinstance(value, pl.DataFrame):
        return value.to_dict(as_series=False)
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: getattr(value, part.name) for part in fields(value)}
    return value._asdict() if isinstance(value, tuple) and hasattr(value, "_asdict") else value
