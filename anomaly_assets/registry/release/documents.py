"""What a package says of its model in JSON and YAML: how it is asked, what its threshold is, how good it was found.

Every figure comes from the bundle or from the evaluation's record; nothing is computed here. Prose is in card.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...monitoring import ReferenceProfile
from ..bundle import Bundle
from .preparation import asks_unit

FORMAT = 1
LEVELS = (0.5, 0.75, 0.9, 0.95, 0.99)
"""Quantiles of the reference scores that tell how unusual a score is."""

PADDING = (
    "a window is one grid step after the one before it; a step without a window repeats the one before it, and steps "
    "before a unit's first window repeat that one"
)
GAPS = "a window is one grid step after the one before it; a step without a window is NaN"


@dataclass(frozen=True)
class Subject:
    """What is released.

    Attributes
    ----------
    bundle : calibrated.
    number : of the version in the registry.
    status : ``champion``, ``shadow``, ``challenger`` or ``validation``.
    evaluation : the record of this version's evaluation, as ``reports/<fleet>/evaluation.json``; None without one.
    """

    bundle: Bundle
    number: int
    status: str
    evaluation: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """``<fleet>_<detector>``."""
        return f"{self.bundle.manifest.fleet}_{self.bundle.manifest.detector}"

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs that the model has."""
        given = {"features": True, "unit": asks_unit(self.bundle), "clock": self.bundle.detector.clock}
        return tuple(name for name, there in given.items() if there)


def signature(subject: Subject) -> dict[str, Any]:
    """Say what goes in and what comes out: names, types, shapes with named dimensions, order, units, missing values."""
    bundle = subject.bundle
    steps, width = bundle.detector.steps, len(bundle.manifest.features)
    described: dict[str, dict[str, Any]] = {
        "features": {
            "type": "float64",
            "shape": ["n", width] if steps == 1 else ["n", steps, width],
            "dimensions": ["windows", *(["steps, oldest first"] if steps > 1 else []), "features, as columns go"],
            "meaning": "unscaled features in the order of columns; conditioning and scaling are inside the model",
            "missing": "NaN",
        },
        "unit": {
            "type": "string",
            "shape": ["n"],
            "dimensions": ["windows"],
            "meaning": "the machine, station or probe; one that is not among units is judged as the fleet is",
        },
        "clock": {
            "type": "float64",
            "shape": ["n"],
            "dimensions": ["windows"],
            "meaning": "start of the window, in days since 1970-01-01T00:00:00Z",
        },
    }
    return {
        "format": FORMAT,
        "name": subject.name,
        "inputs": [{"name": name} | described[name] for name in subject.inputs],
        "outputs": [
            _output("score", "float64", "higher is more anomalous"),
            _output("flag", "bool", "score above the threshold; one that differs from it by rounding alone is equal"),
        ],
        "columns": [_column(bundle, name) for name in bundle.manifest.features],
        "units": sorted(bundle.manifest.training_windows),
        "windows": {
            "steps": steps,
            "stride_seconds": _stride(bundle),
            "order": "oldest first",
            "padding": _padding(bundle),
        },
    }


def thresholds(subject: Subject) -> dict[str, Any]:
    """Say what score is too high, how that was found, and how high scores of training were."""
    found, profile = subject.bundle.require_threshold(), subject.bundle.profile
    return {
        "method": found.method,
        "value": found.value,
        "direction": "a score above the value is an alarm",
        "equality": "normal",
        "adapts": found.adapts,
        "params": dict(found.params),
        "assumption": found.assumption,
        "calibration": {
            "start": found.start.isoformat(),
            "end": found.end.isoformat(),
            "windows": found.windows,
            "unit_days": found.unit_days,
        },
        "reference_scores": {} if profile is None else _levels(profile),
    }


def metrics(subject: Subject) -> dict[str, Any]:
    """Give the figures at registration and the evaluation's whole record; None where it was not evaluated."""
    return {
        "version": f"{subject.bundle.manifest.detector}/{subject.number}",
        "validation": dict(subject.bundle.manifest.metrics),
        "evaluation": None if subject.evaluation is None else dict(subject.evaluation),
    }


def _output(name: str, dtype: str, meaning: str) -> dict[str, Any]:
    return {"name": name, "type": dtype, "shape": ["n"], "dimensions": ["windows"], "meaning": meaning}


def _column(bundle: Bundle, name: str) -> dict[str, str | None]:
    sensor, _, statistic = name.rpartition("__")
    fleet = bundle.manifest.fleet_config
    known = fleet.sensors.get(sensor) if fleet else None
    return {
        "name": name,
        "sensor": sensor or None,
        "statistic": statistic,
        "sensor_measures": (known.measures or None) if known else None,
        "sensor_description": (known.description or None) if known else None,
    }


def _padding(bundle: Bundle) -> str:
    return GAPS if bundle.detector.tags.gaps else PADDING


def _stride(bundle: Bundle) -> float | None:
    fleet = bundle.manifest.fleet_config
    return fleet.stride.total_seconds() if fleet else None


def _levels(profile: ReferenceProfile) -> dict[str, float]:
    values = profile.training.score.quantiles
    return {f"{level:g}": float(values[int(level * len(values))]) for level in LEVELS}
