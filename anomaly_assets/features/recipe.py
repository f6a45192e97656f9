"""What a fleet's windows are made of, worked out once from its file; how each part is computed is told elsewhere."""

from dataclasses import dataclass

from .. import contracts
from ..config import FleetConfig
from .layout import read_bits, read_sensors


@dataclass(frozen=True)
class Recipe:
    """A fleet, and what follows from it for every window.

    Attributes
    ----------
    fleet : whose features are made.
    sensors : that features are made from.
    names : of the features, in order: the sensors', the settings', the calendar's.
    of_sensors : how many of them tell of sensors; a window without any value of these is none.
    tails : what stands behind the sensor in the names of any sensor's features, in order.
    read : columns of cleaned readings and quality bits that features are made from.
    """

    fleet: FleetConfig
    sensors: tuple[str, ...]
    names: tuple[str, ...]
    of_sensors: int
    tails: tuple[str, ...]
    read: tuple[str, ...]

    @classmethod
    def of(cls, fleet: FleetConfig) -> "Recipe":
        """Work a fleet's recipe out."""
        names, sensors = contracts.feature_columns(fleet), fleet.feature_sensors
        of_sensors = len(names) - len(contracts.setting_columns(fleet)) - 2 * len(fleet.features.calendar)
        tails = tuple(name.removeprefix(sensors[0]) for name in names[: of_sensors // len(sensors)])
        return cls(fleet, sensors, names, of_sensors, tails, (*read_sensors(fleet), *read_bits(fleet)))
