"""The days ahead as CSV and Parquet, both whole or neither there; and in a few numbers per unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from ...config import FleetConfig
from ...errors import ForecastError
from ...registry import ForecastBundle, forecaster_of
from ..batch.files import new_files, sweep, unwritable
from ..batch.targets import SUFFIXES, named_files
from ..batch.writing import write_rows
from ..days import DAY
from ..names import refuse_unknown
from ..site import Site
from .ahead import forecast_ahead
from .days import horizon_minutes
from .readings import forecast_of, readings_of


@dataclass(frozen=True)
class ForecastFiles:
    """What was written.

    Attributes
    ----------
    files : CSV and Parquet: ``unit_id``, ``origin``, ``time``, ``horizon_minutes``, ``horizon_day``, ``forecast``, ends
        of the intervals, ``model_version``.
    rows : in each of them.
    origin : last instant that was known.
    last : last instant that is forecast.
    model_version : what has forecast.
    level : coverage of the intervals in ``units``, in percent.
    units : one row per unit: ``unit_id``, ``now`` (its last reading within a day before the origin, or null),
        ``lowest`` (of the forecast), ``lowest_at``; and of the first and the last day ahead the means ``day_1``,
        ``day_1_lower``, ``day_1_upper`` and so on.
    reasons : why the other units have no forecast.
    """

    files: tuple[Path, ...]
    rows: int
    origin: datetime
    last: datetime
    model_version: int
    level: str
    units: pl.DataFrame
    reasons: dict[str, str]


def write_forecast(
    site: Site,
    fleet: FleetConfig,
    output: Path,
    *,
    units: Sequence[str] | None = None,
    horizon: timedelta | None = None,
    origin: datetime | None = None,
) -> ForecastFiles:
    """Forecast as `forecast_ahead` does, into ``OUTPUT.csv`` and ``OUTPUT.parquet``.

    Parameters
    ----------
    output : what files are called; ``.csv`` or ``.parquet`` at its end is left out.
    units, horizon, origin : as `forecast_ahead` takes them.

    Raises
    ------
    ForecastError, RegistryError
        As `forecast_ahead` does; and if a unit is not of the fleet, or no unit at all can be forecast.
    ScoringError
        If the files can't be written. What was called so before is as it was, after any failure.
    """
    targets = named_files(output, SUFFIXES)
    _refuse_unknown(site, fleet, units or ())
    told, reasons = forecast_ahead(site, fleet, units=units, horizon=horizon, origin=origin)
    told = told.drop_nulls("forecast")
    if told.is_empty():
        raise _nothing(fleet, reasons)
    known_until: datetime = told["origin"][0]
    now = readings_of(site, fleet, known_until - DAY, known_until + fleet.forecast_step)
    with unwritable(output, "forecasts"):
        sweep(targets)
        _write(told, targets)
    level = min((name.removeprefix("lower_") for name in told.columns if name.startswith("lower_")), key=_share)
    return ForecastFiles(
        files=tuple(targets),
        rows=told.height,
        origin=known_until,
        last=told["time"].max(),  # type: ignore[arg-type]
        model_version=told["model_version"][0],
        level=level.replace("_", "."),
        units=_in_short(told, now, level),
        reasons=reasons,
    )


def _refuse_unknown(site: Site, fleet: FleetConfig, units: Sequence[str]) -> None:
    """Refuse units that were neither learnt from nor read on the latest day; the sentence lists names that are near."""
    forecast_of(fleet)
    model = forecaster_of(fleet.fleet)
    known = set(site.registry.load(model, site.registry.get(model).version, ForecastBundle).manifest.training_windows)
    if units:
        refuse_unknown(fleet.fleet, "unit", units, known | _latest_units(site, fleet), ForecastError)


def _latest_units(site: Site, fleet: FleetConfig) -> set[str]:
    """Name the units of the latest day that was read."""
    cleaned = site.table(fleet, "cleaned_sensors")
    latest = max(site.warehouse.days(cleaned), default=None)
    if latest is None:
        return set()
    return set(site.warehouse.read(cleaned, latest, latest + DAY, columns=["unit_id"])["unit_id"])


def _write(told: pl.DataFrame, targets: Sequence[Path]) -> None:
    rows = told.with_columns(horizon_minutes().alias("horizon")).rename({"horizon": "horizon_minutes"})
    with new_files(targets) as (csv, parquet):
        write_rows(rows.iter_slices(100_000), (), rows.schema, csv, parquet)


def _in_short(told: pl.DataFrame, read: pl.DataFrame, level: str) -> pl.DataFrame:
    """Sum every unit's forecast up, see ``ForecastFiles.units``."""
    low = pl.col("forecast").arg_min()
    days = told["horizon_day"].unique().sort().gather([0, -1]).unique().to_list()
    ends = {"": "forecast", "_lower": f"lower_{level}", "_upper": f"upper_{level}"}
    means = {
        f"day_{day}{end}": pl.col(name).filter(pl.col("horizon_day") == day).mean()
        for day in days
        for end, name in ends.items()
    }
    short = told.group_by("unit_id").agg(lowest=pl.col("forecast").get(low), lowest_at=pl.col("time").get(low), **means)
    now = read.drop_nulls("value").sort("time").group_by("unit_id").agg(now=pl.col("value").last())
    joined = short.join(now, on="unit_id", how="left").sort("unit_id")
    return joined.select("unit_id", "now", pl.exclude("unit_id", "now"))


def _share(level: str) -> float:
    return float(level.replace("_", "."))


def _nothing(fleet: FleetConfig, reasons: dict[str, str]) -> ForecastError:
    some = "; ".join(f"{unit}: {reason}" for unit, reason in list(reasons.items())[:3])
    more = f"; and {len(reasons) - 3:,} units more" if len(reasons) > 3 else ""
    return ForecastError(
        f"no unit of {fleet.fleet} can be forecast",
        found=f"{some}{more}" if reasons else None,
        remedy=f"name an earlier --origin, or backfill the days before: anomaly-assets backfill {fleet.fleet}",
    )
