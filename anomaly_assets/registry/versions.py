"""Model versions as values, how a person may refer to one, and who was live when. No storage here."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..errors import RegistryError

STATUSES = ("champion", "shadow", "challenger")
"""Aliases that say what a version is to its fleet, the weightiest first."""

_FORECASTER = ".forecaster"


def forecaster_of(fleet: str) -> str:
    """Name the registered model of a fleet's forecaster: ``<fleet>.forecaster``; no fleet has a dot in its name."""
    return f"{fleet}{_FORECASTER}"


def fleet_of(model: str) -> str:
    """Name the fleet that a registered model belongs to."""
    return model.removesuffix(_FORECASTER)


@dataclass(frozen=True)
class ModelVersion:
    """One registered bundle.

    Attributes
    ----------
    fleet, version : the registered model and its number, from 1.
    detector, kind : which of the fleet's detectors it holds.
    created_at : when it was registered, UTC.
    run_id : the tracked run behind it.
    aliases : such as ``champion``.
    metrics : validation metrics given at registration.
    tags : everything else that was noted on it.
    """

    fleet: str
    version: int
    detector: str
    kind: str
    created_at: datetime
    run_id: str
    aliases: tuple[str, ...] = ()
    metrics: dict[str, float] = field(default_factory=dict, compare=False)
    tags: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """The detector and the number, as a person refers to it: ``deviation/3``."""
        return f"{self.detector}/{self.version}"

    @property
    def status(self) -> str:
        """What it is to the fleet: ``champion``, ``shadow``, ``challenger``, or ``validation`` until it is any."""
        return next((status for status in STATUSES if status in self.aliases), "validation")

    @property
    def released(self) -> str | None:
        """Name of its latest release; None where it was never released."""
        return str(json.loads(self.tags["release"])["version"]) if "release" in self.tags else None


@dataclass(frozen=True)
class AliasChange:
    """At ``when`` (UTC), ``alias`` came to name ``version``, because of ``reason``; ``back`` marks a rollback."""

    when: datetime
    alias: str
    version: int
    reason: str
    back: bool = False


def find(versions: Sequence[ModelVersion], fleet: str, reference: str | int) -> ModelVersion:
    """Choose a version by alias, number, ``detector`` (its latest) or ``detector/number``.

    Raises
    ------
    RegistryError
        If there is none; the message lists what exists.
    """
    name, slash, number = str(reference).rpartition("/")
    for candidate in sorted(versions, key=lambda version: -version.version):
        numbered = number == str(candidate.version) and name == (candidate.detector if slash else "")
        if numbered or reference in candidate.aliases or reference == candidate.detector:
            return candidate
    known, what = [_described(version) for version in versions], "model" if fleet == fleet_of(fleet) else "forecaster"
    raise RegistryError(
        f"fleet {fleet_of(fleet)} has no {what} {str(reference)!r}",
        found=", ".join(known) or f"no {what} at all",
        expected="an alias, a version number, a detector, or detector/number",
        remedy=f"anomaly-assets models list {fleet}" if known else f"anomaly-assets train {fleet_of(fleet)}",
    )


def before(changes: Iterable[AliasChange], current: int) -> int | None:
    """Version that an alias named before ``current`` was set; going back twice goes further back."""
    stack: list[int] = []
    for change in changes:
        if change.back and change.version in stack:
            stack = stack[: stack.index(change.version) + 1]
        elif change.version not in stack[-1:]:
            stack.append(change.version)
    # whoever moved the alias by other means did not tell us; then what it named last is what came before
    earlier = stack[:-1] if stack[-1:] == [current] else stack
    return next((version for version in reversed(earlier) if version != current), None)


def _described(version: ModelVersion) -> str:
    aliases = f" ({', '.join(version.aliases)})" if version.aliases else ""
    return f"{version.name}{aliases}"
