"""A recording as the devices would have told it: one reading after the other in order of time, day by day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import polars as pl

from ...config import FleetConfig
from ...errors import IngestError
from ...ingest import Source

DAY = timedelta(days=1)


class Told(NamedTuple):
    """What a unit said of one moment: sensors that said something, in the fleet's order."""

    unit: str
    time: datetime
    values: dict[str, float]


@dataclass(frozen=True)
class Recording:
    """The raw readings of some days.

    Attributes
    ----------
    fleet, source : whose, and where they are.
    days : UTC days that hold readings, in order.
    units : of these units only; all of them when empty.
    """

    fleet: FleetConfig
    source: Source
    days: tuple[date, ...]
    units: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, fleet: FleetConfig, source: Source, first: date | None, last: date | None, *, units: tuple[str, ...] = ()
    ) -> "Recording":
        """Choose days of a source, both ends included.

        Raises
        ------
        IngestError
            If there is no reading in them.
        """
        known = source.days()
        days = tuple(day for day in known if (first is None or day >= first) and (last is None or day <= last))
        if not days:
            raise IngestError(
                f"there is no recording of {fleet.fleet} to replay",
                found=f"readings from {min(known)} to {max(known)}" if known else f"no reading in {source.folder}",
                remedy="put raw files there, name a folder with --raw, simulate a recording, or choose other days",
            )
        return cls(fleet, source, days, units)

    def __len__(self) -> int:
        known = self.source.days()
        return sum(known[day] for day in self.days)

    def __iter__(self) -> Iterator[Told]:
        for day in self.days:
            start = datetime(day.year, day.month, day.day, tzinfo=UTC)
            yield from self._told(start, start + DAY)

    def before(self, span: timedelta) -> Iterator[Told]:
        """Give what was told just before the first of the days, for so long."""
        first = self.days[0]
        start = datetime(first.year, first.month, first.day, tzinfo=UTC)
        return self._told(start - span, start)

    def _told(self, start: datetime, end: datetime) -> Iterator[Told]:
        rows = self.source.readings(start, end)
        if self.units:
            rows = rows.filter(pl.col("unit_id").is_in(self.units))
        ordered = rows.sort("time", "source_file", "source_row", maintain_order=True)
        sensors = list(self.fleet.sensors)
        for unit, time, *cells in ordered.select("unit_id", "time", *sensors).iter_rows():
            values = {name: cell for name, cell in zip(sensors, cells, strict=True) if cell is not None}
            if values:
                yield Told(unit, time, values)
