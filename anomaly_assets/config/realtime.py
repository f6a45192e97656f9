"""What a fleet's file may say about readings that come by MQTT: on which topics, and when a window is complete.

The broker, which all fleets share, is told in broker.py; how topics are read belongs in realtime/.
"""

import re

from pydantic import field_validator, model_validator

from .base import Duration, Model

_LEVEL = re.compile(r"\{(\w+)\}")


def _levels(topic: str, known: tuple[str, ...]) -> list[str]:
    """Split a topic into levels; each is plain, ``+`` or one of the known places, such as ``{unit}``."""
    levels = topic.split("/")
    for level in levels:
        named = _LEVEL.fullmatch(level)
        if named and named[1] not in known:
            raise ValueError(f"{topic!r} holds {level}; known are {', '.join(f'{{{name}}}' for name in known)}")
        if not named and level != "+" and any(sign in level for sign in "+#{}\0"):
            raise ValueError(f"{topic!r} holds {level!r}; a level is plain text, + or a name in braces")
    if topic.startswith("$") or not topic.strip("/"):
        raise ValueError(f"{topic!r} is no topic that devices publish to")
    return levels


class RealtimeConfig(Model):
    """How a fleet is listened to.

    Attributes
    ----------
    topic : where readings are published. ``{unit}`` stands for the level that names the unit (without it the first
        ``+`` does), ``{sensor}`` for one that names the sensor, ``+`` for levels that mean nothing.
    lateness : a window waits for stragglers until a reading of its unit so much later than its end has come; a reading
        at its end is enough when not given.
    idle : a window whose time is over is scored with what there is once its unit has said nothing for so long; it waits
        for the unit's next reading when not given.
    recall : whether the installation's own recording is looked back on where a unit is heard for the first time.
    ahead : a reading from further in the future than this comes from a clock that is wrong.
    scores, incidents : where scored windows and incidents are published; ``{fleet}`` and ``{unit}`` stand for names.
    """

    topic: str
    lateness: Duration | None = None
    idle: Duration | None = "15m"  # type: ignore[assignment]
    recall: bool = True
    ahead: Duration = "5m"  # type: ignore[assignment]
    scores: str = "anomaly_assets/{fleet}/{unit}/score"
    incidents: str = "anomaly_assets/{fleet}/{unit}/incident"

    @field_validator("topic")
    @classmethod
    def _names_a_unit(cls, topic: str) -> str:
        levels = _levels(topic, ("unit", "sensor"))
        if "{unit}" not in levels and "+" not in levels:
            raise ValueError(f"no level of {topic!r} names the unit; write {{unit}} where it stands")
        if levels.count("{unit}") > 1 or levels.count("{sensor}") > 1:
            raise ValueError(f"{topic!r} names a place twice")
        return topic

    @field_validator("scores", "incidents")
    @classmethod
    def _one_for_every_unit(cls, topic: str) -> str:
        levels = _levels(topic, ("fleet", "unit"))
        if "{unit}" not in levels or "+" in levels:
            raise ValueError(f"{topic!r} must hold {{unit}} and no wildcard: every unit has a topic of its own")
        return topic

    @model_validator(mode="after")
    def _no_echo(self) -> "RealtimeConfig":
        if self.scores == self.incidents:
            raise ValueError(f"scores and incidents are both published to {self.scores!r}; they need two topics")
        for told in (self.scores, self.incidents):
            if _overlap(self.topic.split("/"), told.split("/")):
                raise ValueError(f"what is published to {told!r} would come back on {self.topic!r}; name another topic")
        return self


def _overlap(pattern: list[str], told: list[str]) -> bool:
    """Whether some topic fits both; whatever stands in braces may be anything."""
    if len(pattern) != len(told):
        return False
    free = [one == "+" or "{" in one + other for one, other in zip(pattern, told, strict=True)]
    return all(same or one == other for same, one, other in zip(free, pattern, told, strict=True))
