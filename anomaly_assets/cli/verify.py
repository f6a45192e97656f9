"""``anomaly-assets verify``: whether a release package is what was released. Loads nothing that trains models."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import ReleaseError
from .console import facts, out
from .failures import FAILED

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of one version, with its manifest.json.")]


def verify(folder: Folder) -> None:
    """Check every file's hash and let onnxruntime answer the examples; ends with 1 for a package that isn't sound."""
    from ..registry.release import verify as checking

    if not (folder / checking.MANIFEST).is_file():
        raise ReleaseError(
            f"there is no release package in {folder}",
            found="a folder without a manifest.json" if folder.is_dir() else "no such folder",
            remedy="name the folder of one version, such as releases/FLEET_DETECTOR/1",
        )
    report = checking.verify(folder)
    out().print(facts([(finding.name, f"{_mark(finding.passed)} {finding.told}") for finding in report.findings]))
    if not report.passed:
        out().print("This is not what was released. Take the package again from where it was made.")
        raise typer.Exit(FAILED)


def _mark(passed: bool) -> str:
    return "ok:" if passed else "FAILS:"
