"""What the HTTP service may be told: where it listens, how much it takes at once, who may ask; secrets never."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from .base import Duration, Model
from .loader import load_settings

VARIABLES = {"host": "API_HOST", "port": "API_PORT", "log_level": "LOG_LEVEL", "most_windows": "MAX_BATCH_SIZE"}
"""Environment variables that override a key of ``configs/serving.yaml``."""

Edges = Annotated[tuple[float, ...], Field(min_length=1)]
"""Upper edges of a histogram, ascending."""


class RateConfig(Model):
    """How often one caller may ask: an API key where keys are asked for, an address otherwise.

    Attributes
    ----------
    per_second : requests that a caller may make in the long run.
    burst : requests that one who was silent may make at once.
    callers : of so many the latest requests are remembered.
    """

    per_second: float = Field(gt=0, allow_inf_nan=False)
    burst: int = Field(default=20, ge=1)
    callers: int = Field(default=10_000, ge=1)


class MetricsConfig(Model):
    """What ``/metrics`` tells.

    Attributes
    ----------
    seconds : upper edges of the histogram of latencies.
    ratios : upper edges of the histogram of scores, as multiples of the threshold that each was judged by.
    windows : the anomaly rate is that of so many latest windows.
    drift_every : so often the latest verdict on drift is read again.
    """

    seconds: Edges = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
    ratios: Edges = (0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
    windows: int = Field(default=1000, ge=1)
    drift_every: Duration = "60s"  # type: ignore[assignment]

    @model_validator(mode="after")
    def _edges_ascend(self) -> "MetricsConfig":
        for name, edges in (("seconds", self.seconds), ("ratios", self.ratios)):
            if any(high <= low for low, high in pairwise(edges)):
                raise ValueError(f"{name} {list(edges)} don't ascend; write the smallest edge first")
        return self


class ServingConfig(Model):
    """The HTTP service of one fleet.

    Attributes
    ----------
    host, port : where it listens.
    log_level : below it nothing is logged; a request is ``INFO``.
    engine : what scores; ``auto`` is the release package of the champion where there is one (no torch, no
        scikit-learn in the process), else its bundle.
    follow_every : so often it is asked who is champion.
    unknown_units : whether a unit that the champion has not learnt is refused, or scored with the fleet's scales.
    most_windows : of one request.
    most_rows : of one window; a fleet whose windows need more may have as many as they need.
    most_bytes : of the body of one request.
    most_incidents : of one answer.
    earliest, latest : a timestamp before or after is a mistake of who sends it.
    at_once : windows that are scored together, of whatever requests are waiting.
    waiting : windows that may wait to be scored; beyond them a request is told to come back.
    objects : new objects after which Python searches for garbage; what was loaded at the start is left out.
    patience : nobody waits longer than this for an answer.
    keep_alive : a connection on which nobody asks anything is kept open for so long.
    stop_within : so long requests that are under way may take when the service is told to stop.
    keyless : paths that are answered without an API key where keys are asked for.
    rate : how often one caller may ask; no limit when not given.
    """

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8000, ge=0, le=65_535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    engine: Literal["auto", "onnx", "bundle"] = "auto"
    follow_every: Duration = "2s"  # type: ignore[assignment]
    unknown_units: Literal["refuse", "score"] = "refuse"
    most_windows: int = Field(default=500, ge=1)
    most_rows: int = Field(default=10_000, ge=1)
    most_bytes: int = Field(default=8 * 2**20, ge=1024)
    most_incidents: int = Field(default=1000, ge=1)
    earliest: AwareDatetime = datetime(1900, 1, 1, tzinfo=UTC)
    latest: AwareDatetime = datetime(2200, 1, 1, tzinfo=UTC)
    at_once: int = Field(default=256, ge=1)
    waiting: int = Field(default=4096, ge=1)
    objects: int = Field(default=50_000, ge=700)
    patience: Duration = "30s"  # type: ignore[assignment]
    keep_alive: Duration = "75s"  # type: ignore[assignment]
    stop_within: Duration = "30s"  # type: ignore[assignment]
    keyless: tuple[str, ...] = ("/", "/docs", "/openapi.json", "/health", "/ready", "/metrics")
    rate: RateConfig | None = None
    metrics: MetricsConfig = MetricsConfig()

    @model_validator(mode="after")
    def _one_request_fits(self) -> "ServingConfig":
        if self.waiting < self.most_windows:
            raise ValueError(f"waiting {self.waiting} is less than most_windows {self.most_windows} of one request")
        if self.earliest >= self.latest:
            raise ValueError(f"no timestamp lies between earliest {self.earliest} and latest {self.latest}")
        return self


def load_serving(configs: Path) -> ServingConfig:
    """Read ``serving.yaml`` of a folder of configurations, and what the environment says otherwise.

    Raises
    ------
    ConfigError
        If it holds an unknown key or a value out of bounds.
    """
    return load_settings(configs / "serving.yaml", ServingConfig, VARIABLES)
