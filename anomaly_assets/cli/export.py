"""``anomaly-assets export``: a version as a release package, which runs wherever onnxruntime does."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..config import platform
from .console import facts, out, progress

if TYPE_CHECKING:
    from ..pipelines import Released

Model = Annotated[str, typer.Argument(metavar="FLEET[/DETECTOR[/VERSION]]", help="The champion, or which version.")]
Folder = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Where packages are kept: DIR/<fleet>_<detector>/<version>.")
]
Name = Annotated[str | None, typer.Option("--version", help="Name of the release, such as 1.0.0; else the number.")]
Joblib = Annotated[bool, typer.Option("--joblib", help="Add the model as a pickle, for programs that expect one.")]
Force = Annotated[bool, typer.Option("--force", help="Replace another package under the same name.")]


def export(model: Model, folder: Folder, version: Name = None, joblib: Joblib = False, force: Force = False) -> None:
    """Export a model as ONNX, with all that belongs to it; refused unless onnxruntime agrees with the platform."""
    from ..pipelines import Site, release

    name, _, reference = model.strip("/").partition("/")
    with progress() as told:
        site = Site(platform(), progress=told)
        fleet = site.fleet(name)
        made = release(site, fleet, reference or "champion", folder, version=version, joblib=joblib, force=force)
    _tell(made)


def _tell(made: "Released") -> None:
    package, parity = made.package, made.package.parity
    tolerated = f"{parity.relative:g} of the score and {parity.absolute:g}" if parity.reason else "none"
    batches = ", ".join(map(str, parity.batches))
    pairs = [
        ("package", f"{package.path} ({package.outcome})"),
        ("model", f"{made.version.fleet}/{made.version.name}"),
        ("status", made.version.status),
        ("size", f"{package.size / 1024:,.0f} KiB"),
        ("parity", f"{parity.examples} windows in batches of {batches}: flags equal"),
        ("difference", f"at most {parity.largest:.3g}; tolerated: {tolerated}"),
        ("sha256", package.sha256),
    ]
    out().print(facts(pairs))
    out().print(f"Check it with: anomaly-assets verify {package.path}", soft_wrap=True)
    out().print(
        f"Elsewhere, with numpy and onnxruntime alone: python {package.path}/verify.py {package.path}", soft_wrap=True
    )
