"""One look at one raw file: is it as it was, is it new, can it be read. Whole sources are in source.py."""

import re
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from ..config import FleetConfig
from ..errors import IngestError
from . import staging
from .condensing import Condense
from .discovery import Reader, reader
from .files import matching
from .memory import Memory, SourceFile
from .recording import Recording

_RACY = 2_000_000_000
"""Nanoseconds after a modification within which a second one may leave the same time stamp."""


@dataclass(frozen=True)
class Examination:
    """How the raw files of one folder are looked at.

    Attributes
    ----------
    fleet : the fleet's configuration.
    folder : root of the raw files.
    store : folder of the staged files.
    condense : makes readings of high-rate signals; see condensing.py.
    """

    fleet: FleetConfig
    folder: Path
    store: Path
    condense: Condense | None = None

    @cached_property
    def form(self) -> Reader:
        """The reader of the fleet's format."""
        return reader(self.fleet.source.format)

    @cached_property
    def rules(self) -> str:
        """Fingerprint of everything in the configuration that parsing depends on."""
        source = self.fleet.source.model_dump_json(exclude={"folder", "include", "exclude"})
        columns = repr({name: sensor.column or name for name, sensor in self.fleet.sensors.items()})
        waves = [self.fleet.waveforms.model_dump_json()] if self.fleet.waveforms else []
        return staging.digest_of(source, columns, self.fleet.labels.model_dump_json(), str(self.fleet.sampling), *waves)

    def names(self) -> tuple[str, ...]:
        """List the files that belong to the source.

        Raises
        ------
        IngestError
            If the folder isn't there.
        """
        source = self.fleet.source
        matched = matching(self.folder, source.include, source.exclude)
        taken = [name for name in matched if self.form.takes(name, self.fleet)]
        return tuple(sorted({*taken, *self.form.beside(self.fleet, taken)}))

    def look_at(self, name: str, before: Memory) -> SourceFile:
        """Bring one file up to date: as remembered when nothing changed, parsed and staged when something did.

        Raises
        ------
        IngestError
            If parsed readings can't be kept; a file that can't be read is a `SourceFile` with a problem.
        """
        known = before.files.get(name, SourceFile(name))
        paths = [path for path in (self.folder / name, *self.form.companions(self.folder / name)) if path.exists()]
        stamp = tuple((found.st_size, found.st_mtime_ns) for found in (path.stat() for path in paths))
        settled = all(known.looked - when > _RACY for _, when in stamp) and before.folder == str(self.folder)
        if settled and (known.stamp, known.rules) == (stamp, self.rules) and self._is_kept(known):
            return known
        fresh = replace(known, stamp=stamp, looked=time.time_ns())
        try:
            seen = staging.digest_of(name, self.rules, *paths)
        except IngestError as error:
            return self._problem(replace(fresh, stamp=()), known, error)
        fresh = replace(fresh, seen=seen)
        if seen == known.digest and self._is_kept(known):
            return replace(fresh, problem=None, problem_day=None)
        if seen == known.seen and known.problem:
            return fresh
        try:
            recording = self._read(name)
        except IngestError as error:
            return self._problem(fresh, known, error)
        staging.write(recording, self.store, seen)
        days = staging.days_of(recording)
        return replace(fresh, digest=seen, rules=self.rules, days=days, problem=None, problem_day=None)

    def _read(self, name: str) -> Recording:
        try:
            return self.form.read(self.folder / name, name, self.fleet, self.condense)
        except IngestError:
            raise
        except Exception as error:  # a reader's mistake with one file must not keep the others from being read
            raise IngestError(
                f"{name} can't be read as {self.form.name}", found=f"{type(error).__name__}: {error}"
            ) from error

    def _problem(self, fresh: SourceFile, known: SourceFile, error: IngestError) -> SourceFile:
        """Keep what was staged by the same rules, and remember why the file can't be read now."""
        still = known.digest != "" and known.rules == self.rules
        day = known.problem_day or _day_in(fresh.path) or _day_of(fresh.stamp)
        kept = replace(fresh, rules=self.rules, problem=str(error), problem_day=day)
        return kept if still else replace(kept, digest="", days={})

    def _is_kept(self, file: SourceFile) -> bool:
        parts = (staging.staged(self.store, file.digest, part) for part in staging.PARTS)
        return file.seen != "" and (file.digest == "" or all(part.is_file() for part in parts))


def _day_in(name: str) -> date | None:
    """Find a date in a file's name; daily files tell which day is broken."""
    match = re.search(r"(20\d{2})[-_.]?(\d{2})[-_.]?(\d{2})", name)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _day_of(stamp: tuple[tuple[int, int], ...]) -> date:
    return datetime.fromtimestamp(stamp[0][1] / 1e9 if stamp else 0, UTC).date()
