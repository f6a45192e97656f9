"""Columns of a file matched with what models need, by name: features, unit, time, what is kept and what is dropped.

No row is read here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from ...errors import ScoringError
from .inputs import InputFile

UNIT_NAMES = ("unit_id", "unit")
TIME_NAMES = ("window_start", "timestamp", "time", "datetime", "date")
END_NAMES = ("window_end",)
METADATA = (
    *(*UNIT_NAMES, *TIME_NAMES, *END_NAMES, "window_id", "file_name", "source_file", "cycle"),
    *("fault_type", "failure_type", "label", "labels", "is_anomaly", "anomaly", "is_fault", "fault"),
)
"""Columns that are kept beside the features wherever they come."""


@dataclass(frozen=True)
class Needs:
    """What models need of a file.

    Attributes
    ----------
    features : every feature of theirs, in order.
    sensors : those of them that say something of a machine: without any of these a row can't be scored.
    time : why they need the time of every row; None where they don't.
    """

    features: tuple[str, ...]
    sensors: tuple[str, ...]
    time: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What a person said about columns; see `Request`."""

    unit: str | None = None
    time: str | None = None
    keep: tuple[str, ...] = ()
    metadata: tuple[str, ...] = METADATA


@dataclass(frozen=True)
class Alignment:
    """Which columns of the first file, and of all that follow, are what.

    Attributes
    ----------
    needs : features, and why a time is needed.
    unit, time, end : columns that say whose and when a row is; None where there is none.
    kept : columns that are kept, with their names in the output and their types.
    dropped : columns that are not used.
    """

    needs: Needs
    unit: str | None
    time: str | None
    end: str | None
    kept: dict[str, tuple[str, pl.DataType]]
    dropped: tuple[str, ...]


def align(file: InputFile, needs: Needs, wanted: Wanted, reserved: frozenset[str] = frozenset()) -> Alignment:
    """Match a file's columns with what is needed.

    Parameters
    ----------
    reserved : names that the output has for itself; a kept column of that name becomes ``input_<name>``.

    Raises
    ------
    ScoringError
        If features are missing, or a column that a person named, or the time where it is needed.
    """
    _require_features(file, needs)
    unit = _named(file, wanted.unit, "--unit-column", UNIT_NAMES)
    time = _named(file, wanted.time, "--time-column", TIME_NAMES)
    if needs.time and time is None:
        raise ScoringError(
            f"{file.name} doesn't say when its rows were measured, and {needs.time}",
            found=", ".join(file.columns),
            expected=f"a column called {', '.join(TIME_NAMES[:-1])} or {TIME_NAMES[-1]}",
            remedy="say which column it is with --time-column",
        )
    for name in wanted.keep:
        _named(file, name, "--keep", ())
    known = {*wanted.metadata, *wanted.keep, unit, time}
    kept = [name for name in file.columns if name in known and name not in needs.features]
    return Alignment(
        needs,
        unit,
        time,
        next((name for name in END_NAMES if name in file.columns and name not in needs.features), None),
        {name: (f"input_{name}" if name in reserved else name, file.schema[name]) for name in kept},
        tuple(name for name in file.columns if name not in {*kept, *needs.features}),
    )


def require_alike(file: InputFile, like: Alignment, first: str) -> None:
    """Refuse a file that lacks a column of the file that was aligned.

    Raises
    ------
    ScoringError
        Naming the file, and the features or other columns that it lacks.
    """
    _require_features(file, like.needs)
    lacks = [name for name in like.kept if name not in file.columns]
    if lacks:
        raise ScoringError(
            f"{file.name} has other columns than {first}",
            found=", ".join(file.columns),
            expected=f"also {', '.join(lacks)}",
            remedy="score files with different columns one at a time",
        )


def _named(file: InputFile, name: str | None, option: str, usual: Sequence[str]) -> str | None:
    """Give the column that a person named, else the first usual one that is there."""
    if name is None:
        return next((candidate for candidate in usual if candidate in file.columns), None)
    if name not in file.columns:
        near = get_close_matches(name, file.columns, n=1)
        raise ScoringError(
            f"{file.name} has no column {name!r}, which {option} names",
            found=", ".join(file.columns),
            remedy=f"did you mean {near[0]!r}?" if near else "name one of these",
        )
    return name


def _require_features(file: InputFile, needs: Needs) -> None:
    missing = [name for name in needs.features if name not in file.columns]
    if missing:
        found = [name for name in needs.features if name in file.columns]
        raise ScoringError(
            f"the input lacks required features: {missing}",
            found=f"{found or list(file.columns)} in {file.name}",
            expected=str(list(needs.features)),
            remedy=f"{_hints(missing, file.columns, needs)}build the features with the configuration that the model "
            "was trained with, or score raw readings with --from readings",
        )
    doubled = [name for name in needs.features if f"{name}_duplicated_0" in file.columns]
    if doubled:
        raise ScoringError(
            f"the input {file.name} has two columns of one name: {doubled}", remedy="rename or remove one of each"
        )


def _hints(missing: Sequence[str], columns: Sequence[str], needs: Needs) -> str:
    """Say which other columns are called nearly like the missing ones."""
    folded = {name.casefold(): name for name in columns if name not in needs.features}
    near = {name: get_close_matches(name.casefold(), folded, n=1, cutoff=0.8) for name in missing}
    hints = [f"{name!r} may be {folded[close[0]]!r}" for name, close in near.items() if close]
    return f"{'; '.join(hints)}; " if hints else ""
