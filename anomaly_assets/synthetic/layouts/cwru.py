"""CWRU arrays: one ``.npz`` a measurement, its channels as columns DE, FE, BA; the name tells the bearing's condition.

Names are those of ``simulation.names``: ``1797_Normal`` is healthy; ``1797_IR_7``, ``1797_B_14`` and ``1797_OR@6_21``
have a fault of the inner race, a ball, the outer race. Files state no instants: they begin at ``source.options.epoch``.

The layout is that of the Case Western Reserve University bearing data (Smith and Randall, MSSP 2015).
"""

import re
from pathlib import Path

import numpy as np
import polars as pl

from ...config import FleetConfig
from ..machinery import recorded
from ..timeline import Unit, unit_names
from ._files import npz_bytes, put

CONDITIONS = {"IR": "bearing_inner_race", "OR": "bearing_outer_race", "B": "bearing_ball"}
_FAULT = re.compile(r"(?<![A-Za-z])(IR|OR|B)(?=[@_\d])")


def unit_id(fleet: FleetConfig, unit: Unit, failed: bool) -> str:
    """A measurement is told by its file's name."""
    return unit.name


def fate(fleet: FleetConfig, number: int) -> tuple[str, ...]:
    """Tell the fault that a measurement's name tells."""
    told = _FAULT.search(unit_names(fleet)[number])
    return (CONDITIONS[told[1]],) if told else ()


def write(frames: dict[str, pl.DataFrame], fleet: FleetConfig, folder: Path) -> list[Path]:
    """Write one file per measurement, its windows one after the other; one measurement at a time is in memory."""
    written = []
    for (unit,), windows in frames["states"].group_by("unit_id", maintain_order=True):
        heard = [recorded(fleet, state) for state in windows.iter_rows(named=True)]
        arrays = {name.upper(): np.concatenate([window[name] for window in heard])[:, None] for name in heard[0]}
        written.append(put(folder / f"{unit}.npz", npz_bytes(arrays)))
    return written
