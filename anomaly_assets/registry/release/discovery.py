"""Finds what can be exported: a kind's module in kinds/, by its file name. No list of kinds is kept anywhere."""

from importlib import import_module
from pathlib import Path
from typing import Any

from ...detectors import Detector, detector_class
from ...detectors import kinds as known_kinds
from ...errors import ReleaseError
from . import kinds
from .tolerance import Tolerance


def exportable_kinds() -> tuple[str, ...]:
    """Every kind of detector that can be exported, in alphabetical order."""
    described = _described()
    return tuple(kind for kind in known_kinds() if kind in described and not detector_class(kind).tags.sanity_only)


def tolerance_of(detector: Detector) -> Tolerance:
    """How closely the scores of a fitted detector's graph agree with the platform's. Raises as `module_of` does."""
    module = module_of(detector.kind)
    found: Tolerance = module.tolerance(detector) if hasattr(module, "tolerance") else module.TOLERANCE
    return found


def module_of(kind: str) -> Any:
    """The module that builds a kind's graph.

    Raises
    ------
    ReleaseError
        If the kind can't be exported; the message says which can.
    """
    if kind in known_kinds() and detector_class(kind).tags.sanity_only:
        raise _refused(f"a {kind} is a baseline to compare with and is never released")
    if kind not in _described():
        raise _refused(f"detectors of kind {kind!r} can't be exported")
    return import_module(f"{kinds.__name__}.{kind}")


def _described() -> set[str]:
    return {path.stem for folder in kinds.__path__ for path in Path(folder).glob("[a-z]*.py")}


def _refused(wrong: str) -> ReleaseError:
    remedy = "export a version of one of these kinds, or add the kind's module to registry/release/kinds"
    return ReleaseError(wrong, expected=f"one of {', '.join(exportable_kinds())}", remedy=remedy)
