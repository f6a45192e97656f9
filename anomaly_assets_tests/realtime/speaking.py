"""A device that publishes, and somebody who listens to what is told: plain clients, without the platform's code."""

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion


@dataclass
class Ear:
    """What was told, by topic, in order."""

    told: list[tuple[str, dict[str, Any], bool]] = field(default_factory=list)

    def about(self, end: str) -> list[dict[str, Any]]:
        """Messages of the topics that end so."""
        return [said for topic, said, _ in list(self.told) if topic.endswith(end)]


@contextmanager
def hearing(port: int, pattern: str = "anomaly_assets/#") -> Iterator[Ear]:
    """Subscribe while the block lasts."""
    ear, ready = Ear(), threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)

    def heard(_: Client, __: Any, message: MQTTMessage) -> None:
        ear.told.append((message.topic, json.loads(message.payload), message.retain))

    client.on_connect = lambda *_: client.subscribe(pattern, qos=1)
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = heard
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert ready.wait(20)
    try:
        yield ear
    finally:
        client.disconnect()
        client.loop_stop()


def publish(port: int, messages: Iterable[tuple[str, Any]]) -> None:
    """Publish messages as they are (bytes) or as JSON, each confirmed by the broker."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    sent = [
        client.publish(topic, said if isinstance(said, bytes) else json.dumps(said), qos=1) for topic, said in messages
    ]
    for one in sent:
        one.wait_for_publish(20)
        assert one.is_published()
    client.disconnect()
    client.loop_stop()
