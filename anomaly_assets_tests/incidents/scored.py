"""Scored windows written down by hand: a unit's scores as digits, an hour each, the threshold at 5."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from anomaly_assets.config import FleetConfig
from anomaly_assets.contracts import scores as scores_table
from anomaly_assets.incidents import Raised, Reference, raise_incidents

from ..conftest import small_fleet

START = datetime(2024, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
REFERENCES = {1: Reference.of(np.linspace(0, 5, 501))}
"""Usual score 2.5; with ``clear: 0.8`` an incident stays up above 4.5."""


def hour(number: float) -> datetime:
    return START + number * HOUR


def hourly(**incidents: Any) -> FleetConfig:
    plain = {"linger": "1h", "clear": 1.0, "longest": "2d"}
    return small_fleet(sampling="1h", features={"raw": True}, incidents=plain | incidents)


def windows(scores: str, unit: str = "u", **told: Any) -> pl.DataFrame:
    """A blank is a window that is not there; what else is told, is told of every window, or of each in a list."""
    places = [place for place, score in enumerate(scores) if score != " "]
    values = [float(scores[place]) for place in places]
    known: dict[str, Any] = {
        "unit_id": unit,
        "window_start": [hour(place) for place in places],
        "window_end": [hour(place + 1) for place in places],
        "detector": "deviation",
        "model_version": 1,
        "score": values,
        "threshold": 5.0,
        "is_anomaly": [value > 5 for value in values],
        "in_training": False,
        "missing_share": 0.0,
        "scored_at": START,
    }
    types = scores_table(small_fleet()).dtypes
    columns = {name: _column((known | told).get(name), len(places)) for name in types}
    return pl.DataFrame({name: pl.Series(name, column, types[name]) for name, column in columns.items()})


def _column(value: Any, rows: int) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value] * rows


def raised(scored: pl.DataFrame, fleet: FleetConfig, first: int = 0, last: int = 1000, **told: Any) -> Raised:
    return raise_incidents(scored, fleet, REFERENCES, start=hour(first), end=hour(last), **told)


def spans(found: Raised) -> list[tuple[str, float, float]]:
    """Unit, and hours from START to start and end."""
    rows = found.incidents.select("unit_id", "start", "end").rows()
    return [(unit, (start - START) / HOUR, (end - START) / HOUR) for unit, start, end in rows]
