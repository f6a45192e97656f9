"""The MQTT broker and how the listener goes about its work, for all fleets of an installation; secrets never.

Which topics a fleet has is said in its own file (realtime.py).
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from .base import Duration, Model
from .loader import load_settings

VARIABLES = {
    "host": "ANOMALY_MQTT_HOST",
    "port": "ANOMALY_MQTT_PORT",
    "ca": "ANOMALY_MQTT_CA",
    "cert": "ANOMALY_MQTT_CERT",
    "key": "ANOMALY_MQTT_KEY",
    "metrics_host": "ANOMALY_MQTT_METRICS_HOST",
    "metrics_port": "ANOMALY_MQTT_METRICS_PORT",
}
"""Environment variables that override a key of ``configs/realtime.yaml``."""

USER, PASSWORD = "ANOMALY_MQTT_USER", "ANOMALY_MQTT_PASSWORD"
"""Environment variables that hold what is told to the broker alone."""


class BrokerConfig(Model):
    """The broker, and the pace of the listener.

    Attributes
    ----------
    host, port, transport : of the broker.
    tls : whether the connection is encrypted; it is, too, once ``ca``, ``cert`` or ``key`` is given.
    ca : file of the authority that the broker's certificate must come from; the system's when not given.
    cert, key : files that the listener shows to the broker.
    client_id : names the session that the broker keeps; ``{fleet}`` stands for the fleet.
    keepalive : a broker that is silent for longer is taken for gone.
    session_expiry : so long the broker keeps messages for a listener that is away.
    qos : 1 delivers every message at least once; 0 may lose some. With 2 a client would have to remember half of every
        exchange on disk: one that is killed loses messages that 1 delivers again.
    receive_maximum : messages that may be here without being in the journal; the broker keeps the others.
    reconnect_after, reconnect_at_most : the pause before the first attempt to connect again, and the longest one.
    publish_at_once : messages of ours that the broker may have without having confirmed them.
    most_bytes : of one message; a longer one goes to quarantine.
    journal_at_once : messages that are written in one transaction.
    score_every : windows are scored together, this far apart.
    windows_at_once : of one such round.
    raise_every : incidents are looked at this far apart.
    notify_every : people are told of incidents (``notifications.yaml``) at most so often; then, too, what a channel did
        not take is tried again.
    report_every : a line with counts, this far apart.
    prune_every : what the journal needs no more is removed, this far apart.
    keep : scored windows stay in the journal until their unit is so much further; at least as long as incidents may
        look back.
    most_units : so many units are listened to; readings of further ones go to quarantine.
    gaps_kept : missing stretches of a topic that a late message may still fill.
    quarantine_kept : rows of the quarantine; the oldest go first.
    payload_kept : characters of a message that are kept there.
    engine : what scores; ``auto`` is the release package of the champion where there is one, else its bundle.
    follow_every : so often it is asked who is champion.
    stop_within : so long what is under way may take when the listener is told to stop.
    metrics_host, metrics_port : where Prometheus finds the counts; nowhere when no port is given.
    """

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=1883, ge=1, le=65_535)
    transport: Literal["tcp", "websockets"] = "tcp"
    tls: bool = False
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    client_id: str = Field(default="anomaly_assets_{fleet}", min_length=1, max_length=200)
    keepalive: Duration = "30s"  # type: ignore[assignment]
    session_expiry: Duration = "7d"  # type: ignore[assignment]
    qos: Literal[0, 1] = 1
    receive_maximum: int = Field(default=2000, ge=1, le=65_535)
    reconnect_after: Duration = "1s"  # type: ignore[assignment]
    reconnect_at_most: Duration = "30s"  # type: ignore[assignment]
    publish_at_once: int = Field(default=500, ge=1, le=65_535)
    most_bytes: int = Field(default=2**20, ge=256)
    journal_at_once: int = Field(default=1000, ge=1)
    score_every: Duration = "1s"  # type: ignore[assignment]
    windows_at_once: int = Field(default=20_000, ge=1)
    raise_every: Duration = "5s"  # type: ignore[assignment]
    notify_every: Duration = "30s"  # type: ignore[assignment]
    report_every: Duration = "60s"  # type: ignore[assignment]
    prune_every: Duration = "60s"  # type: ignore[assignment]
    keep: Duration = "30d"  # type: ignore[assignment]
    most_units: int = Field(default=10_000, ge=1)
    gaps_kept: int = Field(default=1000, ge=1)
    quarantine_kept: int = Field(default=10_000, ge=1)
    payload_kept: int = Field(default=200, ge=1)
    engine: Literal["auto", "onnx", "bundle"] = "auto"
    follow_every: Duration = "5s"  # type: ignore[assignment]
    stop_within: Duration = "30s"  # type: ignore[assignment]
    metrics_host: str = Field(default="127.0.0.1", min_length=1)
    metrics_port: int | None = Field(default=None, ge=1, le=65_535)

    @property
    def encrypted(self) -> bool:
        """Whether the connection is."""
        return self.tls or any(file is not None for file in (self.ca, self.cert, self.key))

    @model_validator(mode="after")
    def _pairs(self) -> "BrokerConfig":
        if (self.cert is None) != (self.key is None):
            raise ValueError("cert and key belong together; name both or none")
        if self.reconnect_after > self.reconnect_at_most:
            raise ValueError(
                f"reconnect_after {self.reconnect_after} is longer than reconnect_at_most {self.reconnect_at_most}"
            )
        return self


@dataclass(frozen=True)
class Credentials:
    """Who we are to the broker; nobody in particular where the environment says nothing."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)


def load_broker(configs: Path) -> BrokerConfig:
    """Read ``realtime.yaml`` of a folder of configurations, and what the environment says otherwise.

    Raises
    ------
    ConfigError
        If it holds an unknown key or a value out of bounds.
    """
    return load_settings(configs / "realtime.yaml", BrokerConfig, VARIABLES)


def credentials() -> Credentials:
    """Read user and password from the environment."""
    return Credentials(os.environ.get(USER) or None, os.environ.get(PASSWORD) or None)
