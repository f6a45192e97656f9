"""Alarms of the journal become incidents, by the rules that the asset follows; nothing is ruled here.

Only units are looked at that have alarmed since the last look, or whose incident may still change.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import polars as pl

from ..config import FleetConfig
from ..errors import AnomalyAssetsError
from ..incidents import Reference, raise_incidents
from ..pipelines import Site
from ..pipelines.incidents import keep_live, references
from ..pipelines.live import moment_of
from .journal import (
    Journal,
    alarming_since,
    alarms_of,
    incident_spans,
    keep_incidents,
    last_window,
    note_incidents_kept,
    unkept_incidents,
    windows_of,
)

Tell = Callable[[str], None]
_MICROSECOND = timedelta(microseconds=1)
_TOLD = 5
"""New incidents of one look that are told one by one."""


@dataclass
class Raising:
    """Raises incidents, look by look, and tells the warehouse of them.

    Attributes
    ----------
    site, fleet, journal : whose.
    tell : told of new incidents, and of what can't be done.
    on_kept : called when the warehouse has been told of something.
    raised_until : by unit, how far its windows had been scored at the last look, in microseconds since the epoch.
    """

    site: Site
    fleet: FleetConfig
    journal: Journal
    tell: Tell
    on_kept: Callable[[], None] = lambda: None
    raised_until: dict[str, int] = field(default_factory=dict)
    _seen: int = 0
    _references: dict[int, Reference] = field(default_factory=dict)
    _troubles: dict[str, str] = field(default_factory=dict)

    def look(self) -> None:
        """Raise what has changed since the last look."""
        self._guarded(self._raise, "incidents can't be raised now")
        self._guarded(self._keep, "the warehouse can't be told of incidents now; it is told later")

    def _raise(self) -> None:
        with self.journal.lock:  # what is seen now, and how far it goes, must be of one moment
            number, until = last_window(self.journal)
            scored_until = {name: unit.next or 0 for name, unit in self.journal.units.items()}
        begun = self._begun(scored_until)
        if begun:
            self._raise_of(begun, until)
        self._seen, self.raised_until = number, scored_until

    def _begun(self, scored_until: Mapping[str, int]) -> dict[str, int]:
        """Give the units to be looked at, and from when on something of theirs may have changed.

        An incident that is over in the fleet's time goes on to be looked at until its unit's own has passed it.
        """
        begun = alarming_since(self.journal, self._seen)
        settled = (self.fleet.incident_bridge + self.fleet.incidents.linger) // _MICROSECOND
        for unit, start, end, is_open in incident_spans(self.journal):
            before = self.raised_until.get(unit, 0)
            if is_open or (end + settled >= before and scored_until.get(unit, 0) != before):
                begun[unit] = min(begun.get(unit, start), start)
        return begun

    def _raise_of(self, begun: Mapping[str, int], until: int) -> None:
        windows = pl.concat([self._windows(unit, start) for unit, start in begun.items()])
        raised = raise_incidents(
            windows,
            self.fleet,
            self._references_of(windows),
            start=moment_of(min(begun.values())),
            end=moment_of(until),
            first_seen=self._first_seen(),
        ).incidents
        # what was over before a unit's own start may be half of an incident of which more is known
        oldest = {unit: moment_of(start) - self.fleet.incident_bridge for unit, start in begun.items()}
        mine = pl.col("end") >= pl.col("unit_id").replace_strict(oldest, return_dtype=pl.Datetime("us", "UTC"))
        self._announce(keep_incidents(self.journal, raised.filter(mine)))

    def _announce(self, new: Sequence[Mapping[str, Any]]) -> None:
        for row in new[:_TOLD]:
            blamed = f", {row['sensor_1']}" if row["sensor_1"] else ""
            self.tell(f"incident of {row['unit_id']} since {row['start']:%Y-%m-%d %H:%M:%S}{blamed}")
        if len(new) > _TOLD:
            self.tell(f"and {len(new) - _TOLD:,} incidents more")

    def _windows(self, unit: str, start: int) -> pl.DataFrame:
        """Read a unit's windows from where nothing before matters to what began at ``start``."""
        oldest = moment_of(start) - self.fleet.incident_lookback
        quiet = self.fleet.incident_quiet // _MICROSECOND
        since = start
        for begun, ended in reversed(alarms_of(self.journal, unit, oldest)):
            if ended < since - quiet:
                break
            since = min(since, begun)
        return windows_of(self.journal, unit, since - quiet)

    def _references_of(self, windows: pl.DataFrame) -> dict[int, Reference]:
        unknown = set(windows["model_version"].unique()) - self._references.keys()
        self._references |= references(self.site, self.fleet, unknown)
        return self._references

    def _first_seen(self) -> pl.DataFrame | None:
        if self.fleet.incidents.warm_up is None:
            return None
        first = {name: moment_of(unit.first) for name, unit in list(self.journal.units.items())}
        return pl.DataFrame({"unit_id": list(first), "first_seen": list(first.values())})

    def _keep(self) -> None:
        told = unkept_incidents(self.journal)
        if told.height:
            keep_live(self.site, self.fleet, told)
            note_incidents_kept(self.journal, told)
            self.on_kept()

    def _guarded(self, step: Callable[[], None], wrong: str) -> None:
        """Take a step; what hinders it is told once, and it is taken again at the next look."""
        try:
            step()
            self._troubles.pop(wrong, None)
        except AnomalyAssetsError as error:
            if self._troubles.get(wrong) != str(error):
                self.tell(f"{wrong}: {error}")
            self._troubles[wrong] = str(error)
