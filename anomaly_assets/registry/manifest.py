"""What a bundle says of itself: where it comes from, what it was trained on, what it needs.

Reading and writing whole bundles belongs in bundle.py.
"""

import hashlib
import json
import platform
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import polars as pl
from pydantic import Field

from ..config import FleetConfig, Model

_LIBRARIES = ("numpy", "polars", "scipy", "scikit-learn", "torch", "safetensors")


def libraries() -> dict[str, str]:
    """Versions of Python and of the libraries that a score may depend on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


class Manifest(Model):
    """Where a model comes from, so that every score can be traced and made again.

    Attributes
    ----------
    fleet, detector, kind, params : which detector of which fleet, built how.
    features : names of the unscaled features, in the order of the training frame.
    config_digest : of the fleet's file as it was (`config_digest`).
    config : the fleet's file as it was, so that raw readings can be scored wherever the bundle goes; empty in bundles
        of earlier versions of the platform.
    window : the training window as the fleet's file said it.
    training_windows : per unit, the moments [start, end) that fitting and validation lay in; this is also what says
        which part of a unit's early life was learnt from.
    validation_windows : per unit, the later part of it that was held back to calibrate and to choose.
    fingerprint : of the rows that were fitted on (`fingerprint`).
    code_version : of this package.
    seed : that every random choice of training came from.
    libraries : versions in force at training.
    metrics : validation metrics at registration.
    created_at : when it was trained, UTC.
    """

    fleet: str
    detector: str
    kind: str
    params: dict[str, Any] = Field(default_factory=dict)
    features: tuple[str, ...]
    config_digest: str
    config: dict[str, Any] = Field(default_factory=dict)
    window: dict[str, Any] = Field(default_factory=dict)
    training_windows: dict[str, tuple[datetime, datetime]] = Field(default_factory=dict)
    validation_windows: dict[str, tuple[datetime, datetime]] = Field(default_factory=dict)
    fingerprint: str
    code_version: str
    seed: int = 0
    libraries: dict[str, str] = Field(default_factory=libraries)
    metrics: dict[str, float] = Field(default_factory=dict)
    created_at: datetime

    @property
    def fleet_config(self) -> FleetConfig | None:
        """The fleet's file as it was; None where the bundle doesn't tell."""
        return FleetConfig.model_validate(self.config) if self.config else None


def config_digest(fleet: FleetConfig) -> str:
    """SHA-256 of a fleet's configuration, defaults included; the order of keys and comments don't matter."""
    return hashlib.sha256(canonical(fleet.model_dump(mode="json"))).hexdigest()


def fingerprint(windows: pl.DataFrame) -> str:
    """SHA-256 of a frame's names, types and values in row order; how it is chunked doesn't matter."""
    digest = hashlib.sha256()
    for name, column in zip(windows.columns, windows.iter_columns(), strict=True):
        digest.update(f"{name}:{column.dtype}:{column.len()}\n".encode())
        if column.dtype == pl.String:
            digest.update("\x1f".join(column.fill_null("\x1e")).encode())
        else:
            digest.update(column.is_null().to_numpy().tobytes())
            digest.update(column.to_physical().fill_null(0).to_numpy().tobytes())
    return digest.hexdigest()


def canonical(document: Any) -> bytes:
    """JSON with sorted keys and no spaces: equal documents have equal bytes."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
