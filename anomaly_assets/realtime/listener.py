"""A listener: what comes in is journalled, what is complete is scored, what was scored is told; from start to end.

Each of these has a module of its own; here they are joined.
"""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ..config import BrokerConfig, Credentials, FleetConfig
from ..errors import RealtimeError
from ..events import Recorder
from ..pipelines import Site
from ..pipelines.live import Champion, Live
from .completeness import MICROSECOND
from .connection import Connection
from .intake import Intake
from .journal import Journal, prune, waiting
from .metrics import Collector, serve_metrics
from .notifying import Notifying
from .past import Past
from .payloads import Reader
from .raising import Raising
from .scoring import Scoring
from .telling import Telling
from .topics import Topics, realtime_of
from .workers import Workers

Tell = Callable[[str], None]
_LOOK = 0.1
"""Seconds between two looks whether it is time to end."""


@dataclass(frozen=True)
class Listened:
    """What came of listening.

    Attributes
    ----------
    counts : by name, of this run.
    seconds : how long it took.
    behind : windows that wait to be published, and alarms that wait to become events.
    events_waiting : events that their database does not have yet.
    """

    counts: Counter[str]
    seconds: float
    behind: tuple[int, int]
    events_waiting: int


class Listener:
    """Listens to one fleet until it is told to end.

    Parameters
    ----------
    site, fleet : whose.
    broker, who : where to listen, and as whom.
    tell : told in a line what happens.
    afresh : whether what was heard and told before is put aside first, so that a recording may be played again.

    Attributes
    ----------
    aside : the journal that was put aside, if one was.

    Raises
    ------
    AnomalyAssetsError
        If the fleet has no section on real time or no champion, if another listener runs, or if the journal can't be
        opened.
    """

    def __init__(
        self,
        site: Site,
        fleet: FleetConfig,
        broker: BrokerConfig,
        who: Credentials,
        tell: Tell = lambda line: None,
        *,
        afresh: bool = False,
    ) -> None:
        config = realtime_of(fleet)
        site.registry.get(fleet.fleet, "champion")
        self.site, self.fleet, self.broker, self.tell = site, fleet, broker, tell
        self.topics = Topics(fleet, config)
        client = broker.client_id.replace("{fleet}", fleet.fleet)
        self.connection = Connection(broker, who, client, self.topics.pattern, tell)
        self.journal = Journal(site.platform.home / "realtime", fleet, broker.gaps_kept)
        self.aside = self._put_aside() if afresh else None
        self.connection.known = self.journal.counts["messages"] > 0
        self.connection.former = self.journal.remember("pattern", self.topics.pattern)
        self.champion = Champion(
            site, fleet.fleet, broker.engine, broker.follow_every.total_seconds(), self._in_service
        )
        self.recorder = Recorder(site.platform.events_url, site.platform.events_queue)
        reader = Reader(fleet, self.topics, broker.most_bytes)
        self.intake = Intake(self.connection, reader, self.journal, broker, tell)
        past = Past(site, fleet, self.journal, tell) if config.recall else None
        self.scoring = Scoring(self.journal, fleet, config, broker, self._live, tell, past)
        self.telling = Telling(
            fleet, self.journal, self.topics, self.connection, self.recorder, broker.publish_at_once, tell
        )
        self.notifying = Notifying(site, fleet, broker.notify_every, tell)
        self.raising = Raising(site, fleet, self.journal, tell, self.notifying.call)
        self.workers = Workers(tell)

    def _put_aside(self) -> Path | None:
        unpublished, unrecorded = waiting(self.journal)
        aside = self.journal.start_afresh()
        if aside is not None:
            untold = f"; {unpublished:,} windows and {unrecorded:,} alarms in it were not told yet"
            self.tell(f"beginning afresh: the journal so far is {aside}" + untold * bool(unpublished or unrecorded))
        return aside

    def run(self, until_idle: timedelta | None = None) -> Listened:
        """Listen until `end` is called, or until nothing has come for so long.

        Parameters
        ----------
        until_idle : silence after which the recording is taken for over: windows that still wait are scored as they
            are, everything is told, and the listener ends.

        Raises
        ------
        RealtimeError
            If the broker refuses us.
        """
        begun, before = time.monotonic(), Counter(self.journal.counts)
        with ExitStack() as closing:
            for close in (self.journal.close, self.recorder.close, self.champion.close, self.connection.close):
                closing.callback(close)
            self._serve(closing)
            closing.callback(self.workers.end)
            closing.callback(self.notifying.end)
            self._start()
            over = self._wait(until_idle)
            self.workers.end()
            self.workers.require()
            self._finish(over)
            counts = Counter({name: count - before[name] for name, count in self.journal.counts.items()})
            return Listened(counts, time.monotonic() - begun, waiting(self.journal), self.recorder.waiting)

    def end(self) -> None:
        """End as soon as what is under way is done."""
        self.workers.ending.set()

    def _serve(self, closing: ExitStack) -> None:
        """Let the champion come into service, and answer Prometheus where that is wanted."""
        self.champion.start()
        self._live()
        self.recorder.start()
        if self.broker.metrics_port is not None:
            collector = Collector(
                self.journal, self.connection, lambda: self._live().model_version, lambda: self.recorder.waiting
            )
            closing.callback(serve_metrics(collector, self.broker.metrics_host, self.broker.metrics_port))

    def _start(self) -> None:
        ended, broker = self.workers.ending.is_set, self.broker
        self.workers.start("intake", lambda: self.intake.round(ended))
        self.workers.start("scoring", self._score, broker.score_every)
        self.workers.start("telling", lambda: self.telling.publish(ended), broker.score_every)
        self.workers.start("raising", self.raising.look, broker.raise_every)
        self.workers.start("pruning", self._prune, broker.prune_every)
        self.notifying.start()
        self.connection.start()

    def _wait(self, until_idle: timedelta | None) -> bool:
        """Wait for the end; returns whether the recording is over."""
        reported, counted = time.monotonic(), self.journal.counts["messages"]
        while not self.workers.ending.wait(_LOOK):
            self.connection.require()
            self.scoring.silent_since = max(self.scoring.silent_since, self.connection.stands_since)
            now = time.monotonic()
            if now - reported >= self.broker.report_every.total_seconds():
                self._report(now - reported, counted)
                reported, counted = now, self.journal.counts["messages"]
            if until_idle is not None and self._silent(now) >= until_idle.total_seconds():
                return True
        return False

    def _silent(self, now: float) -> float:
        """Seconds for which nothing has come although it could."""
        if self.connection.held or not self.connection.stands.is_set():
            return 0.0
        return now - max(self.intake.heard_at, self.connection.stands_since)

    def _score(self) -> bool:
        more = self.scoring.round()
        while self.telling.record():
            pass
        return more

    def _finish(self, over: bool) -> None:
        """Score and tell what is left, as long as that may take."""
        until = time.monotonic() + self.broker.stop_within.total_seconds()
        while self.scoring.round(over=over) and (over or time.monotonic() < until):
            pass
        while self.telling.record():
            pass
        self.raising.look()
        self.notifying.end()
        until = max(until, time.monotonic() + self.broker.stop_within.total_seconds()) if over else until
        while time.monotonic() < until and self.telling.publish(lambda: time.monotonic() >= until):
            pass
        self.notifying.wait(until - time.monotonic())

    def _prune(self) -> None:
        # what an open incident looks back on lies before its own beginning
        keep = max(self.broker.keep, 2 * self.fleet.incident_lookback + self.fleet.incident_quiet)
        reach = 2 * self._live().reach // MICROSECOND  # the next champion may look back further
        prune(self.journal, reach, keep // MICROSECOND, self.raising.raised_until)
        self.scoring.try_again()

    def _live(self) -> Live:
        if self.champion.live is None:
            raise RealtimeError(self.champion.trouble or f"{self.fleet.fleet} has no champion in service")
        return self.champion.live

    def _in_service(self, live: Live) -> None:
        self.tell(f"{live.name} is in service ({live.engine_name})")
        self.scoring.try_again()

    def _report(self, seconds: float, before: int) -> None:
        counts = self.journal.counts
        rate = (counts["messages"] - before) / seconds
        told = f"{counts['messages']:,} messages, {rate:,.1f}/s of late; {counts['windows']:,} windows of "
        told += f"{len(self.journal.units):,} units, {counts['alarms']:,} alarms"
        for name, what in (("missing", "messages missing"), ("late", "late"), ("quarantined", "quarantined")):
            missing = counts[name] - counts["filled"] * (name == "missing")
            told += f", {missing:,} {what}" if missing else ""
        self.tell(told)
