"""Detectors inside a detector: built from what a YAML says of them, their learnt arrays under names of their owner.

What is made of their scores belongs to the detector that owns them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from ..errors import DetectorError
from .base import Detector
from .columns import choose
from .discovery import build_detector

Member = dict[str, Any]
"""``kind`` and, where they differ from the defaults, ``params``."""


def checked(members: tuple[Member, ...]) -> tuple[Member, ...]:
    """Return the members as they are.

    Raises
    ------
    DetectorError
        If one can't be built, or looks at more than one row of features.
    """
    built(members, seed=0)
    return members


def built(members: Sequence[Member], seed: int) -> list[Detector]:
    """Construct unfitted members; the seed is for those whose params don't say one. Raises as `checked` does."""
    return [_built(member, seed) for member in members]


def statistics_read(members: Sequence[Detector]) -> tuple[str, ...] | None:
    """Name the statistics that at least one member reads; None where one reads all sensors' features."""
    named = [member.statistics for member in members]
    return None if None in named else tuple(dict.fromkeys(name for names in named for name in names or ()))


def learnt(members: Sequence[Detector]) -> dict[str, Any]:
    """Give what members learnt, such as ``member0_center_``, for their owner to keep."""
    return {
        f"{_prefix(position)}{name}": value
        for position, member in enumerate(members)
        for name, value in vars(member).items()
        if name.endswith("_") and name != "feature_names_in_"
    }


def restore(members: Sequence[Detector], state: Mapping[str, Any], columns: Sequence[str]) -> None:
    """Give members what `learnt` gave; ``columns`` are their owner's.

    Raises
    ------
    ValueError, AttributeError, IndexError, TypeError
        If a member can't be asked with it.
    """
    frame = pl.DataFrame(schema=dict.fromkeys(columns, pl.Float64))
    for position, member in enumerate(members):
        prefix = _prefix(position)
        for name, value in state.items():
            if name.startswith(prefix):
                setattr(member, name.removeprefix(prefix), value)
        member.feature_names_in_ = choose(frame, member.statistics)
        member._check_state()


def own_columns(member: Detector, columns: Sequence[str]) -> list[int]:
    """Where a fitted member's columns are among its owner's."""
    places = {name: place for place, name in enumerate(columns)}
    return [places[name] for name in member.feature_names_in_]


def view(member: Detector, matrix: np.ndarray, columns: Sequence[str]) -> np.ndarray:
    """Cut a member's columns out of its owner's matrix: (n_windows, n_own), columns contiguous."""
    return matrix if member.feature_names_in_ == columns else np.asfortranarray(matrix[:, own_columns(member, columns)])


def _built(member: Member, seed: int) -> Detector:
    if "kind" not in member or member.keys() - {"kind", "params"}:
        raise DetectorError(
            "a member is no detector",
            found=member,
            expected="a kind, and params or none",
            remedy="write each member as {kind: ..., params: {...}}",
        )
    detector = build_detector(member["kind"], member.get("params"), seed=seed)
    if detector.steps > 1 or detector.clock:
        raise DetectorError(
            f"{detector.kind} can't be a member: it looks at {'the clock' if detector.clock else 'several windows'}",
            expected="detectors that read one row of features",
            remedy="take it out of the members and let it learn beside them",
        )
    return detector


def _prefix(position: int) -> str:
    return f"member{position}_"
