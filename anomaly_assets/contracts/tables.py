"""The tables of a fleet: names, columns, types, units and rules, all from its configuration.

A new table is one function here and one line in `tables`; checks, storage and column schemas follow from it.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import dataframely as dy
import polars as pl

from ..config import FleetConfig, format_duration
from .base import Table
from .explanation import explanation_columns
from .forecasts import forecast, forecast_monitoring
from .incidents import incidents
from .kinds import kind_columns
from .meanings import meanings
from .settings import setting_columns

QUALITY = {"imputed": 1, "outlier": 2, "stuck": 4, "gap": 8, "impossible": 16}
"""Bits of a sensor's quality column: filled in, far from its recent past, unchanged for long, first after a gap,
an impossible reading was taken out."""


def quality_column(sensor: str) -> str:
    """Name of the column of quality bits beside a sensor."""
    return f"{sensor}__quality"


def feature_columns(fleet: FleetConfig) -> tuple[str, ...]:
    """Names of a fleet's features, in order: ``<sensor>__<feature>``, then the settings' and the calendar's.

    Settings have columns where features are conditioned on them; the calendar has sine and cosine pairs.
    """
    names: list[str] = []
    for sensor in fleet.feature_sensors:
        names += [f"{sensor}__raw"] if fleet.features.raw else []
        for name, window in fleet.features.windows.items():
            names += [f"{sensor}__{statistic}_{name}" for statistic in window.statistics]
        names += [f"{sensor}__lag_{format_duration(lag)}" for lag in fleet.features.lags]
    names += setting_columns(fleet)
    names += [f"{cycle}_{part}" for cycle in fleet.features.calendar for part in ("sin", "cos")]
    return tuple(names)


@lru_cache(maxsize=256)
def _time(nullable: bool = False) -> Any:
    return dy.Datetime(time_unit="us", time_zone="UTC", nullable=nullable)


def _reading() -> Any:
    return dy.Float64(nullable=True, allow_inf=False, allow_nan=False)


def _text(nullable: bool = False) -> Any:
    return dy.String(nullable=nullable)


def raw_readings(fleet: FleetConfig) -> Table:
    """What the files said, typed and in UTC, before any judgement; duplicates and disorder are still in it."""
    columns = {"unit_id": _text(), "time": _time()} | {sensor: _reading() for sensor in fleet.sensors}
    columns |= {"source_file": _text(), "source_row": dy.Int64()}
    return Table(fleet.fleet, "raw_readings", "time", ("source_file", "source_row", "unit_id"), columns, {})


def cleaned_sensors(fleet: FleetConfig) -> Table:
    """One row per unit and grid instant; a sensor without a reading is null; quality bits beside every sensor.

    A row holds a reading, or tells by a bit that an impossible one was taken out.
    """
    columns = {"unit_id": _text(), "time": _time()} | {sensor: _reading() for sensor in fleet.sensors}
    columns |= {quality_column(sensor): dy.UInt8() for sensor in fleet.sensors}
    rules = {
        f"{name}_in_range": pl.col(name).is_between(*sensor.range) | pl.col(name).is_null()
        for name, sensor in fleet.sensors.items()
        if sensor.range is not None
    }
    return Table(fleet.fleet, "cleaned_sensors", "time", ("unit_id", "time"), columns, rules)


def quarantine(fleet: FleetConfig) -> Table:
    """Readings and rows that were taken out, each with the rule it broke and where it came from."""
    columns = {
        "day": dy.Date(),
        "unit_id": _text(nullable=True),
        "time": _time(nullable=True),
        "sensor": _text(nullable=True),
        "rule": _text(),
        "found": _text(nullable=True),
        "source_file": _text(),
        "source_row": dy.Int64(),
    }
    return Table(fleet.fleet, "quarantine", "day", (), columns, {})


def labels(fleet: FleetConfig) -> Table:
    """What people or the format said was wrong: intervals [start, end) of a unit, cut at midnight UTC.

    ``sensor`` is null when the whole unit is meant; ``failure_type`` names the kind, ``note`` keeps the source's
    own words or code, ``failure_at`` the known moment of failure.
    """
    columns = {
        "unit_id": _text(),
        "start": _time(),
        "end": _time(),
        "sensor": _text(nullable=True),
        "failure_type": _text(),
        "note": _text(nullable=True),
        "failure_at": _time(nullable=True),
        "source": _text(),
    }
    return Table(fleet.fleet, "labels", "start", (), columns, {"ends_after_start": pl.col("end") > pl.col("start")})


def features(fleet: FleetConfig) -> Table:
    """One row = one window of one unit; a feature is null when its sensor had too few readings."""
    columns = {"unit_id": _text(), "window_start": _time(), "window_end": _time()}
    columns |= {name: _reading() for name in feature_columns(fleet)}
    rules = {"ends_after_start": pl.col("window_end") > pl.col("window_start")}
    return Table(fleet.fleet, "features", "window_start", ("unit_id", "window_start"), columns, rules)


def scores(fleet: FleetConfig) -> Table:
    """One row = one window of one unit = one score; higher is more anomalous, equality with the threshold is normal.

    ``threshold`` is the one that this very window was judged by. Why a window alarms is told by flat columns, see
    explanation.py; ``top_sensor`` is the first of them. What kind of anomaly it is, where the detector knows kinds, is
    told by those of kinds.py.
    """
    columns = {
        "unit_id": _text(),
        "window_start": _time(),
        "window_end": _time(),
        "detector": _text(),
        "model_version": dy.Int64(),
        "score": dy.Float64(allow_inf=False, allow_nan=False),
        "threshold": dy.Float64(allow_inf=False, allow_nan=False),
        "is_anomaly": dy.Bool(),
        "in_training": dy.Bool(),
        "missing_share": dy.Float64(min=0, max=1),
        "top_sensor": _text(nullable=True),
        "scored_at": _time(),
    }
    columns |= explanation_columns() | kind_columns()
    rules = {"decision_follows_score": pl.col("is_anomaly") == (pl.col("score") > pl.col("threshold"))}
    return Table(fleet.fleet, "scores", "window_start", ("unit_id", "window_start"), columns, rules)


def shadow_scores(fleet: FleetConfig) -> Table:
    """What versions that are only tried out would have said: rows as in `scores`, one per window and version."""
    live = scores(fleet)
    return replace(live, name="shadow_scores", key=(*live.key, "model_version"))


def threshold_state(fleet: FleetConfig) -> Table:
    """What a version's moving threshold remembered of every unit at the end of a scored day; the next day begins there.

    ``state`` is JSON, exact to the last bit.
    """
    columns = {"day": dy.Date(), "unit_id": _text(), "model_version": dy.Int64(), "state": _text()}
    return Table(fleet.fleet, "threshold_state", "day", ("day", "unit_id", "model_version"), columns, {})


def threshold_moves(fleet: FleetConfig) -> Table:
    """Every move of a version's threshold, and what it did about incidents: one row each, on its window's day."""
    columns = {
        "day": dy.Date(),
        "time": _time(),
        "unit_id": _text(),
        "previous": dy.Float64(allow_inf=False, allow_nan=False),
        "value": dy.Float64(allow_inf=False, allow_nan=False),
        "reason": _text(),
        "model_version": dy.Int64(),
    }
    return Table(fleet.fleet, "threshold_moves", "day", ("unit_id", "time", "model_version"), columns, {})


def drift_report(fleet: FleetConfig) -> Table:
    """One row per day and watched quantity: every feature, ``score`` and ``missing``; ``day`` sums the verdict up."""
    measure = dy.Float64(nullable=True, allow_inf=False, allow_nan=False)
    columns = {
        "day": dy.Date(),
        "quantity": _text(),
        "psi": measure,
        "ks": measure,
        "wasserstein": measure,
        "shift": measure,
        "missing_share": dy.Float64(min=0, max=1),
        "drifted": dy.Bool(),
        "reference": _text(),
        "windows": dy.Int64(),
        "model_version": dy.Int64(),
    }
    return Table(fleet.fleet, "drift_report", "day", ("day", "quantity"), columns, {})


_MAKERS: tuple[Callable[[FleetConfig], Table], ...] = (
    raw_readings,
    cleaned_sensors,
    quarantine,
    labels,
    features,
    scores,
    shadow_scores,
    threshold_state,
    threshold_moves,
    incidents,
    drift_report,
)


_FORECAST_MAKERS: tuple[Callable[[FleetConfig], Table], ...] = (forecast, forecast_monitoring)


def tables(fleet: FleetConfig) -> dict[str, Table]:
    """Every table of a fleet, by name, with the meaning of its columns."""
    makers = (*_MAKERS, *(_FORECAST_MAKERS if fleet.forecast else ()))
    made = (replace(table, meanings=meanings(fleet, table)) for table in (make(fleet) for make in makers))
    return {table.name: table for table in made}
