"""A release package at work: onnxruntime asked about windows, without the detector or anything that it needs.

How a package comes into being is said in package.py; which one belongs to a version is found here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ReleaseError
from ..manifest import Manifest
from . import verify
from .documents import GAPS
from .tolerance import Tolerance

SIGNATURE = "signature.json"
_TOLERATED = ("relative", "absolute", "reason", "usual")


@dataclass(frozen=True)
class Runtime:
    """A package's model, loaded.

    Attributes
    ----------
    folder : of the package.
    columns : features that it reads, in order.
    steps : windows that it looks at together, the asked one last.
    gaps : whether a step without a window is NaN, in place of the window before it.
    tolerance : by how much its scores may differ from the platform's.
    """

    folder: Path
    columns: tuple[str, ...]
    steps: int
    gaps: bool
    tolerance: Tolerance
    _session: Any

    def score(
        self, features: NDArray[np.float64], unit: NDArray[np.object_], clock: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Score windows, (n_windows,); safe for several threads.

        Parameters
        ----------
        features : unscaled, NaN where there is none, (n_windows, n_features), or (n_windows, steps, n_features).
        unit : names, (n_windows,).
        clock : start of each window in days since 1970, (n_windows,).
        """
        if not len(features):
            return np.empty(0)
        given = {"features": features, "unit": unit, "clock": clock}
        asked = {wanted.name: given[wanted.name] for wanted in self._session.get_inputs()}
        score: NDArray[np.float64] = self._session.run(["score"], asked)[0]
        return score

    def above(self, threshold: NDArray[np.float64]) -> NDArray[np.float64]:
        """Score from which on one is higher than each threshold, and not just rounded otherwise, (n,)."""
        return np.asarray(self.tolerance.above(threshold))


def package_of(releases: Path, manifest: Manifest, version: int) -> Path | None:
    """Find the sound package that was released of a version; of several the latest. None where there is none."""
    found = [
        path.parent
        for path in releases.glob(f"{manifest.fleet}_{manifest.detector}/*/{verify.MANIFEST}")
        if not path.parent.name.startswith(".") and _is_of(_read(path), manifest, version)
    ]
    return max(found, key=lambda folder: (folder / verify.MANIFEST).stat().st_mtime, default=None)


def open_package(folder: Path) -> Runtime:
    """Load a package's model once its files have shown their hashes.

    Raises
    ------
    ReleaseError
        If the package is damaged.
    """
    document = _read(folder / verify.MANIFEST)
    listed = verify.files_as_listed(folder, document.get("files", {}))
    if not document or document.get("sha256") != verify.seal_of(document) or not listed.passed:
        raise ReleaseError(
            f"the release package {folder} is damaged",
            found=listed.told if document else "no manifest",
            remedy="export it again with --force, or serve the bundle with --engine bundle",
        )
    signature = json.loads((folder / SIGNATURE).read_text(encoding="utf-8"))
    windows, parity = signature["windows"], document["parity"]
    columns = tuple(column["name"] for column in signature["columns"])
    gaps, session = windows["padding"] == GAPS, _session(folder / verify.MODEL)
    tolerance = Tolerance(**{name: parity[name] for name in _TOLERATED})
    return Runtime(folder, columns, windows["steps"], gaps, tolerance, session)


def _session(model: Path) -> Any:
    """One thread a call, so that several callers share the cores fairly and bits don't depend on how many there are."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _is_of(document: Mapping[str, Any], manifest: Manifest, version: int) -> bool:
    same = all(document.get(name) == getattr(manifest, name) for name in ("fingerprint", "config_digest"))
    # a package of before it was told how scores round can't be judged by a threshold of one's own
    return same and document.get("registry_version") == version and set(_TOLERATED) <= set(document.get("parity", {}))


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
