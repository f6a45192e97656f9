"""Learn a forecaster from the latest readings, register it, and let the better one on validation be in force.

Who is better is decided in promotion.py, how learning goes in forecasting/.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from ... import __version__
from ...config import FleetConfig, format_duration
from ...errors import AnomalyAssetsError
from ...forecasting import Learnt, Report, learn_forecaster
from ...monitoring import ForecastBaseline
from ...registry import (
    ForecastBundle,
    Manifest,
    ModelVersion,
    config_digest,
    fingerprint,
    forecaster_of,
)
from ..days import DAY, midnight
from ..site import Site
from .promotion import challenge
from .readings import MICROSECOND, forecast_of, readings_of, severity_version
from .watch import days_of_drift

DETECTOR, KIND = "forecaster", "global_boosting"
"""What stands in the manifest in the place of a detector and its kind."""


@dataclass(frozen=True)
class ForecastChoice:
    """What was learnt, and who forecasts from now on.

    Attributes
    ----------
    champion : the version in force before; None where there was none that fits the fleet.
    challenger : the one just learnt; None where the recording is too short.
    promoted : whether the challenger is in force now.
    reason : why, as a sentence.
    report : of the challenger.
    """

    champion: ModelVersion | None
    challenger: ModelVersion | None
    promoted: bool
    reason: str
    report: Report | None


def train_forecaster(site: Site, fleet: FleetConfig) -> ForecastChoice:
    """Learn from the latest ``forecast.history`` of the warehouse, register, and promote what is better.

    The first one is promoted; a later one when its error on its validation stretch is lower than that of the version
    in force on the same forecasts, by at least ``forecast.tolerance``. A recording that is too short is no failure.

    Raises
    ------
    ForecastError
        If the fleet is not forecast, or its readings can't be learnt from.
    """
    champion = forecaster_in_force(site, fleet)
    if (short := lacking(site, fleet)) is not None:
        return ForecastChoice(champion, None, False, short, None)
    config, model, severity = forecast_of(fleet), forecaster_of(fleet.fleet), severity_version(site, fleet)
    end = max(_recorded(site, fleet)) + DAY
    site.tell(f"{fleet.fleet}: learning the forecaster", 0, 1)
    readings = readings_of(site, fleet, midnight(end) - config.history, midnight(end), severity=severity)
    learnt = learn_forecaster(readings, config, fleet.forecast_step)
    bundle = _bundle(fleet, readings, learnt, severity, days_of_drift(site, fleet))
    made = site.registry.register(model, bundle, bundle.manifest.params, _metrics(bundle.report))
    incumbent = site.registry.load(model, champion.version, ForecastBundle) if champion else None
    promoted, reason = challenge(bundle, incumbent, champion, readings)
    site.registry.set_alias(model, "challenger", made.version, reason)
    if promoted:
        site.registry.set_alias(model, "champion", made.version, reason)
    site.tell(f"{fleet.fleet}: learning the forecaster", 1, 1)
    return ForecastChoice(champion, made, promoted, reason, bundle.report)


def forecaster_in_force(site: Site, fleet: FleetConfig) -> ModelVersion | None:
    """Give the version that forecasts, unless it is damaged or was learnt for another sensor or step."""
    model = forecaster_of(fleet.fleet)
    champion = site.registry.alias(model)
    if champion is None:
        return None
    try:
        forecaster = site.registry.load(model, champion.version, ForecastBundle).forecaster
    except AnomalyAssetsError:
        return None
    learnt_for = forecaster.config.sensor, forecaster.step * MICROSECOND
    return champion if learnt_for == (forecast_of(fleet).sensor, fleet.forecast_step) else None


def lacking(site: Site, fleet: FleetConfig) -> str | None:
    """Say, as a sentence, how many days are lacking to learn a forecaster; None where there are enough."""
    length, needed = _recorded_length(site, fleet), forecast_of(fleet).needed
    if length >= needed:
        return None
    return f"a forecaster needs {needed / DAY:.4g} days, {length / DAY:.4g} are recorded"


def _recorded(site: Site, fleet: FleetConfig) -> dict[date, int]:
    return site.warehouse.days(site.table(fleet, "cleaned_sensors"))


def _recorded_length(site: Site, fleet: FleetConfig) -> timedelta:
    """Measure from the first forecast instant that there is a row of to the last, both included."""
    if not (days := _recorded(site, fleet)):
        return timedelta(0)
    ends = [readings_of(site, fleet, midnight(day), midnight(day) + DAY) for day in (min(days), max(days))]
    first, last = pl.concat(ends).select(pl.col("time").min(), pl.col("time").max().alias("last")).row(0)
    return timedelta(0) if first is None else last - first + fleet.forecast_step


def _bundle(
    fleet: FleetConfig,
    readings: pl.DataFrame,
    learnt: Learnt,
    severity: ModelVersion | None,
    unusual: Collection[date],
) -> ForecastBundle:
    report, named = learnt.report, severity.name if severity else None
    chosen = {f"{name}_{key}": value for name, given in report.chosen.items() for key, value in given.items()}
    baseline = ForecastBaseline.of(report.forecasts, forecast_of(fleet).watch, unusual)
    params = {"strategy": report.strategy, "severity_from": named or "nothing", **chosen}
    return ForecastBundle(learnt.forecaster, report, baseline, _manifest(fleet, readings, report, params))


def _manifest(fleet: FleetConfig, readings: pl.DataFrame, report: Report, params: dict) -> Manifest:
    config, splits = forecast_of(fleet), report.splits
    read = readings.drop_nulls("value").group_by("unit_id").agg(pl.col("time").min()).sort("unit_id")
    begins: dict[str, datetime] = {unit: first for unit, first in read.iter_rows() if first < splits["test_start"]}
    learnt = {unit: (first, splits["test_start"]) for unit, first in begins.items()}
    held = {unit: (max(first, splits["validation_start"]), until) for unit, (first, until) in learnt.items()}
    return Manifest(
        fleet=fleet.fleet,
        detector=DETECTOR,
        kind=KIND,
        params=params,
        features=(config.sensor,),
        config_digest=config_digest(fleet),
        config=fleet.model_dump(mode="json"),
        window={"trailing": format_duration(config.history)},
        training_windows=learnt,
        validation_windows=held,
        fingerprint=fingerprint(readings),
        code_version=__version__,
        seed=config.seed,
        created_at=datetime.now(UTC),
    )


def _metrics(report: Report) -> dict[str, float]:
    asked = [(part, name) for part in ("validation", "test") for name in ("rmse", "mae", "skill")]
    measured = {f"{part}_{name}": report.measured(name, part=part) for part, name in asked}
    return {name: value for name, value in measured.items() if math.isfinite(value)}
