"""When alarms of a unit become an incident, and when not; the rules themselves live in incidents/."""

from datetime import UTC
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from .base import Duration, Identifier, Model, Range

Instant = Annotated[AwareDatetime, AfterValidator(lambda instant: instant.astimezone(UTC))]


class SensorRule(Model):
    """What an alarm must show of a sensor when that sensor is the most to blame; what can't be told is let pass.

    Attributes
    ----------
    side : only alarms on this side of what was expected count, as with oxygen that is too low.
    deviation : a reading closer than this to what was expected is no alarm, in the sensor's unit.
    range : lowest and highest physically possible value; one outside is told as a fault of the sensor.
    """

    side: Literal["above", "below"] | None = None
    deviation: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    range: Range | None = None


class Maintenance(Model):
    """A time in which people work on units: alarms are counted and raise nothing.

    Attributes
    ----------
    start, end : instants with a time zone, kept in UTC, the end not included.
    units : who is worked on; the whole fleet when nobody is named.
    """

    start: Instant
    end: Instant
    units: tuple[str, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _ends_after_start(self) -> "Maintenance":
        if self.start >= self.end:
            raise ValueError(f"maintenance from {self.start} to {self.end} is empty; the end must be later")
        return self


class IncidentConfig(Model):
    """When alarms of a unit become one incident.

    Attributes
    ----------
    alarms, of : so many of so many successive windows must alarm before an incident is raised.
    severe : an alarm of this severity raises one by itself, however few there are; none does when not given.
    merge_gap : alarms of a unit with no more than this between them belong together; the threshold's when not given.
    recurs_within : alarms that set in again so long after an incident of a unit are that incident again, if the sensor
        most to blame was among those to blame at its peak and both began in the same stretch of ``longest``, counted
        from 1970; it is resolved meanwhile. Nothing comes back when not given.
    clear : an incident stays up while scores lie above this share of the way from the usual score to the threshold;
        1 is no hysteresis.
    linger : but no longer than this after its last alarm.
    hold_off : so long after the end of an incident of a unit nothing new is raised; nothing is held off when not given.
    longest : an incident that has lasted so long expires, and what goes on without a break is told as lasting.
    warm_up : so long after its first window a unit raises nothing; not at all when not given.
    most_missing : a window with a larger share of missing readings raises nothing,
    degraded : and a unit is degraded by a sensor of which a larger share of readings is missing.
    decades : severity is 50 where a score is so many powers of ten rarer than the threshold.
    sensors : what an alarm must show, by sensor.
    maintenance : when people work on units.
    fleet_units, fleet_span : so many units whose incidents start within this span are one event of the fleet.
    """

    alarms: int = Field(default=1, ge=1)
    of: int = Field(default=1, ge=1, le=10_000)
    severe: float | None = Field(default=None, ge=0, le=100)
    merge_gap: Duration | None = None
    recurs_within: Duration | None = None
    clear: float = Field(default=0.8, gt=0, le=1)
    linger: Duration = "6h"  # type: ignore[assignment]
    hold_off: Duration | None = None
    longest: Duration = "14d"  # type: ignore[assignment]
    warm_up: Duration | None = None
    most_missing: float = Field(default=0.9, ge=0, le=1)
    degraded: float = Field(default=0.5, ge=0, lt=1)
    decades: float = Field(default=2.0, gt=0)
    sensors: dict[Identifier, SensorRule] = Field(default_factory=dict)
    maintenance: tuple[Maintenance, ...] = ()
    fleet_units: int = Field(default=3, ge=2)
    fleet_span: Duration = "30m"  # type: ignore[assignment]

    @model_validator(mode="after")
    def _attainable(self) -> "IncidentConfig":
        if self.alarms > self.of:
            raise ValueError(f"{self.alarms} alarms of {self.of} windows can't be; of must be at least alarms")
        if self.recurs_within is not None and self.recurs_within > self.longest:
            raise ValueError(
                f"recurs_within: {self.recurs_within} is longer than an incident may last, {self.longest}; "
                "what comes back must have begun within longest, so give at most that"
            )
        return self
