"""How a synthetic fleet is written in each raw format; one module a format, found by its name.

A layout module has ``write(simulated, fleet, folder) -> list[Path]`` and ``unit_id(fleet, unit, failed) -> str``, the
name that the format's reader will give to a simulated unit. Where files say by themselves what becomes of a unit, it
also has ``fate(fleet, number) -> tuple[str, ...]``, the faults of the unit of that number, and may have
``rig(number) -> int`` for units that run, and stop, together.
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

__all__ = ["fate", "layouts", "put", "rig", "unit_id", "writer"]


def layouts() -> tuple[str, ...]:
    """Names of the raw formats that a fleet can be simulated in."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_")))


def unit_id(fleet: FleetConfig, unit: Unit, failed: bool) -> str:
    """Name that the fleet's reader will give to a simulated unit."""
    return str(_layout(fleet).unit_id(fleet, unit, failed))


def fate(fleet: FleetConfig, number: int) -> tuple[str, ...] | None:
    """Faults that the fleet's files say a unit has; None where they say nothing of it by themselves."""
    told = getattr(_layout(fleet), "fate", None)
    return None if told is None else tuple(told(fleet, number))


def rig(fleet: FleetConfig, number: int) -> int:
    """Number of the rig that a unit runs on; a unit of its own by default."""
    told = getattr(_layout(fleet), "rig", None)
    return number if told is None else int(told(number))


def writer(fleet: FleetConfig) -> Callable[[dict[str, pl.DataFrame], FleetConfig, Path], list[Path]]:
    """Return the writer of the fleet's raw format; it takes frames by name (readings, clean, events, units, states)."""
    written: Callable[[dict[str, pl.DataFrame], FleetConfig, Path], list[Path]] = _layout(fleet).write
    return written


def _layout(fleet: FleetConfig) -> Any:
    return import_module(f"{__name__}.{fleet.source.format}")
