"""Topics to units and sensors and back. A name may hold signs that a topic's level can't; those are written as %2F."""

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from ..config import FleetConfig, RealtimeConfig
from ..errors import ConfigError

LONGEST_NAME = 64
"""Characters of a unit's name; an event has no room for more."""

_SIGNS = re.compile(r"[/+#%\0]")


def realtime_of(fleet: FleetConfig) -> RealtimeConfig:
    """Give a fleet's section on real time.

    Raises
    ------
    ConfigError
        If there is none.
    """
    if fleet.realtime is None:
        raise ConfigError(
            f"{fleet.fleet} does not say on which topics its readings come",
            expected=f"realtime: {{topic: {fleet.fleet}/{{unit}}/readings}}",
            remedy=f"add that to configs/fleets/{fleet.fleet}.yaml",
        )
    return fleet.realtime


def level(name: str) -> str:
    """Write a name as one level of a topic."""
    return _SIGNS.sub(lambda sign: f"%{ord(sign[0]):02X}", name)


@dataclass(frozen=True)
class Place:
    """Whom a topic is about; ``sensor`` is None where its messages name their sensors themselves."""

    unit: str
    sensor: str | None


@dataclass(frozen=True)
class Topics:
    """The topics of one fleet.

    Attributes
    ----------
    fleet : whose.
    config : its ``realtime`` section.
    """

    fleet: FleetConfig
    config: RealtimeConfig

    @cached_property
    def _levels(self) -> tuple[str, ...]:
        levels = self.config.topic.split("/")
        if "{unit}" not in levels:
            levels[levels.index("+")] = "{unit}"
        return tuple(levels)

    @property
    def pattern(self) -> str:
        """What to subscribe to."""
        return "/".join("+" if name.startswith("{") else name for name in self._levels)

    @property
    def names_sensor(self) -> bool:
        """Whether every sensor has a topic of its own."""
        return "{sensor}" in self._levels

    def place(self, topic: str) -> Place | None:
        """Say whom a topic is about; None where it names nobody whom the platform could tell of."""
        said = dict(zip(self._levels, topic.split("/"), strict=False))
        unit = unquote(said.get("{unit}", "")).strip()
        unit = self.fleet.source.unit.aliases.get(unit, unit)
        sensor = unquote(said["{sensor}"]) if "{sensor}" in said else None
        return Place(unit, sensor) if 0 < len(unit) <= LONGEST_NAME and unit.isprintable() else None

    def reading(self, unit: str, sensor: str | None = None) -> str:
        """Name the topic that a unit's readings are published to; levels that mean nothing are a dash."""
        named = {"{unit}": level(unit), "{sensor}": level(sensor or ""), "+": "-"}
        return "/".join(named.get(name, name) for name in self._levels)

    def score(self, unit: str) -> str:
        """Name the topic of a unit's scored windows."""
        return self._told(self.config.scores, unit)

    def incident(self, unit: str) -> str:
        """Name the topic of a unit's incidents."""
        return self._told(self.config.incidents, unit)

    def _told(self, topic: str, unit: str) -> str:
        named = {"{fleet}": self.fleet.fleet, "{unit}": level(unit)}
        return "/".join(named.get(name, name) for name in topic.split("/"))
