"""From raw files to features, day by day or a year at once: stage, clean, label, build.

Each function replaces whole days in the warehouse, in pieces that fit in memory, and returns what was counted.
Reads the look-back it needs from the days before, so that any cutting of a range gives the same rows.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from ..cleaning import clean
from ..config import FleetConfig
from ..contracts import Table
from ..errors import IngestError
from ..features import build_features
from ..ingest import Changes, Source
from .days import Span
from .site import Site


@dataclass
class Written:
    """What one step wrote over a span.

    Attributes
    ----------
    rows : rows per day that has any.
    counts : what was counted on the way, such as quarantined readings per rule.
    counts_by_day : what stands out per day: quarantined rows, alarming windows, drifted days.
    preview : some of the last rows.
    removed : some of the last quarantined rows.
    reasons : units that the latest day has no rows of, and why; where that is known.
    """

    rows: dict[date, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    counts_by_day: dict[date, int] = field(default_factory=dict)
    preview: pl.DataFrame = field(default_factory=pl.DataFrame)
    removed: pl.DataFrame = field(default_factory=pl.DataFrame)
    reasons: dict[str, str] = field(default_factory=dict)

    def quarantined(self) -> "Written":
        """Give the part that went to quarantine, when cleaning wrote this."""
        return Written(rows=self.counts_by_day, preview=self.removed)

    @property
    def total(self) -> int:
        """Rows written in all."""
        return sum(self.rows.values())


@dataclass(frozen=True)
class Staged:
    """What looking at the raw folder gave."""

    folder: Path
    files: int
    changed: int
    problems: dict[str, str]
    written: Written


def stage(site: Site, fleet: FleetConfig) -> Changes:
    """Look for new, changed and vanished raw files and parse those; nothing else is read again."""
    return site.source(fleet).refresh(site.progress)


def recorded_days(site: Site, fleet: FleetConfig, at_most: int = 64_000_000) -> tuple[date | None, date | None]:
    """Give the first and last day of the raw files known so far.

    Files that nobody has looked at yet are staged on the way when they are small, so that a fleet whose files have just
    been put there has its days at once; ``at_most`` is their size in bytes.
    """
    source = site.source(fleet)
    if not source.files and 0 < _size(source.folder) <= at_most:
        with suppress(IngestError):
            source.refresh()
    return source.first_day, source.last_day


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0


def stage_days(site: Site, fleet: FleetConfig, span: Span) -> Staged:
    """Stage the raw files and count the readings of a span."""
    source = site.source(fleet)
    changes = source.refresh(site.progress)
    rows = {day: count for day, count in source.days().items() if span.start <= day < span.end}
    preview = source.readings(span.last_moment - timedelta(days=1), span.last_moment).tail(10)
    changed = len(changes.added) + len(changes.changed) + len(changes.removed)
    return Staged(source.folder, len(source.files), changed, source.problems, Written(rows, preview=preview))


def clean_days(site: Site, fleet: FleetConfig, span: Span) -> Written:
    """Clean the raw readings of a span into ``cleaned_sensors``, what was taken out into ``quarantine``."""
    source, written = site.source(fleet), Written()
    versions = source.day_versions()
    for part in pieces(site, f"{fleet.fleet}: cleaning", span, source.days()):
        readings = source.readings(part.first_moment - fleet.cleaning_lookback, part.last_moment)
        result = clean(readings, fleet, part.first_moment, part.last_moment)
        removed = _quarantined(source, result.quarantine, site.table(fleet, "quarantine"), part)
        site.warehouse.replace(site.table(fleet, "quarantine"), removed, part.start, part.end)
        _replace(site, site.table(fleet, "cleaned_sensors"), result.cleaned, part, written)
        written.counts.update(result.counts | {"quarantined": removed.height})
        written.counts_by_day |= rows_per_day(removed, "day")
        written.removed = removed.tail(10) if removed.height else written.removed
    source.take(span.start, span.end, versions)
    return written


def label_days(site: Site, fleet: FleetConfig, span: Span) -> Written:
    """Take over the labels that travel with the raw files."""
    written = Written()
    _replace(site, site.table(fleet, "labels"), site.source(fleet).labels(span.start, span.end), span, written)
    return written


def feature_days(site: Site, fleet: FleetConfig, span: Span) -> Written:
    """Turn the clean readings of a span into ``features``, one row per window."""
    cleaned, written = site.table(fleet, "cleaned_sensors"), Written()
    for part in pieces(site, f"{fleet.fleet}: features", span, site.warehouse.days(cleaned, span.start, span.end)):
        readings = read_readings(site, fleet, part.first_moment, part.last_moment)
        built = build_features(readings, fleet, part.first_moment, part.last_moment)
        _replace(site, site.table(fleet, "features"), built, part, written)
    return written


def read_readings(site: Site, fleet: FleetConfig, start: datetime, end: datetime) -> pl.DataFrame:
    """Read clean readings of [start, end) with the look-back that features need."""
    lookback = fleet.lookback + fleet.stride
    return site.warehouse.read(site.table(fleet, "cleaned_sensors"), start - lookback, end)


def pieces(site: Site, what: str, span: Span, rows: dict[date, int]) -> Iterator[Span]:
    """Cut a span into pieces that fit in memory and tell how many of its days are done."""
    whole = (span.end - span.start).days
    for part in span.chunks(rows):
        site.tell(what, (part.start - span.start).days, whole)
        yield part
    site.tell(what, whole, whole)


def rows_per_day(frame: pl.DataFrame, column: str) -> dict[date, int]:
    """Count a frame's rows by the UTC day of a column."""
    days = frame.get_column(column)
    counted = (days if days.dtype == pl.Date else days.dt.date()).rename("day").to_frame().group_by("day").len()
    return dict(sorted(counted.iter_rows()))


def _replace(site: Site, table: Table, frame: pl.DataFrame, part: Span, written: Written) -> None:
    site.warehouse.replace(table, frame, part.start, part.end)
    written.rows |= rows_per_day(frame, table.day_column)
    if frame.height:
        written.preview = frame.tail(10)


def _quarantined(source: Source, removed: pl.DataFrame, table: Table, part: Span) -> pl.DataFrame:
    """Join what the parser rejected with what cleaning took out."""
    rejects = source.rejects(part.start, part.end)
    return pl.concat([table.align(rejects), table.align(removed)])


def lookback_days(length: timedelta) -> int:
    """Whole days that a look-back reaches into the past."""
    return -(-length // timedelta(days=1))
