"""How a synthetic fleet is written in each raw format; one module a format, found by its name.

A layout module has ``write(simulated, fleet, folder) -> list[Path]`` and ``unit_id(fleet, unit, failed) -> str``, the
name that the format's reader will give to a simulated unit.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import polars as pl

from ...config import FleetConfig
from ..timeline import Unit
from ._files import put

__all__ = ["layouts", "put", "unit_id", "writer"]


def layouts() -> tuple[str, ...]:
    """Names of the raw formats that a fleet can be simulated in."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_")))


def unit_id(fleet: FleetConfig, unit: Unit, failed: bool) -> str:
    """Name that the fleet's reader will give to a simulated unit."""
    return str(_layout(fleet).unit_id(fleet, unit, failed))


def writer(fleet: FleetConfig) -> Callable[[dict[str, pl.DataFrame], FleetConfig, Path], list[Path]]:
    """Return the writer of the fleet's raw format; it takes frames by name (readings, clean, events, units)."""
    written: Callable[[dict[str, pl.DataFrame], FleetConfig, Path], list[Path]] = _layout(fleet).write
    return written


def _layout(fleet: FleetConfig) -> Any:
    return import_module(f"{__name__}.{fleet.source.format}")
