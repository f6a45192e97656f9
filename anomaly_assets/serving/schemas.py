"""What requests hold and answers look like, strictly: nothing is converted, no key is unknown, no number is infinite.

How a body becomes one of these belongs in reading.py; whether it fits the fleet in asking.py.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SHORT, LONG, UNIT = 200, 2000, 64
"""Characters of a name, of a note, and of a unit that nobody knows yet, as the table of events holds them."""

_STRICT = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

# one fault is told, not each of a million
Readings = Annotated[list[float | None], Field(fail_fast=True, description="Readings of one instant, null where none.")]
Window = Annotated[list[Readings], Field(fail_fast=True)]
Name = Annotated[str, Field(min_length=1, max_length=SHORT, pattern=r"^[^\x00-\x1f\x7f]+$")]
Moment = Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"})]


class Detect(BaseModel):
    """One window of one unit."""

    model_config = _STRICT
    sensor_id: Name = Field(description="The unit.")
    window: Window = Field(description="Raw readings, the oldest row first: rows x sensors, null for no reading.")
    timestamp: Moment = Field(description="Instant of the last row, with its time zone.")
    times: list[Moment] | None = Field(
        default=None, description="Instants of the rows, for readings that are not on the grid; never descending."
    )


class DetectBatch(BaseModel):
    """Several windows, of one unit or of many."""

    model_config = _STRICT
    windows: Annotated[list[Detect], Field(fail_fast=True)] = Field(min_length=1)


class Detected(BaseModel):
    """What the champion says of one window."""

    sensor_id: str = Field(description="As asked.")
    timestamp: str = Field(description="As asked.")
    anomaly_score: float = Field(description="Higher is more anomalous.")
    is_anomaly: bool = Field(description="Whether the score lies above the threshold.")
    confidence: float = Field(
        ge=0,
        le=1,
        description="1 - p, p the tail probability of the score among the windows that the threshold was calibrated "
        "on: 0.99 says that one normal window in a hundred scores as high.",
    )
    model_version: str = Field(description="Detector and version of the model that gave this score.")
    processing_time_ms: float = Field(ge=0)


class DetectedBatch(BaseModel):
    """One answer a window, in the order asked."""

    results: list[Detected]
    total_processed: int


class Health(BaseModel):
    """Whether the service is well; it answers either way."""

    status: Literal["healthy", "degraded"]
    model_loaded: bool
    model_version: str | None


class Ready(BaseModel):
    """Whether windows can be scored."""

    ready: bool
    model_version: str


class Acknowledgement(BaseModel):
    """Who has seen an incident."""

    model_config = _STRICT
    by: Name = Field(description="Who.")
    note: Annotated[str, Field(max_length=LONG, pattern=r"^[^\x00]*$")] = Field(default="", description="What of it.")


class Sensor(BaseModel):
    """A column of a window."""

    name: str
    measures: str | None
    role: str
    description: str


class Version(BaseModel):
    """A registered version."""

    name: str
    version: int
    model_version: str
    detector: str
    kind: str
    status: str
    aliases: list[str]
    created_at: datetime
    metrics: dict[str, float]
    released: str | None


class Serving(BaseModel):
    """The version that scores now, and what its windows look like."""

    name: str
    version: int
    model_version: str
    engine: str
    sampling: str
    rows: int = Field(description="Fewest rows of a window.")
    most_rows: int = Field(description="Most rows of a window.")
    sensors: list[Sensor] = Field(description="The columns of a window, in this order.")
    units: list[str]


class Models(BaseModel):
    """The fleet's versions, the newest first, and which one scores."""

    fleet: str
    champion: Serving | None
    versions: list[Version]


class IncidentQuery(BaseModel):
    """Which incidents are asked for."""

    model_config = ConfigDict(extra="forbid")
    state: Literal["open", "acknowledged", "resolved", "expired"] | None = None
    unit: str | None = Field(default=None, max_length=SHORT)
    since: Moment | None = Field(default=None, description="Those that were up at or after this instant.")
    limit: int = Field(default=100, ge=1, description="The newest so many.")


class Blamed(BaseModel):
    """A sensor to blame, at the incident's highest score."""

    sensor: str
    feature: str | None
    observed: float | None
    expected: float | None
    direction: str | None


class Incident(BaseModel):
    """What a person would call one thing going wrong."""

    incident_id: str
    unit_id: str
    start: datetime
    end: datetime
    state: str
    severity: float = Field(description="0 to 100, comparable over time and units.")
    peak_score: float
    threshold: float
    alarms: int
    bursts: int
    sensors: list[Blamed] = Field(description="Who is to blame, the most first.")
    anomaly_kind: str | None
    model_version: str
    group_id: str | None
    source: str
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str | None
    updated_at: datetime


class Incidents(BaseModel):
    """The newest incidents first; ``total`` counts those beyond the limit, too."""

    incidents: list[Incident]
    total: int
