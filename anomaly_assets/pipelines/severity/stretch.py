"""The clean readings that are judged together, from the warehouse or from raw files; nothing is judged here."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date

import polars as pl

from ...config import FleetConfig
from ...contracts import quality_column
from ...errors import ScoringError
from ..batch import Facts
from ..batch.readings import cleaned_files
from ..days import DAY, ROWS_PER_CHUNK, Span, span_of
from ..forecast.readings import measured
from ..names import refuse_unknown
from ..site import Site


@dataclass(frozen=True)
class Stretch:
    """Days of a fleet, and the units that have rows in them.

    Attributes
    ----------
    site : the installation whose warehouse holds the readings.
    fleet : whose they are.
    span : the days.
    rows : clean rows of every unit.
    """

    site: Site
    fleet: FleetConfig
    span: Span
    rows: Mapping[str, int]

    def parts(self, width: int, limit: int = ROWS_PER_CHUNK) -> Iterator[list[str]]:
        """Cut the units, sorted by name, into parts of at most ``limit`` readings; a unit is never cut.

        Parameters
        ----------
        width : readings of a row.
        """
        part, held = list[str](), 0
        for unit, rows in sorted(self.rows.items()):
            if part and held + rows * width > limit:
                yield part
                part, held = [], 0
            part.append(unit)
            held += rows * width
        yield part

    def read(self, units: Sequence[str], sensors: Sequence[str]) -> pl.DataFrame:
        """Read these units: ``unit_id``, ``time`` and the sensors, null where silent or imputed; by unit and time."""
        columns = ["unit_id", "time", *sensors, *map(quality_column, sensors)]
        table = self.site.table(self.fleet, "cleaned_sensors")
        rows = self.site.warehouse.read(table, self.span.start, self.span.end, units, columns)
        return rows.select("unit_id", "time", *(measured(sensor).alias(sensor) for sensor in sensors))


@contextmanager
def opened(
    site: Site,
    fleet: FleetConfig,
    inputs: Sequence[str],
    facts: Facts,
    *,
    units: Sequence[str] = (),
    first: date | None = None,
    last: date | None = None,
) -> Iterator[Stretch]:
    """Find the readings that are asked for.

    Parameters
    ----------
    inputs : raw files as the fleet reads them; the warehouse when none is named.
    facts : told the files, what was quarantined of them, and warnings.
    units : which ones; all when none is named.
    first, last : first and last day; all recorded days when not given.

    Raises
    ------
    ScoringError
        If nothing is recorded, a unit is unknown, or no file can be read.
    """
    with ExitStack() as stack:
        own = stack.enter_context(cleaned_files(site, fleet, inputs, facts, site.tell))[0] if inputs else site
        recorded = span_of(own.warehouse.days(own.table(fleet, "cleaned_sensors")))
        if recorded is None:
            raise _nothing(fleet, "no clean reading")
        span = _chosen(fleet, recorded, first, last)
        rows = _rows(own, fleet, span)
        if missing := [unit for unit in units if unit not in rows]:
            refuse_unknown(fleet.fleet, "unit", missing, _rows(own, fleet, recorded), ScoringError)
        kept = {unit: count for unit, count in rows.items() if unit in units or not units}
        if not kept:
            raise _nothing(fleet, f"no clean reading of {', '.join(units) or 'any unit'} in {_told(span)}")
        yield Stretch(own, fleet, span, kept)


def _chosen(fleet: FleetConfig, recorded: Span, first: date | None, last: date | None) -> Span:
    wanted = Span(first or recorded.start, last + DAY if last else recorded.end)
    if first and last and first > last:
        raise ScoringError("the first day lies after the last one", found=_told(wanted), remedy="swap --from and --to")
    chosen = Span(max(recorded.start, wanted.start), min(recorded.end, wanted.end))
    if chosen.start >= chosen.end:
        raise _nothing(fleet, f"readings in {_told(recorded)}, {_told(wanted)} was asked for")
    return chosen


def _rows(own: Site, fleet: FleetConfig, span: Span) -> Counter[str]:
    table, rows = own.table(fleet, "cleaned_sensors"), Counter[str]()
    for part in span.chunks(own.warehouse.days(table, span.start, span.end)):
        units = own.warehouse.read(table, part.start, part.end, columns=["unit_id"])
        rows.update(dict(units.group_by("unit_id").len().iter_rows()))
    return rows


def _told(span: Span) -> str:
    return f"{span.start} to {span.end - DAY}"


def _nothing(fleet: FleetConfig, found: str) -> ScoringError:
    return ScoringError(
        f"nothing is recorded of {fleet.fleet} that could be judged",
        found=found,
        remedy=f"ask for recorded days, or backfill them: anomaly-assets backfill {fleet.fleet}",
    )
