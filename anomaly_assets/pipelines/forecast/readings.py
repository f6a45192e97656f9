"""What a forecaster is given: the readings of one sensor at the forecast instants, and how severe each looked.

Nothing is learnt or forecast here.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import polars as pl

from ...config import FleetConfig, ForecastConfig
from ...contracts import QUALITY, feature_columns, quality_column
from ...detectors import detector_class
from ...errors import ForecastError, RegistryError
from ...registry import ModelVersion
from ..days import DAY, Span
from ..kinds import severest
from ..learning import prepared_rows
from ..rows import Rows
from ..site import Site

MICROSECOND = timedelta(microseconds=1)


def forecast_of(fleet: FleetConfig) -> ForecastConfig:
    """Give what the fleet's file says of its forecast.

    Raises
    ------
    ForecastError
        If it says nothing.
    """
    if fleet.forecast is None:
        raise ForecastError(
            f"fleet {fleet.fleet} is not forecast",
            expected="forecast in the fleet's file",
            remedy="add forecast: {sensor: NAME}",
        )
    return fleet.forecast


def readings_of(
    site: Site,
    fleet: FleetConfig,
    start: datetime,
    end: datetime,
    *,
    severity: ModelVersion | None = None,
    units: Collection[str] | None = None,
) -> pl.DataFrame:
    """Read the forecast sensor's clean readings of [start, end) at the forecast instants; imputed ones are silence.

    Parameters
    ----------
    severity : the version that tells how severe each reading looked; of a window it belongs to the readings in it.
    units : which ones; all when not given.

    Returns
    -------
    ``unit_id``, ``time``, ``value`` (null where silent), and ``severity`` (0 to 1, null where unknown) if asked for.
    """
    cleaned, sensor = site.table(fleet, "cleaned_sensors"), forecast_of(fleet).sensor
    columns = ["unit_id", "time", sensor, quality_column(sensor)]
    span, parts = Span(start.date(), (end - MICROSECOND).date() + DAY), []
    for part in span.chunks(site.warehouse.days(cleaned, span.start, span.end)):
        low, high = max(start, part.first_moment), min(end, part.last_moment)
        read = _at_instants(fleet, sensor, site.warehouse.read(cleaned, low, high, units, columns))
        parts.append(read if severity is None else _with_severity(site, fleet, severity, read, part))
    return pl.concat(parts)


def measured(sensor: str) -> pl.Expr:
    """Take a sensor's clean readings, null where they were imputed."""
    return pl.when(pl.col(quality_column(sensor)) & QUALITY["imputed"] == 0).then(pl.col(sensor))


def severity_detector(fleet: FleetConfig) -> str | None:
    """Name the detector that tells how severe readings look: the first that knows kinds; None where none does."""
    return next((name for name, each in fleet.detectors.items() if detector_class(each.kind).tags.knows_kinds), None)


def severity_version(site: Site, fleet: FleetConfig) -> ModelVersion | None:
    """Give the newest version of the detector that tells how severe readings look.

    Causal, since a window's features and what a detector has learnt are. None where no detector knows kinds, none was
    trained yet, or its bundle is damaged or needs features that the fleet no longer makes.
    """
    if (detector := severity_detector(fleet)) is None:
        return None
    try:
        version = site.registry.get(fleet.fleet, detector)
        needed = site.registry.load(fleet.fleet, version.version).manifest.features
    except RegistryError:
        return None
    return version if set(needed) <= set(feature_columns(fleet)) else None


def _at_instants(fleet: FleetConfig, sensor: str, readings: pl.DataFrame) -> pl.DataFrame:
    at = pl.col("time").dt.epoch("us") % (fleet.forecast_step // MICROSECOND) == 0
    return readings.filter(at).select("unit_id", "time", value=measured(sensor))


def _with_severity(
    site: Site, fleet: FleetConfig, version: ModelVersion, readings: pl.DataFrame, part: Span
) -> pl.DataFrame:
    bundle = site.registry.load(fleet.fleet, version.version)
    windows = site.warehouse.read(site.table(fleet, "features"), part.start, part.end)
    told = bundle.detector.kinds(prepared_rows(bundle, Rows.where(windows)).only())
    severity = pl.lit(None, pl.Float64) if told is None else severest(told)
    known = windows.select("unit_id", "window_start", severity=severity)
    begin = pl.col("time").dt.epoch("us") // (stride := fleet.stride // MICROSECOND) * stride
    given = readings.with_columns(window_start=begin.cast(pl.Datetime("us", "UTC")))
    return given.join(known, on=["unit_id", "window_start"], how="left", maintain_order="left").drop("window_start")
