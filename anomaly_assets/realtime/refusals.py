"""Why there is no connection to a broker, as sentences; and which refusals are final."""

import ssl

from paho.mqtt.reasoncodes import ReasonCode

from ..config import BrokerConfig
from ..errors import RealtimeError
from .client import address

_FINAL = {0x81, 0x82, 0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C, 0x9F}
"""Reason codes that asking again won't change: malformed, unsupported, who we are, banned."""


def is_final(reason: ReasonCode) -> bool:
    """Whether asking again would change nothing."""
    return reason.value in _FINAL


def unwelcome(wrong: str, reason: ReasonCode) -> RealtimeError:
    """The broker knows who we are not."""
    return RealtimeError(
        wrong,
        found=str(reason),
        remedy="put who we are into ANOMALY_MQTT_USER and ANOMALY_MQTT_PASSWORD, or mend the broker's rules",
    )


def untrusted(broker: BrokerConfig, error: ssl.SSLError) -> RealtimeError:
    """The broker's certificate, or ours, is not trusted."""
    return RealtimeError(
        f"no trusted connection to {address(broker)}",
        found=getattr(error, "verify_message", "") or error,
        expected="a certificate of the authority in ca, for the name in host",
        remedy="mend ca, host or port in realtime.yaml, or ANOMALY_MQTT_CA, _HOST or _PORT",
    )


def silent(broker: BrokerConfig, found: str | None) -> RealtimeError:
    """No broker answers."""
    return RealtimeError(
        f"the broker at {address(broker)} does not answer",
        found=found,
        remedy="start it, or name another one in realtime.yaml or ANOMALY_MQTT_HOST and ANOMALY_MQTT_PORT",
    )
