"""What a listener publishes of every window is what the Dagster asset says of it, readings having come by MQTT."""

import json
import shutil
import threading
import time
from datetime import datetime, timedelta

import paho.mqtt.client as mqtt
import polars as pl
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from anomaly_assets.config import Credentials, load_broker
from anomaly_assets.realtime import Listened, Listener
from anomaly_assets.registry.release.discovery import exportable_kinds
from anomaly_assets_tests.services import mosquitto_address

from .asking import recordings
from .comparing import require_equal
from .rig import OURS, Rig

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

IDLE = timedelta(seconds=6)
"""No machine is so busy that a publisher is silent for so long."""


class Subscriber:
    """Hears the scores, and sends the readings."""

    def __init__(self) -> None:
        self.told: list[dict] = []
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self.client.max_inflight_messages_set(1000)
        self.client.on_message = lambda client, said, message: self.told.append(json.loads(message.payload))
        heard = threading.Event()
        self.client.on_subscribe = lambda *_: heard.set()
        self.client.connect(*mosquitto_address())
        self.client.loop_start()
        self.client.subscribe(f"{OURS}/+/score", qos=1)
        assert heard.wait(10)

    def send(self, rig: Rig) -> None:
        """Publish both recordings, a message a reading."""
        names = list(rig.fleet.sensors)
        for unit, (times, values) in recordings(rig).items():
            for number, (moment, row) in enumerate(zip(times.tolist(), values.tolist(), strict=True)):
                at = (datetime(1970, 1, 1) + timedelta(microseconds=moment)).isoformat()
                said = {name: value for name, value in zip(names, row, strict=True) if value == value}
                payload = {"time": f"{at}Z", "seq": number, "values": said}
                sent = self.client.publish(f"{OURS}/{unit}/readings", json.dumps(payload), qos=1)
            sent.wait_for_publish(60)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def listened_to(rig: Rig, subscriber: Subscriber, kind: str) -> Listened:
    """Listen until the recordings have come and been scored."""
    shutil.rmtree(rig.platform.home / "realtime", ignore_errors=True)
    host, port = mosquitto_address()
    mine = {"host": host, "port": port, "client_id": f"{OURS}_{kind}"}
    broker = load_broker(rig.platform.configs).model_copy(update=mine)
    listener = Listener(rig.site, rig.fleet, broker, Credentials())
    sending = threading.Thread(target=lambda: (listener.connection.stands.wait(30), subscriber.send(rig)))
    sending.start()
    listened = listener.run(until_idle=IDLE)
    sending.join()
    return listened


@pytest.mark.parametrize("kind", exportable_kinds())
def test_every_window_by_mqtt(rig: Rig, by_assets: dict[str, pl.DataFrame], kind: str) -> None:
    version = rig.site.registry.get("rig", kind)
    rig.site.registry.set_alias("rig", "champion", version.version)
    subscriber, expected = Subscriber(), by_assets[version.name]
    try:
        listened = listened_to(rig, subscriber, kind)
        end = time.monotonic() + 20
        while len(subscriber.told) < expected.height and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        subscriber.close()
    assert (listened.counts["windows"], listened.counts["gaps"], listened.counts["quarantined"]) == (
        expected.height,
        0,
        0,
    )
    assert {told["model_version"] for told in subscriber.told} == {f"{kind}_v{version.version}"}
    rows = [
        {
            "unit_id": told["unit"],
            "window_end": datetime.fromisoformat(told["window_end"]),
            "score": told["score"],
            "is_anomaly": told["is_anomaly"],
        }
        for told in subscriber.told
    ]
    require_equal(rows, expected, 1e-6)
