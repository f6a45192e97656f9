"""The table of incidents as it is kept: everybody who writes it does so through here, one after the other.

What an incident is, is told in incidents/; which ones a day changes in days.py.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime

import polars as pl

from ...config import FleetConfig
from ...contracts import Table
from ...incidents import group_incidents
from ...warehouse import FileLock
from ..days import DAY
from ..site import Site

Change = Callable[[pl.DataFrame], pl.DataFrame]
"""From the rows that are kept to those that shall be, without their groups."""


def change_incidents(site: Site, fleet: FleetConfig, change: Change) -> pl.DataFrame:
    """Change the table in one step, and give it as it is afterwards, by start and unit.

    Rows that are as before keep their ``updated_at``; days on which nothing changed are not written.

    Reading, changing and writing are three transactions of the warehouse, between which others could write. So a lock
    of the fleet's own is held around them, by every process that writes this table: the asset and the listener. What
    is read is what will be replaced, and all touched days are replaced in one transaction; who only reads sees the
    table before it or after it. Whoever is killed leaves one of both, and no lock.
    """
    table, lock = site.table(fleet, "incidents"), FileLock(site.platform.home / "incidents" / f"{fleet.fleet}.lock")
    with lock.writing():
        stored = site.warehouse.read(table)
        wanted = _dated(table, group_incidents(change(stored), fleet), stored)
        days = _touched(stored, wanted)
        if days:
            rows = wanted.filter(pl.col("start").dt.date().is_in(days))
            site.warehouse.replace(table, rows, days[0], days[-1] + DAY, days=days)
    return wanted.sort("start", "unit_id", "incident_id")


def keep_live(site: Site, fleet: FleetConfig, incidents: pl.DataFrame) -> None:
    """Keep incidents that were raised by the listener; those that the asset has raised from scores stay as they are.

    Parameters
    ----------
    incidents : rows of `incidents.Raised`, of any time; one that is there already is replaced.
    """
    table = site.table(fleet, "incidents")
    told = of_source(table, incidents, "live")

    def change(stored: pl.DataFrame) -> pl.DataFrame:
        scored = stored.filter(source="scores")
        new = told.join(scored, on="incident_id", how="anti")
        return pl.concat([stored.join(new, on="incident_id", how="anti"), new])

    change_incidents(site, fleet, change)


def of_source(table: Table, incidents: pl.DataFrame, source: str) -> pl.DataFrame:
    """Make rows of the table, of no group yet and of now, from rows of `incidents.Raised`."""
    return table.align(
        incidents.with_columns(
            group_id=pl.lit(None, pl.String),
            source=pl.lit(source),
            updated_at=pl.lit(datetime.now(UTC)).cast(pl.Datetime("us", "UTC")),
        )
    )


def _dated(table: Table, wanted: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Let rows that are as they were keep the moment of their last change."""
    told = [name for name in table.dtypes if name != "updated_at"]
    before = stored.rename({"updated_at": "_before"})
    met = table.align(wanted).join(before, on=told, how="left", nulls_equal=True)
    return table.align(met.with_columns(updated_at=pl.coalesce("_before", "updated_at")))


def _touched(stored: pl.DataFrame, wanted: pl.DataFrame) -> list[date]:
    """Find the days that gained, lost or changed a row; the same incident always begins on the same day."""
    every = wanted.columns
    gone = stored.join(wanted, on=every, how="anti", nulls_equal=True)
    new = wanted.join(stored, on=every, how="anti", nulls_equal=True)
    return pl.concat([gone, new])["start"].dt.date().unique().sort().to_list()
