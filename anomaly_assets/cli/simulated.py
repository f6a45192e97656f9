"""Synthetic raw files of a fleet in a folder, with a note beside them of what made them; a person's files are safe."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..config import FleetConfig
from ..errors import SimulationError
from .dates import DAY, yesterday

NOTE = ".simulated.json"


@dataclass(frozen=True)
class Request:
    """What is to be simulated: which days, from which seed, and whether the fleet's level moves on the way."""

    start: date
    days: int
    seed: int = 7
    drift_from: date | None = None
    drift_scales: float = 3.0


@dataclass(frozen=True)
class Written:
    """What lies in a folder now: files, readings, events and units."""

    files: int
    readings: int
    events: int
    units: int


def request(fleet: FleetConfig, days: int | None, start: date | None = None, seed: int = 7, **drift: Any) -> Request:
    """Fill in what wasn't said: the fleet's length, ending yesterday, or from its own first day if it has one."""
    length = days or fleet.simulation.days
    begin = start or _epoch(fleet) or fleet.start or yesterday() - (length - 1) * DAY
    return Request(begin, length, seed, **drift)


def write(fleet: FleetConfig, wanted: Request, folder: Path) -> Written:
    """Simulate and write; files of an earlier simulation that have the same names are replaced."""
    from ..synthetic import simulate, write_raw

    made = simulate(
        fleet, wanted.start, wanted.days, wanted.seed, drift_from=wanted.drift_from, drift_scales=wanted.drift_scales
    )
    files = write_raw(made, fleet, folder)
    told = Written(len(files), made.measured, made.events.height, made.units.height)
    names = sorted({*_note(folder).get("files", []), *(path.relative_to(folder).as_posix() for path in files)})
    note = {"request": _plain(wanted), "fleet": fleet.model_dump(mode="json"), "files": names, "written": asdict(told)}
    (folder / NOTE).write_text(json.dumps(note), encoding="utf-8")
    return told


def already(fleet: FleetConfig, wanted: Request, folder: Path) -> Written | None:
    """Tell what lies in a folder if it came from this very request (whenever it began) and this very fleet file."""
    note = _note(folder)
    same = note.get("request", {}) | {"start": None} == _plain(wanted) | {"start": None}
    if not same or note.get("fleet") != fleet.model_dump(mode="json"):
        return None
    return Written(**note["written"])


def clear(folder: Path) -> None:
    """Remove what an earlier simulation has written into a folder, and nothing else."""
    for name in _note(folder).get("files", []):
        (folder / name).unlink(missing_ok=True)
    (folder / NOTE).unlink(missing_ok=True)


def holds_foreign_files(folder: Path) -> bool:
    """Whether a folder holds files that no simulation has written."""
    ours = {*_note(folder).get("files", []), NOTE}
    return any(path.is_file() and path.relative_to(folder).as_posix() not in ours for path in folder.rglob("*"))


def require_own_folder(folder: Path) -> None:
    """Refuse to mix synthetic files with a person's own.

    Raises
    ------
    SimulationError
        If the folder holds files that no simulation has written.
    """
    if holds_foreign_files(folder):
        raise SimulationError(
            "synthetic files would be mixed with files that no simulation has written",
            found=f"such files in {folder}",
            remedy="choose an empty folder with --out DIR, or say --force",
        )


def _note(folder: Path) -> dict[str, Any]:
    try:
        note: dict[str, Any] = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note


def _plain(wanted: Request) -> dict[str, Any]:
    fields = asdict(wanted)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}


def _epoch(fleet: FleetConfig) -> date | None:
    """Give the first day of a format that counts from one and has no dates of its own."""
    epoch = fleet.source.options.get("epoch")
    return epoch if isinstance(epoch, date) else date.fromisoformat(str(epoch)) if epoch else None
