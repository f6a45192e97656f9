"""What Prometheus is told: the journal's counts, which go on after a restart, and how things stand."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from ..errors import RealtimeError
from .connection import Connection
from .journal import Journal, waiting

_PREFIX = "anomaly_realtime_"
COUNTS = {
    "messages": "messages written down",
    "readings": "readings that were new",
    "duplicates": "readings that were there already",
    "out_of_order": "readings older than their unit's latest, in time for their window",
    "late": "readings whose window was scored already",
    "gaps": "stretches of missing message numbers",
    "missing": "message numbers in them",
    "filled": "missing message numbers that came after all",
    "restarts": "devices that began to count anew",
    "windows": "windows scored",
    "scored_again": "windows scored twice, of which one was kept; always 0",
    "alarms": "windows whose score was above the threshold",
    "incidents": "incidents raised",
}


class Collector:
    """Gives the numbers of one listener.

    Parameters
    ----------
    journal, connection : what is counted, and what stands now.
    version : names the version in service.
    events_waiting : counts the events that the database doesn't have yet.
    """

    def __init__(
        self,
        journal: Journal,
        connection: Connection,
        version: Callable[[], str],
        events_waiting: Callable[[], int],
    ) -> None:
        self.journal, self.connection = journal, connection
        self.version, self.events_waiting = version, events_waiting

    def collect(self) -> Iterator[Metric]:
        """Give every number as it is now."""
        fleet, counts = self.journal.fleet.fleet, dict(self.journal.counts)
        for name, meaning in COUNTS.items():
            yield _labelled(
                CounterMetricFamily(_PREFIX + name, meaning, labels=["fleet"]), {(fleet,): counts.get(name, 0)}
            )
        rules: dict[tuple[str, ...], float] = {
            (fleet, name.partition(":")[2]): count for name, count in counts.items() if name.startswith("quarantined:")
        }
        yield _labelled(
            CounterMetricFamily(_PREFIX + "quarantined", "what could not be read", labels=["fleet", "rule"]), rules
        )
        for name, (meaning, value) in self._standing().items():
            yield _labelled(GaugeMetricFamily(_PREFIX + name, meaning, labels=["fleet"]), {(fleet,): value})
        version = GaugeMetricFamily(
            _PREFIX + "model", "1 for the version in service", labels=["fleet", "model_version"]
        )
        yield _labelled(version, {(fleet, self.version()): 1})

    def _standing(self) -> dict[str, tuple[str, float]]:
        unpublished, unrecorded = waiting(self.journal)
        held, most = self.connection.held, self.connection.broker.receive_maximum
        return {
            "connected": ("1 while the broker is connected", self.connection.stands.is_set()),
            "connections": ("times that the broker was connected", self.connection.stood),
            "sessions_lost": ("times that the broker had forgotten our session", self.connection.forgotten),
            "queue": ("messages received and not yet in the journal", held),
            "queue_limit": ("so many the broker may send without an acknowledgement", most),
            "back_pressure": ("1 while the broker has to wait", held >= most),
            "seconds_behind": (
                "from the end of the last scored window to the latest reading, longest unit",
                self._behind(),
            ),
            "units": ("units that have said anything", len(self.journal.units)),
            "unpublished": ("scored windows that wait to be published", unpublished),
            "unrecorded": ("alarms that wait to become events", unrecorded),
            "events_waiting": ("events that wait for their database", self.events_waiting()),
        }

    def _behind(self) -> float:
        with self.journal.lock:
            ends = [unit.latest - unit.next for unit in self.journal.units.values() if unit.next is not None]
        return max([*ends, 0]) / 1e6


def serve_metrics(collector: Collector, host: str, port: int) -> Callable[[], None]:
    """Answer Prometheus from now on; returns what ends that.

    Raises
    ------
    RealtimeError
        If the port can't be had.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise RealtimeError(
            f"metrics can't be served at {host}:{port}",
            found=str(error),
            remedy="name another port: metrics_port in realtime.yaml, or ANOMALY_MQTT_METRICS_PORT",
        ) from error

    def close() -> None:
        server.shutdown()
        thread.join()

    return close


def _labelled(family: Any, values: Mapping[tuple[str, ...], float]) -> Any:
    for labels, value in values.items():
        family.add_metric(list(labels), float(value))
    return family
