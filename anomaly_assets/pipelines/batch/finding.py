"""Which files are meant by names, globs and folders. None of them is opened here."""

import glob
from collections.abc import Sequence
from pathlib import Path

from ...errors import ScoringError
from .targets import targets

TYPED = (".parquet", ".pq")
SUFFIXES = (".csv", ".tsv", ".txt", *TYPED)
"""What is read of a folder, packed with gzip or not."""


def find_inputs(patterns: Sequence[str], output: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """List the files that are meant, each once: those that are named, then what globs and folders hold, sorted.

    Of a folder or a glob, earlier results (a ``_metadata.json`` lies beside them) and text files that have a Parquet
    file of the same name beside them are left out.

    Parameters
    ----------
    output : where the results will go, without an extension.

    Returns
    -------
    The files, and sentences about those that were left out.

    Raises
    ------
    ScoringError
        If nothing is found.
    """
    results = {file.absolute() for file in targets(output)}
    found: dict[Path, None] = {}
    said: list[str] = []
    for pattern in patterns:
        path = Path(pattern).expanduser()
        several = [] if path.is_file() else _several(pattern, path, results, said)
        found |= dict.fromkeys([path] if path.is_file() else several)
    return tuple(found), tuple(said)


def _several(pattern: str, path: Path, results: set[Path], said: list[str]) -> list[Path]:
    if path.is_dir():
        seen = [file for file in sorted(path.rglob("*")) if _bare(file).suffix.lower() in SUFFIXES]
    else:
        seen = [Path(name) for name in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207 - absolute ones too
    files = [file for file in seen if file.is_file() and not file.name.startswith(".")]
    twins = {_bare(file).with_suffix("") for file in files if file.suffix.lower() in TYPED}
    kept = []
    for file in files:
        stem = _bare(file).with_suffix("")
        if file.absolute() in results or stem.with_name(f"{stem.name}_metadata.json").is_file():
            said.append(f"{file} was left out: it is a result of an earlier scoring")
        elif stem in twins and file.suffix.lower() not in TYPED:
            said.append(f"{file} was left out: the Parquet file of the same name beside it is read")
        else:
            kept.append(file)
    if not kept:
        raise _nothing(pattern, path, said)
    return kept


def _bare(file: Path) -> Path:
    return file.with_suffix("") if file.suffix.lower() == ".gz" else file


def _nothing(pattern: str, path: Path, said: list[str]) -> ScoringError:
    return ScoringError(
        f"there is no input file {pattern}" if not path.is_dir() else f"the folder {pattern} holds nothing to score",
        found="; ".join(said) or None,
        expected=f"a file, a glob, or a folder with files that end in {', '.join(SUFFIXES)}, packed with gzip or not",
        remedy="check the path",
    )
