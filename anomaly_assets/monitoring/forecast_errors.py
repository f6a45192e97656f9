"""Forecasts beside the readings they were made for: errors by day, horizon day and unit, and each day's verdict.

What errors are usual is known by forecast_baseline.py, when drift launches a retraining is said in retraining.py.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from ..config import ForecastConfig, ForecastWatch, coverage_names
from .forecast_baseline import ForecastBaseline, fleet_ratios, unit_ratios
from .usual_severity import UsualSeverity

_SEVERITIES = ("median_severity", "baseline_severity", "severity_tolerance")
_KEYS = {"day": pl.Date, "horizon_day": pl.Int64, "unit_id": pl.String}


def forecast_errors(
    forecasts: pl.DataFrame,
    baseline: ForecastBaseline,
    config: ForecastConfig,
    *,
    model_version: int,
    severities: pl.DataFrame | None = None,
    usual: UsualSeverity | None = None,
) -> pl.DataFrame:
    """Compare forecasts of any number of UTC days with what came.

    A unit's ratio is the root mean square of its errors, each in multiples of what is usual of that unit so far ahead,
    and the fleet's the median over units: one broken probe is an incident and no drift. A shift of the level misses the
    forecasts that were made before it, of which there are some for a whole horizon; all horizon days count alike, so
    that the ratio stays up for days while the day ahead is right again.

    Parameters
    ----------
    forecasts : of one version: ``unit_id``, ``time``, ``horizon_day``, ``forecast``, ``lower_80`` and so on,
        ``in_training``; and ``value``, the reading that came, null where there is none.
    baseline : of that version.
    config : levels, and the bounds of ``config.watch``.
    model_version : written on every row.
    severities : ``unit_id``, ``time``, ``severity`` of the readings of those days; None where nothing tells one.
    usual : what severity is usual to the detector that told it.

    Returns
    -------
    Rows of the ``forecast_monitoring`` contract: per day, horizon day and unit, each also all together (null). The row
    of all has the severity and the verdict, which a day lacks that the forecaster has learnt from, or that no unit has
    enough readings of.
    """
    known = baseline.beside(forecasts.filter(pl.col("value").is_not_null(), pl.col("forecast").is_not_null()))
    keys = (["day"], ["day", "unit_id"], ["day", "horizon_day"], list(_KEYS))
    whole, *parts = (_grouped(known, part, config) for part in keys)
    judged = _judged(_with_severity(whole, severities, usual, config.watch), known, baseline, config.watch)
    version = pl.lit(model_version, pl.Int64).alias("model_version")
    return pl.concat([judged, *parts], how="diagonal").with_columns(version).sort(_KEYS.keys(), nulls_last=False)


def forecast_verdicts(report: pl.DataFrame) -> list[tuple[date, bool]]:
    """Days that have a verdict, with it, in time order."""
    judged = report.filter(pl.col("drifted").is_not_null()).sort("day")
    return list(judged.select("day", "drifted").iter_rows())


def exceeded(day: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the tolerances, ``error`` and ``severity``, that a day's row of all units and horizon days is beyond."""
    found = {"error": ("ratio", "tolerance"), "severity": ("median_severity", "severity_tolerance")}
    values = {name: [day[column] for column in columns] for name, columns in found.items()}
    return tuple(name for name, (value, bound) in values.items() if None not in {value, bound} and value > bound)


def _grouped(known: pl.DataFrame, keys: list[str], config: ForecastConfig) -> pl.DataFrame:
    """Measure the errors of every group; keys that are not told apart are null."""
    off, usual = pl.col("forecast") - pl.col("value"), pl.col("baseline")
    measures = {"rmse": (off**2).mean().sqrt(), "mae": off.abs().mean(), "baseline_rmse": (usual**2).mean().sqrt()}
    for name in coverage_names(config.levels):
        measures[f"coverage_{name}"] = pl.col("value").is_between(f"lower_{name}", f"upper_{name}").mean()
    least = 1 if "horizon_day" in keys else config.watch.min_readings
    ratios = unit_ratios(known, list(dict.fromkeys([*keys, "unit_id"])), least)
    ratios = ratios if "unit_id" in keys else fleet_ratios(ratios, keys)
    told = known.group_by(keys).agg(readings=pl.len().cast(pl.Int64), **measures).join(ratios, on=keys)
    return told.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in _KEYS.items() if name not in keys)


def _with_severity(
    whole: pl.DataFrame, severities: pl.DataFrame | None, usual: UsualSeverity | None, watch: ForecastWatch
) -> pl.DataFrame:
    """Put the median over units of every unit's median severity beside each day, and what is tolerated."""
    if severities is None or usual is None:
        return whole.with_columns(pl.lit(None, pl.Float64).alias(name) for name in _SEVERITIES)
    days = severities.drop_nulls("severity").group_by(pl.col("time").dt.date().alias("day"), "unit_id")
    units = days.agg(pl.col("severity").median())
    fleet = units.group_by("day").agg(median_severity=pl.col("severity").quantile(0.5, "lower"))
    known = {"baseline_severity": usual.median, "severity_tolerance": usual.tolerated(watch)}
    return whole.join(fleet, on="day", how="left").with_columns(
        pl.lit(value, pl.Float64).alias(name) for name, value in known.items()
    )


def _judged(whole: pl.DataFrame, known: pl.DataFrame, baseline: ForecastBaseline, watch: ForecastWatch) -> pl.DataFrame:
    """Give days their verdict, null where there can be none."""
    ordinary = baseline.ordinary if watch.ordinary else None
    tolerance = pl.lit(max(watch.error, ordinary or 0.0), pl.Float64).alias("tolerance")
    odd = (pl.col("median_severity") > pl.col("severity_tolerance")).fill_null(value=False)
    learnt = known.filter("in_training")["day"].unique().to_list()
    fresh = ~pl.col("day").is_in(learnt) & pl.col("ratio").is_not_null()
    drifted = pl.when(fresh).then((pl.col("ratio") > pl.col("tolerance")) | odd)
    return whole.with_columns(tolerance).with_columns(drifted=drifted)
