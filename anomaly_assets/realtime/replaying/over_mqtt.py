"""A recording played over MQTT: one message a reading, as devices publish them."""

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from ...config import BrokerConfig, Credentials, FleetConfig
from ..client import Outgoing
from ..connection import Connection
from ..topics import Topics, realtime_of
from .messages import Trouble, Troubled, numbered
from .pace import Pace
from .recording import Recording

Progress = Callable[[str, int, int], None]
PUBLISHING = "publishing"


@dataclass(frozen=True)
class Played:
    """What was played: counts by name, and how long it took in seconds."""

    counts: Counter[str]
    seconds: float


def play_over_mqtt(
    recording: Recording,
    topics: Topics,
    broker: BrokerConfig,
    who: Credentials,
    *,
    pace: Pace,
    trouble: Trouble,
    progress: Progress = lambda what, done, of: None,
    ended: Callable[[], bool] = lambda: False,
    patience: float = 5.0,
) -> Played:
    """Publish a recording; returns once the broker has confirmed every message, or the replay was ended.

    Parameters
    ----------
    progress : told how many messages have been published.
    ended : whether to stop.
    patience : seconds that the broker may take to answer.

    Raises
    ------
    RealtimeError
        If the broker refuses us or does not answer.
    """
    client = f"{broker.client_id.replace('{fleet}', recording.fleet.fleet)}_replay_{os.getpid()}"
    connection = Connection(broker, who, client).open(patience)
    messages, begun = Troubled(numbered(recording, topics), trouble), time.monotonic()
    try:
        _publish_all(connection, messages, pace, lambda sent: progress(PUBLISHING, sent, len(recording)), ended)
    finally:
        connection.close()
    return Played(messages.counts, time.monotonic() - begun)


def _publish_all(
    connection: Connection, messages: Troubled, pace: Pace, tell: Callable[[int], None], ended: Callable[[], bool]
) -> None:
    """Publish what is due together; what isn't due lets what was due before it go first."""
    ready: list[Outgoing] = []

    def publish() -> None:
        done = 0
        while done < len(ready) and not ended():
            connection.require()
            done += connection.publish(ready[done:], ended)
        ready.clear()
        tell(messages.counts["sent"] - messages.counts["duplicated"])

    for message in messages:
        if ready and (len(ready) >= connection.broker.publish_at_once or pace.left(message.time) > 0):
            publish()
        pace.wait(message.time, ended)
        if ended():
            return
        ready.append(Outgoing(message.topic, message.payload))
    publish()


def topics_of(fleet: FleetConfig) -> Topics:
    """Give a fleet's topics.

    Raises
    ------
    ConfigError
        If its file names none.
    """
    return Topics(fleet, realtime_of(fleet))
