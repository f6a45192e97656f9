"""Four kinds of anomaly, each by a number that rises from its ``low`` (severity 0) to its ``high`` (severity 1)."""

from typing import Annotated

from pydantic import AfterValidator, Field

from .base import Model

KINDS = ("point", "collective", "contextual", "sensor_fault")
"""Kinds of anomaly, in the order in which they are told."""


def _ascending(limits: tuple[float, float]) -> tuple[float, float]:
    if not limits[0] < limits[1]:
        raise ValueError(f"low {limits[0]:g} must be less than high {limits[1]:g}")
    return limits


Limits = Annotated[tuple[float, float], AfterValidator(_ascending)]
"""Where severity is 0 and where it is 1; in between it rises straight."""


class SeverityRules(Model):
    """What counts as how severe; the defaults are those of a published rule set for dissolved oxygen.

    Attributes
    ----------
    point : |z| of a reading over an hour.
    collective : mean of |z| over two hours.
    contextual : distance from the usual value of the hour of the day, in the usual deviations of that hour.
    stuck_factor : a sensor may be stuck when its deviation over an hour is less than this share of its typical one,
    stuck : and is the more so the larger a share of that hour its last run of equal readings holds.
    spike : size of two successive jumps of opposite sign, in typical deviations.
    noise : deviation over an hour, in typical ones.
    impossible : number of readings that can't be, beyond the sensor's physical range, in an hour; no rule of that set.
    """

    point: Limits = (2.0, 5.0)
    collective: Limits = (1.0, 3.0)
    contextual: Limits = (2.0, 4.0)
    stuck_factor: float = Field(default=0.1, gt=0, lt=1)
    stuck: Limits = (0.5, 1.0)
    spike: Limits = (3.0, 6.0)
    noise: Limits = (1.5, 3.0)
    impossible: Limits = (0.5, 0.6)
