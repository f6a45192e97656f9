"""One fleet in service: who is champion, who scores, where events go, what is measured; started and stopped as one."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from ..config import FleetConfig, ServingConfig
from ..errors import EventRefusedError
from ..events import Event, Recorder
from ..pipelines import Site
from ..pipelines.live import Champion, Live
from .asking import Asked, Form
from .drift import DriftWatch
from .metrics import Metrics
from .refusals import later
from .scoring import Desk, Verdicts

LOG = logging.getLogger(__name__)
_SECOND = timedelta(seconds=1)


class Service:
    """Everything that answers to requests stand on.

    Parameters
    ----------
    fleet : as its file says now; versions that score bring theirs.
    """

    def __init__(self, site: Site, fleet: FleetConfig, config: ServingConfig) -> None:
        self.site, self.fleet, self.config = site, fleet, config
        self.metrics = Metrics(fleet.fleet, config.metrics)
        self.recorder = Recorder(site.platform.events_url, site.platform.events_queue)
        self.champion = Champion(site, fleet.fleet, config.engine, config.follow_every / _SECOND, self._changed)
        self.desk = Desk(self._note, at_once=config.at_once, waiting=config.waiting)
        self.drift = DriftWatch(site, fleet, self.metrics.drift, config.metrics.drift_every)
        self._form: Form | None = None
        self._in_force = (0, "")
        self.metrics.watch("windows_waiting", "Windows that wait to be scored.", lambda: self.desk.waiting)
        self.metrics.watch("events_waiting", "Events that wait for their database.", lambda: self.recorder.waiting)
        self.metrics.watch("events_delivered", "Events that the database has.", lambda: self.recorder.delivered)

    def start(self) -> None:
        """Load the champion, if there is one, and begin."""
        self.recorder.start()
        self.champion.start()
        self.desk.start()
        self.drift.start()

    async def close(self) -> None:
        """Score what is waiting, hand events over as far as the database is there, and end; the rest stays queued."""
        self.drift.close()
        await self.desk.close()
        await asyncio.to_thread(self.champion.close)
        await asyncio.to_thread(self.recorder.close, self.config.stop_within / _SECOND)

    @property
    def trouble(self) -> str | None:
        """What is wrong with the service, as a sentence, if anything is."""
        return self.champion.trouble or self.recorder.trouble

    def form(self) -> Form:
        """Give the version in service, and what its windows must look like.

        Raises
        ------
        Refusal
            503, while there is none.
        """
        live = self.champion.live
        if live is None:
            remedy = f"anomaly-assets train {self.fleet.fleet}; the service finds the champion by itself"
            raise later(f"no model of {self.fleet.fleet} is loaded yet", found=self.champion.trouble, remedy=remedy)
        if self._form is None or self._form.live is not live:
            self._form = Form(live, self.config)
        return self._form

    def _changed(self, live: Live) -> None:
        named = (live.version, live.engine_name)
        if named != self._in_force:  # one whose threshold moves is put in place again and again
            self.metrics.in_force(live.version, live.model_version, live.engine_name)
            LOG.info("champion", extra={"model_version": live.model_version, "engine": live.engine_name})
        self._in_force = named

    def _note(self, live: Live, asked: Sequence[Asked], verdicts: Verdicts) -> None:
        """Record what lies above the threshold, before anybody is told of it."""
        events = self._events(live, asked, verdicts)
        if events:
            try:
                self.recorder.record(events)
            except Exception as error:  # as on a full disk
                LOG.error("detections could not be recorded", exc_info=error)
                raise later("the detection could not be recorded, so it is not told either") from error
        self.metrics.scored([verdict for verdict in verdicts if verdict is not None])

    def _events(self, live: Live, asked: Sequence[Asked], verdicts: Verdicts) -> list[Event]:
        events = []
        for one, said in zip(asked, verdicts, strict=True):
            if said is None or not said.is_anomaly:
                continue
            try:
                events.append(
                    Event(
                        fleet=live.fleet.fleet,
                        sensor_id=one.detect.sensor_id,
                        detected_at=one.instant,
                        anomaly_score=said.score,
                        is_anomaly=True,
                        confidence=said.confidence,
                        model_version=live.model_version,
                    )
                )
            except EventRefusedError as error:  # a unit whose name is too long for the table
                LOG.error("an event can't be kept", extra={"reason": str(error)})
        return events
