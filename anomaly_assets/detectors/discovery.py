"""Finds detectors by file name: ``isolation_forest.py`` defines ``IsolationForest``, and that is the registration.

A file is read when it is looked for and imported when it is used. No list of kinds is kept anywhere.
"""

import importlib
import re
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..errors import ConfigError, DetectorError
from . import storage
from .base import Detector
from .parameters import parameter_names, validated

_PACKAGE = __name__.rpartition(".")[0]


def kinds() -> tuple[str, ...]:
    """Every kind there is, in alphabetical order."""
    return tuple(sorted(kind for kind, path in _modules().items() if _defines(path, _class_name(kind))))


def detector_class(kind: str) -> type[Detector]:
    """Import the class of a kind.

    Raises
    ------
    DetectorError
        If no file of that name defines the class; the nearest kind is named.
    """
    known = kinds()
    if kind not in known:
        close = get_close_matches(kind, known, n=1)
        remedy = f"did you mean {close[0]!r}?" if close else "use one of these kinds"
        if kind in _modules():
            remedy = f"a detector in {kind}.py must be a class {_class_name(kind)}"
        raise DetectorError(f"there is no detector {kind!r}", expected=f"one of {', '.join(known)}", remedy=remedy)
    found: type[Detector] = getattr(importlib.import_module(f"{_PACKAGE}.{kind}"), _class_name(kind))
    return found


def build_detector(kind: str, params: Mapping[str, Any] | None = None, *, seed: int | None = None) -> Detector:
    """Construct a detector as a fleet's YAML describes it.

    Parameters
    ----------
    kind : file name in ``detectors/``.
    params : constructor arguments.
    seed : given to a detector that has a ``seed`` and whose params don't say one.

    Raises
    ------
    DetectorError
        If the kind or a parameter is unknown, or a value is out of bounds.
    """
    owner = detector_class(kind)
    given = dict(params or {})
    if seed is not None and "seed" in parameter_names(owner):
        given.setdefault("seed", seed)
    return owner(**validated(owner, given))


def check_detector(kind: str, params: Mapping[str, Any] | None = None) -> None:
    """Raise ConfigError if a fleet's YAML names a detector that can't be built."""
    try:
        build_detector(kind, params)
    except DetectorError as error:
        raise ConfigError(
            error.wrong, found=error.found, expected=error.expected, remedy=error.remedy or "mend the detector's params"
        ) from error


def check_reads(name: str, kind: str, params: Mapping[str, Any] | None, columns: Sequence[str]) -> None:
    """Raise ConfigError if a fleet's sensors lack features that a detector reads; one that can't be built has none.

    Parameters
    ----------
    name : of the detector in the fleet's file.
    columns : features of the fleet's sensors.
    """
    try:
        lacking = build_detector(kind, params).lacking(columns)
    except DetectorError:
        return
    wanted = list(dict.fromkeys(column.rpartition("__")[2] for column in lacking))
    if lacking:
        raise ConfigError(
            f"detector {name} reads features that this fleet's windows don't have",
            found=f"nothing called {', '.join(lacking)}",
            expected=", ".join(wanted),
            remedy="add them under features.windows, such as 2h: {length: 2h, statistics: [mean_abs_z]} for "
            "mean_abs_z_2h, or name the fleet's own under the detector's params",
        )


def load_detector(folder: Path) -> Detector:
    """Load whatever detector a folder holds; only kinds that can be discovered are ever imported.

    Raises
    ------
    DetectorError
        If the folder is damaged or its kind is not known here.
    """
    kind = storage.read(Path(folder)).kind
    if kind not in kinds():
        raise storage.damaged(Path(folder), f"kind {kind!r}, known are {', '.join(kinds())}")
    return detector_class(kind).load(Path(folder))


def _modules() -> dict[str, Path]:
    return {path.stem: path for folder in sys.modules[_PACKAGE].__path__ for path in Path(folder).glob("[a-z]*.py")}


def _defines(path: Path, name: str) -> bool:
    return re.search(rf"^class {name}\(", path.read_text(encoding="utf-8"), re.MULTILINE) is not None


def _class_name(kind: str) -> str:
    return "".join(part.capitalize() for part in kind.split("_"))
