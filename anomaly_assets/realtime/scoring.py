"""Complete windows are scored: claimed in the journal, asked of the champion all together, written down once."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl

from ..config import BrokerConfig, FleetConfig, RealtimeConfig
from ..errors import AnomalyAssetsError
from ..pipelines.live import Ask, Live
from .completeness import MICROSECOND, Completeness, Now, end_of_day
from .journal import Due, Journal, aligned, claim, give_back, keep_windows, readings_for
from .past import Past

Tell = Callable[[str], None]
Wanted = tuple[Due, Ask]


@dataclass
class Scoring:
    """Scores what is complete, round by round.

    Attributes
    ----------
    journal, fleet, config, broker : whose windows, and how they are listened to.
    champion : gives the version in service.
    tell : told of what can't be scored.
    past : knows what was recorded before units were heard; nobody does when None.
    silent_since : monotonic clock; silence is measured from then on, since nothing could be heard before.
    unexplained : whether alarms have been left unexplained, for want of what explaining takes.
    troubled : units whose windows can't be scored now.
    """

    journal: Journal
    fleet: FleetConfig
    config: RealtimeConfig
    broker: BrokerConfig
    champion: Callable[[], Live]
    tell: Tell
    past: Past | None = None
    silent_since: float = field(default_factory=time.monotonic)
    unexplained: bool = False
    troubled: set[str] = field(default_factory=set)
    _told: dict[str, str] = field(default_factory=dict)

    def round(self, *, over: bool = False) -> bool:
        """Score what is complete now, as far as it goes into one round; returns whether more is waiting.

        Parameters
        ----------
        over : the recording is over; windows that still wait are taken as they are.
        """
        live = self.champion()
        if self.past is not None:
            self.past.recall(live.reach // MICROSECOND)
        with self.journal.lock:  # what comes from now on is too late for what is claimed here
            claimed, more = self._claimed(live, over)
            wanted = [(due, self._ask(live, due)) for due in claimed]
        if wanted:
            self._score_each(live, wanted)
        return more

    def _claimed(self, live: Live, over: bool) -> tuple[list[Due], bool]:
        complete = Completeness.of(live.fleet, self.config)
        units = self.journal.units
        ends = end_of_day(max((unit.latest for unit in units.values()), default=0))
        now = Now(time.time_ns() // 1000, self.silent_since, time.monotonic(), ends if over else None)
        share = max(1, self.broker.windows_at_once // max(1, len(units)))
        claimed = [
            claim(self.journal, unit, lambda known: complete.until(known, now), complete.begins, share)
            for unit in units
            if unit not in self.troubled
        ]
        due = [one for one in claimed if one is not None]
        return due, any(complete.until(units[one.unit], now) > one.until for one in due)

    def _ask(self, live: Live, due: Due) -> Ask:
        times, readings = readings_for(self.journal, due, live.reach // MICROSECOND)
        asked = aligned(readings, list(self.fleet.sensors), live.sensors)
        return Ask(due.unit, times, asked, since=due.since, until=due.until)

    def _score_each(self, live: Live, wanted: Sequence[Wanted]) -> None:
        try:
            self._score(live, wanted)
        except sqlite3.OperationalError:  # the disk's fault, and no unit's
            for due, _ in wanted:
                give_back(self.journal, due)
            raise
        except Exception as error:  # whatever it is, it must not keep other units waiting
            if len(wanted) == 1:
                self._set_aside(wanted[0][0], error)
            else:
                for one in wanted:
                    self._score_each(live, [one])

    def _score(self, live: Live, wanted: Sequence[Wanted]) -> None:
        scored = self._explained(live, [ask for _, ask in wanted if len(ask.times)])
        keep_windows(self.journal, scored, {due.unit: due.until for due, _ in wanted})
        for due, _ in wanted:
            self._told.pop(due.unit, None)

    def _explained(self, live: Live, asks: Sequence[Ask]) -> pl.DataFrame:
        """Score, and tell why windows alarm where what that takes (scikit-learn, torch) is installed."""
        columns = self.journal.columns["windows"]
        if not asks:
            return pl.DataFrame(schema=columns)
        try:
            return live.score(asks, explain=True)
        except ModuleNotFoundError as error:
            if not self.unexplained:
                self.tell(f"why windows alarm can't be told here: {error}")
            self.unexplained = True
        scored = live.score(asks).with_columns(scored_at=pl.lit(datetime.now(UTC)).cast(columns["scored_at"]))
        lacking = {name: pl.lit(None, dtype) for name, dtype in columns.items() if name not in scored.columns}
        return scored.with_columns(**lacking)

    def _set_aside(self, due: Due, error: Exception) -> None:
        """Leave a unit that can't be scored until it is tried again; its readings wait in the journal."""
        give_back(self.journal, due)
        sentence = str(error) if isinstance(error, AnomalyAssetsError) else f"{type(error).__name__}: {error}"
        if self._told.get(due.unit) != sentence:
            self.tell(f"{due.unit} can't be scored, its readings wait: {sentence}")
        self._told[due.unit] = sentence
        self.troubled.add(due.unit)

    def try_again(self) -> None:
        """Let units that could not be scored be tried again, as by another champion."""
        self.troubled.clear()
