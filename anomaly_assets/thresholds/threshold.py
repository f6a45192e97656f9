"""A threshold as a value: what it is, how it was found, and what it takes for granted."""

import math
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from ..errors import ThresholdError


@dataclass(frozen=True)
class Threshold:
    """A score above ``value`` is anomalous; equality is normal.

    Attributes
    ----------
    value : finite.
    method, params : how it was found; durations are written as text. What a method learnt besides the value stands
        in params too, under a name that ends in ``_``.
    assumption : what must hold for it to keep its promise, as a sentence for people.
    windows : number of calibration windows used.
    unit_days : the time they cover, summed over units, in days.
    start, end : first start and last end of those windows.
    """

    value: float
    method: str
    params: dict[str, Any]
    assumption: str
    windows: int
    unit_days: float
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ThresholdError("a threshold must be a finite number", found=self.value, remedy="check the scores")

    @property
    def adapts(self) -> bool:
        """Whether it moves with the scores it judges (see `follow`); ``value`` is where it starts then."""
        return self.method == "adaptive_budget"

    def flags(self, scores: np.ndarray) -> np.ndarray:
        """Whether each score is above ``value``: boolean (n_windows,). One that adapts is asked by `follow`."""
        return np.asarray(scores, dtype=np.float64) > self.value

    def to_json(self) -> dict[str, Any]:
        """Plain values that JSON can hold and `from_json` reads back exactly."""
        return asdict(self) | {"start": self.start.isoformat(), "end": self.end.isoformat()}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Threshold":
        """Read what `to_json` wrote.

        Raises
        ------
        ThresholdError
            If a key is missing, unknown or not of its kind.
        """
        try:
            moments = {key: datetime.fromisoformat(document[key]) for key in ("start", "end")}
            return cls(**document | moments | {"value": float(document["value"])})
        except (KeyError, TypeError, ValueError) as error:
            raise ThresholdError(
                "a stored threshold is damaged", found=repr(error), remedy="take another model version"
            ) from error
