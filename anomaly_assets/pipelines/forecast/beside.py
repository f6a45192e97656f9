"""New readings joined to the warehouse's past in a place of their own, in which days can be lived through as usual.

Nothing is judged here, and nothing reaches the installation's own tables.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from ...config import FleetConfig
from ...errors import ForecastError
from ..batch import Facts
from ..batch.readings import cleaned_files
from ..days import DAY, Span
from ..site import Site
from .readings import forecast_of


@contextmanager
def joined(
    site: Site, fleet: FleetConfig, inputs: Sequence[str] | None, facts: Facts, reach: timedelta
) -> Iterator[tuple[Site, Span]]:
    """Give an installation with the same models, whose only readings are the new ones and what lies before them.

    Parameters
    ----------
    inputs : raw files as the fleet reads them; the latest days of the warehouse, as many as are forecast, when not
        given.
    facts : told the files and warnings.
    reach : how far before the first new day readings are needed.

    Yields
    ------
    The installation, and the days that are new.

    Raises
    ------
    ForecastError
        If there are no readings.
    ScoringError
        If no file is meant, or none can be read.
    """
    with TemporaryDirectory(prefix="anomaly-assets-") as folder:
        platform = site.platform.model_copy(update={"warehouse": Path(folder) / "warehouse.duckdb"})
        beside = Site(platform, site.raw, site.progress)
        if inputs:
            with cleaned_files(site, fleet, inputs, facts, site.tell) as (own, _, span):
                _copy(own, beside, fleet, span)
                _copy(
                    site, beside, fleet, Span((span.first_moment - reach).date(), span.end), _firsts(own, fleet, span)
                )
        else:
            span = _latest(site, fleet)
            _copy(site, beside, fleet, Span((span.first_moment - reach).date(), span.end))
        yield beside, span


def _latest(site: Site, fleet: FleetConfig) -> Span:
    days = site.warehouse.days(site.table(fleet, "cleaned_sensors"))
    if not days:
        raise ForecastError(
            f"there are no readings of {fleet.fleet} to watch",
            found="an empty warehouse",
            remedy=f"backfill some days: anomaly-assets backfill {fleet.fleet}",
        )
    end = max(days) + DAY
    return Span(end - forecast_of(fleet).horizon_days * DAY, end)


def _firsts(own: Site, fleet: FleetConfig, span: Span) -> pl.DataFrame:
    """Find the first moment of every unit's new readings."""
    table, sensor = own.table(fleet, "cleaned_sensors"), forecast_of(fleet).sensor
    read = own.warehouse.read(table, span.start, span.end, columns=["unit_id", "time", sensor]).drop_nulls(sensor)
    return read.group_by("unit_id").agg(first=pl.col("time").min())


def _copy(source: Site, beside: Site, fleet: FleetConfig, span: Span, firsts: pl.DataFrame | None = None) -> None:
    """Copy clean readings of a span; where units have a first new reading, only what is before it, to what is there."""
    table = source.table(fleet, "cleaned_sensors")
    for part in span.chunks(source.warehouse.days(table, span.start, span.end)):
        read = source.warehouse.read(table, part.start, part.end)
        if firsts is not None:
            read = _filled(read, beside.warehouse.read(table, part.start, part.end), firsts)
        beside.warehouse.replace(table, read, part.start, part.end)


def _filled(before: pl.DataFrame, new: pl.DataFrame, firsts: pl.DataFrame) -> pl.DataFrame:
    begin: datetime | None = firsts["first"].min()  # type: ignore[assignment]
    told = before.join(firsts, on="unit_id", how="left")
    kept = told.filter(pl.col("time") < pl.coalesce("first", pl.lit(begin))).drop("first")
    return pl.concat([kept, new.join(kept, on=["unit_id", "time"], how="anti")])
