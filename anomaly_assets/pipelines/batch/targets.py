"""Files that are written together: what they are called, and whether they may be written there."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ...errors import ScoringError

SUFFIXES = (".csv", ".parquet")
"""An output that is named with one of these is meant without it."""


class Targets(NamedTuple):
    """Files of one batch, in the order in which they are put in place."""

    csv: Path
    parquet: Path
    metadata: Path


def targets(output: Path) -> Targets:
    """Name the files of an output: ``STEM.csv``, ``STEM.parquet``, ``STEM_metadata.json``.

    Raises
    ------
    ScoringError
        If they have no folder, or a folder is in their place.
    """
    return Targets(*named_files(output, (*SUFFIXES, "_metadata.json")))


def named_files(output: Path, ends: Sequence[str]) -> list[Path]:
    """Name files that begin alike, and make sure that they can be there.

    Parameters
    ----------
    output : the beginning of the names; ``.csv`` or ``.parquet`` at its end is left out.
    ends : of the names.

    Raises
    ------
    ScoringError
        If they have no folder, or a folder is in their place.
    """
    stem = output.with_name(output.stem) if output.suffix in SUFFIXES else output
    named = [stem.with_name(f"{stem.name}{end}") for end in ends]
    if not stem.parent.is_dir():
        raise ScoringError(
            f"the folder of the output, {stem.parent}, is not there",
            expected=f"an existing folder and the beginning of {len(ends)} file names, such as out/result",
            remedy=f"make it with: mkdir -p {stem.parent}",
        )
    for path in (output, *named):
        if path.is_dir():
            raise ScoringError(
                f"the output {path} is a folder",
                expected=f"the beginning of {len(ends)} file names, without .csv or .parquet",
                remedy=f"name the files, too, such as {path / 'result'}",
            )
    return named


def refuse_overwriting(named: Targets, inputs: Iterable[Path]) -> None:
    """Never write over what is read.

    Raises
    ------
    ScoringError
        If one of the inputs has the name of an output.
    """
    taken = {path.resolve() for path in named} & {path.resolve() for path in inputs}
    if taken:
        raise ScoringError(
            f"the output would replace its own input {min(taken)}",
            remedy="choose another --output, or name the input files so that earlier results are not among them",
        )
