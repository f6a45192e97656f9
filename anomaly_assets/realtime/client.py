"""An MQTT client as this platform needs it: version 5, a session that outlives the process, TLS, name and password.

And the messages that it takes and brings, as plain values.
"""

import ssl
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ..config import BrokerConfig, Credentials
from ..errors import RealtimeError

_SECOND = timedelta(seconds=1)


class Arrived(NamedTuple):
    """A message that is here and not acknowledged.

    Attributes
    ----------
    connection : number of the connection that it came by; its number means nothing on another.
    """

    topic: str
    payload: bytes
    mid: int
    qos: int
    connection: int


class Outgoing(NamedTuple):
    """A message of ours; a retained one is told to whoever listens later, too."""

    topic: str
    payload: str
    retain: bool = False


def make_client(broker: BrokerConfig, who: Credentials, client_id: str) -> Client:
    """Make a client that acknowledges nothing by itself.

    Raises
    ------
    RealtimeError
        If a certificate or a key can't be read.
    """
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=MQTTv5,
        transport=broker.transport,
        manual_ack=True,
    )
    if broker.encrypted:
        _encrypt(client, broker)
    if who.user is not None:
        client.username_pw_set(who.user, who.password)
    client.reconnect_delay_set(_seconds(broker.reconnect_after), _seconds(broker.reconnect_at_most))
    client.max_inflight_messages_set(broker.publish_at_once)
    client.max_queued_messages_set(0)
    return client


def connect(client: Client, broker: BrokerConfig, *, lasting: bool) -> None:
    """Begin to connect, in the client's own thread; it goes on trying until it is told to stop.

    Parameters
    ----------
    lasting : whether the broker keeps messages for us while we are away.
    """
    said = Properties(PacketTypes.CONNECT)
    said.ReceiveMaximum = broker.receive_maximum
    if lasting:
        said.SessionExpiryInterval = _seconds(broker.session_expiry)
    client.connect_async(broker.host, broker.port, _seconds(broker.keepalive), clean_start=not lasting, properties=said)
    client.loop_start()


def address(broker: BrokerConfig) -> str:
    """Say where the broker is."""
    return f"{broker.host}:{broker.port}" + (" (TLS)" if broker.encrypted else "")


def _seconds(span: timedelta) -> int:
    return max(1, round(span / _SECOND))


def _encrypt(client: Client, broker: BrokerConfig) -> None:
    files = {"ca": broker.ca, "cert": broker.cert, "key": broker.key}
    lacking = [f"{name} {path}" for name, path in files.items() if path is not None and not Path(path).is_file()]
    try:
        if lacking:
            raise OSError(f"{', '.join(lacking)} is not there")
        ca, cert, key = (str(path) if path else None for path in files.values())
        client.tls_set(ca, cert, key, tls_version=ssl.PROTOCOL_TLS_CLIENT)
    except (OSError, ValueError) as error:
        raise RealtimeError(
            "the files for TLS can't be used",
            found=str(error),
            expected="PEM files of an authority, and of a certificate with its key",
            remedy="mend ca, cert and key in realtime.yaml, or ANOMALY_MQTT_CA, _CERT and _KEY",
        ) from error
