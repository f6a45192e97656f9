"""A fleet's raw files: which there are, which have changed, and what they say about a range of days.

Parsing is done by the readers, keeping by staging.py and memory.py; nothing is judged here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from ..config import FleetConfig
from ..contracts import labels, quarantine, raw_readings
from . import marks, staging
from .condensing import Condense
from .discovery import check_source
from .examine import Examination
from .memory import Memory, SourceFile, load, locked, save

Progress = Callable[[str, int, int], None]
UNREADABLE = "unreadable_file"
_PLACE = "__place"


@dataclass(frozen=True)
class Changes:
    """What a look at the raw files brought.

    Attributes
    ----------
    days : UTC days about which the files now say something else than before.
    added, changed, removed : paths of the files.
    problems : files that can't be read, each with the sentence why; what was staged of them before stays in force.
    """

    days: tuple[date, ...]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    problems: dict[str, str]


class Source:
    """The raw files of one fleet, parsed once and remembered.

    Parameters
    ----------
    fleet : its configuration.
    folder : root of the raw files.
    store : folder for what is remembered: ``<fleet>.json``, ``<fleet>.lock`` and the staged files in ``<fleet>/``.
    condense : makes readings of high-rate signals (``features.condense``); formats without such signals need none.
    """

    def __init__(self, fleet: FleetConfig, folder: Path, store: Path, condense: Condense | None = None) -> None:
        self.fleet, self.folder, self.store, self.condense = fleet, folder, store, condense
        self._memory = load(self._path)

    @classmethod
    def remembered(
        cls, fleet: FleetConfig, store: Path, default_folder: Path, condense: Condense | None = None
    ) -> "Source":
        """Open the source at the folder used last; at the default one once the fleet's file has named another."""
        memory = load(store / f"{fleet.fleet}.json")
        unchanged = memory.folder and memory.configured == fleet.source.folder
        return cls(fleet, Path(memory.folder) if unchanged else default_folder, store, condense)

    def refresh(self, progress: Progress | None = None) -> Changes:
        """Look at every matching file; parse those that are new or changed, forget those that are gone.

        A file that can't be read is a problem in the result, not an error; the others go on.

        Raises
        ------
        ConfigError
            If the format or one of its options is unknown.
        IngestError
            If the folder isn't there, or the store can't be written.
        """
        check_source(self.fleet)
        with locked(self.store / f"{self.fleet.fleet}.lock"):
            before = load(self._path)
            look = Examination(self.fleet, self.folder, self._staged, self.condense)
            names = look.names()
            files = {}
            for done, name in enumerate(names):
                self._tell(progress, done, len(names))
                files[name] = look.look_at(name, before)
            after = Memory(str(self.folder), self.fleet.source.folder, files)
            self._tell(progress, len(names), len(names))
            if after != before:
                save(after, self._path)
            # The generation before stays on disk: somebody may be reading it.
            staging.sweep(self._staged, {file.digest for memory in (before, after) for file in memory.files.values()})
        self._memory = after
        return _changes(before, after)

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """Every raw file, by path."""
        return tuple(self._memory.files.values())

    @property
    def problems(self) -> dict[str, str]:
        """Sentences of the files that can't be read as they are now, by path."""
        return {file.path: file.problem for file in self.files if file.problem}

    @property
    def first_day(self) -> date | None:
        """First UTC day with a reading."""
        return min(self.days(), default=None)

    @property
    def last_day(self) -> date | None:
        """Last UTC day with a reading."""
        return max(self.days(), default=None)

    def days(self) -> dict[date, int]:
        """Count the readings of every UTC day that has any."""
        total: dict[date, int] = {}
        for file in self.files:
            for day, (rows, _) in file.days.items():
                total[day] = total.get(day, 0) + rows
        return {day: rows for day, rows in sorted(total.items()) if rows}

    def day_versions(self) -> dict[date, str]:
        """Fingerprint everything the files say about each day; it changes when that does, and only then."""
        return _versions(self._memory)

    def taken(self) -> dict[date, str]:
        """Give the version of every day as it was last taken into the warehouse."""
        return marks.marked(self._marks)

    def take(self, start: date, end: date, versions: dict[date, str]) -> None:
        """Note that the days [start, end) have been taken into the warehouse in these versions."""
        with locked(self.store / f"{self.fleet.fleet}.lock"):
            marks.mark(self._marks, start, end, versions)

    def readings(self, start: datetime, end: datetime) -> pl.DataFrame:
        """Read the rows with time in [start, end): by file, then by time, then as they stand in the file."""
        inside = pl.col("time").is_between(start, end, closed="left")
        first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
        return raw_readings(self.fleet).align(self._scan("readings", first, last, inside))

    def rejects(self, start: date, end: date) -> pl.DataFrame:
        """List cells, rows and files that can't be read, as rows of the quarantine table with day in [start, end)."""
        inside = pl.col("day").is_between(start, end, closed="left")
        table = quarantine(self.fleet)
        broken = [(file.path, file.problem, file.problem_day) for file in self.files if file.problem]
        rows = [
            {"day": day, "rule": UNREADABLE, "found": sentence, "source_file": path, "source_row": 0}
            for path, sentence, day in broken
        ]
        unread = pl.DataFrame(rows, schema=table.dtypes).filter(inside)
        return pl.concat([table.align(self._scan("rejects", start, end, inside)), unread])

    def labels(self, start: date, end: date) -> pl.DataFrame:
        """Read the labels that start on a UTC day in [start, end); they are cut at midnight."""
        inside = pl.col("start").dt.date().is_between(start, end, closed="left")
        table = labels(self.fleet)
        return table.align(self._scan("labels", start, end, inside)).unique(maintain_order=True)

    @property
    def _path(self) -> Path:
        return self.store / f"{self.fleet.fleet}.json"

    @property
    def _marks(self) -> Path:
        return self.store / f"{self.fleet.fleet}.taken.json"

    @property
    def _staged(self) -> Path:
        return self.store / self.fleet.fleet

    def _scan(self, part: str, start: date, end: date, inside: pl.Expr) -> pl.DataFrame:
        if any(file.digest and not staging.staged(self._staged, file.digest, part).is_file() for file in self.files):
            self._memory = load(self._path)
        near = [file for file in self.files if file.digest and any(start <= day <= end for day in file.days)]
        maker = {"readings": raw_readings, "rejects": quarantine, "labels": labels}[part]
        table = maker(self.fleet)
        if not near:
            return table.empty()
        # One scan of many files: as many scans joined take a time that grows with the square of their number.
        places = {str(staging.staged(self._staged, file.digest, part)): file.path for file in near}
        scan = pl.scan_parquet(list(places), include_file_paths=_PLACE).filter(inside)
        named = pl.col(_PLACE).replace_strict(places, return_dtype=pl.String).alias("source_file")
        return scan.with_columns(named).select(list(table.dtypes)).collect(engine="streaming")

    def _tell(self, progress: Progress | None, done: int, of: int) -> None:
        if progress is not None:
            progress(f"{self.fleet.fleet}: reading raw files", done, of)


def _versions(memory: Memory) -> dict[date, str]:
    said: dict[date, list[str]] = {}
    for path, file in sorted(memory.files.items()):
        for day, (_, fingerprint) in file.days.items():
            said.setdefault(day, []).append(f"{path} {fingerprint}")
        if file.problem and file.problem_day:
            said.setdefault(file.problem_day, []).append(f"{path} {file.problem}")
    return {day: staging.digest_of(*lines)[:16] for day, lines in sorted(said.items())}


def _changes(before: Memory, after: Memory) -> Changes:
    old, new = _versions(before), _versions(after)
    both = before.files.keys() & after.files.keys()
    changed = (name for name in both if before.files[name].seen != after.files[name].seen)
    return Changes(
        days=tuple(sorted(day for day in old.keys() | new.keys() if old.get(day) != new.get(day))),
        added=tuple(sorted(after.files.keys() - before.files.keys())),
        changed=tuple(sorted(changed)),
        removed=tuple(sorted(before.files.keys() - after.files.keys())),
        problems={name: file.problem for name, file in sorted(after.files.items()) if file.problem},
    )
