"""What an event is: one window of one unit whose score was above the threshold. Where it is kept lives elsewhere."""

from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter

from ..errors import EventRefusedError
from . import values

Row = tuple[str, str, datetime, float, bool, float, str]
"""An event's values in the order of its attributes, which is the order of columns everywhere in this room."""

LONGEST = {"fleet": 64, "sensor_id": 64, "model_version": 128}
"""Characters that the columns of ``anomaly_events`` hold."""


@dataclass(frozen=True, slots=True)
class Event:
    """A detection above the threshold.

    Attributes
    ----------
    fleet : name of the fleet's file, at most 64 characters.
    sensor_id : the unit, at most 64 characters.
    detected_at : when, with a time zone; becomes UTC.
    anomaly_score : the window's score, finite.
    is_anomaly : whether the score was above the threshold.
    confidence : from 0 to 1; 0.99 says that one normal window in a hundred scores as high.
    model_version : what scored it, such as ``deviation_v3``, at most 128 characters.

    Raises
    ------
    EventRefusedError
        If no database could ever keep it; the sentence names the attribute.
    """

    fleet: str
    sensor_id: str
    detected_at: datetime
    anomaly_score: float
    is_anomaly: bool
    confidence: float
    model_version: str

    def __post_init__(self) -> None:
        for name, longest in LONGEST.items():
            values.text(name, getattr(self, name), longest)
        if not isinstance(self.is_anomaly, bool):
            raise EventRefusedError("is_anomaly is neither yes nor no", found=repr(self.is_anomaly), expected="a bool")
        object.__setattr__(self, "detected_at", values.moment("detected_at", self.detected_at))
        object.__setattr__(self, "anomaly_score", values.number("anomaly_score", self.anomaly_score))
        object.__setattr__(self, "confidence", values.number("confidence", self.confidence, 0, 1))


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Event))

_ROW = attrgetter(*COLUMNS)


def row_of(event: Event) -> Row:
    """Give an event's values in the order of columns."""
    values_of: Row = _ROW(event)
    return values_of
