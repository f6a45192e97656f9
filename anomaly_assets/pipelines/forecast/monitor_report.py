"""What a look at new readings found: days beside their tolerances, and whether they are drift. Nothing is computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from ...config import FleetConfig, coverage_names
from ...monitoring import drifted_rows, exceeded, forecast_verdicts
from .readings import forecast_of
from .watch import WHOLE

_UNITS = pl.col("horizon_day").is_null() & pl.col("unit_id").is_not_null()
_AHEAD = pl.col("horizon_day").is_not_null() & pl.col("unit_id").is_null()


@dataclass(frozen=True)
class MonitorReport:
    """New readings against a forecaster.

    Attributes
    ----------
    fleet, sensor : what was looked at.
    production : ``model``, ``version``, ``run_id`` of the tracked run behind it, ``test_start`` (the first instant that
        it has not learnt from), ``severity_model``.
    tolerances : ``error`` of the ratio, ``severity`` of the median severity (null where nothing tells one), and
        ``drifted_days`` in a row.
    days : per day: ``day``, ``readings``, ``ratio``, ``tolerance``, ``rmse``, ``baseline_rmse``, ``median_severity``,
        ``baseline_severity``, ``severity_tolerance``, ``coverage_80`` and so on, ``drifted`` (null without a verdict),
        ``exceeded``.
    horizon_days : per day ahead, over all days: ``readings``, ``rmse``, ``baseline_rmse``, ``coverage_80`` and so on.
    units : per unit, over all days: ``readings``, ``rmse``, ``baseline_rmse``.
    drift : the longest row of drifted days, where that makes it drift; none where not.
    not_forecast : units that could not be forecast for the last day, with the reason.
    warnings, files : of the files that were read.
    """

    fleet: str
    sensor: str
    production: dict[str, Any]
    tolerances: dict[str, Any]
    days: list[dict[str, Any]]
    horizon_days: list[dict[str, Any]]
    units: list[dict[str, Any]]
    drift: tuple[date, ...]
    not_forecast: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def drifted(self) -> bool:
        """Whether the new readings are drift."""
        return bool(self.drift)

    @property
    def drifted_days(self) -> list[date]:
        """Days that have drifted, whether or not in a row."""
        return [day["day"] for day in self.days if day["drifted"]]

    @property
    def exceeded(self) -> dict[str, list[date]]:
        """The tolerances that days with a verdict exceeded, and those days."""
        judged = [day for day in self.days if day["drifted"]]
        return {
            name: days
            for name in ("error", "severity")
            if (days := [day["day"] for day in judged if name in day["exceeded"]])
        }

    @classmethod
    def of(
        cls,
        fleet: FleetConfig,
        production: Mapping[str, Any],
        watched: pl.DataFrame,
        reasons: Mapping[str, str],
        *,
        warnings: tuple[str, ...] = (),
        files: tuple[str, ...] = (),
    ) -> "MonitorReport":
        """Sum up rows of ``forecast_monitoring``, all of one version."""
        config, whole = forecast_of(fleet), watched.filter(WHOLE).sort("day")
        wanted = fleet.retraining.drifted_days
        tolerances = {
            "error": whole["tolerance"][0],
            "severity": whole["severity_tolerance"][0],
            "drifted_days": wanted,
        }
        covered = [f"coverage_{name}" for name in coverage_names(config.levels)]
        return cls(
            fleet=fleet.fleet,
            sensor=config.sensor,
            production=dict(production),
            tolerances=tolerances,
            days=[row | {"exceeded": exceeded(row)} for row in whole.drop(_UNTOLD).to_dicts()],
            horizon_days=_summed(watched.filter(_AHEAD), "horizon_day", covered),
            units=_summed(watched.filter(_UNITS), "unit_id", []),
            drift=max(drifted_rows(forecast_verdicts(whole), wanted), key=len, default=()),
            not_forecast=dict(reasons),
            warnings=warnings,
            files=files,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dictionaries; days and instants in ISO 8601."""
        told = vars(self) | {"drifted": self.drifted, "exceeded": self.exceeded}
        plain: dict[str, Any] = _plain(told)
        return plain


_UNTOLD = ("horizon_day", "unit_id", "mae", "model_version")


def _summed(rows: pl.DataFrame, key: str, shares: list[str]) -> list[dict[str, Any]]:
    """Join what days measured, each by its number of readings."""
    weight = pl.col("readings")
    means = {name: ((pl.col(name) ** 2 * weight).sum() / weight.sum()).sqrt() for name in ("rmse", "baseline_rmse")}
    means |= {name: (pl.col(name) * weight).sum() / weight.filter(pl.col(name).is_not_null()).sum() for name in shares}
    told = rows.group_by(key).agg(readings=weight.sum(), **means).sort(key)
    return told.with_columns(pl.col(*means).fill_nan(None)).to_dicts()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
