"""How a fitted detector lies on disk: ``params.json`` and ``state.safetensors``, and nothing that could run code.

JSON says the kind, the parameters, the feature names and the digest of the state; the state is plain arrays, so a
round trip is exact to the bit and reading never executes what the file says. Which array means what is the detector's.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DetectorError

FORMAT = 1
PARAMS_FILE, STATE_FILE = "params.json", "state.safetensors"


@dataclass(frozen=True)
class Saved:
    """What one folder holds of one fitted detector.

    Attributes
    ----------
    kind : file name in ``detectors/``.
    params : the constructor's arguments.
    feature_names : columns it was fitted on, in order.
    state : learnt arrays by attribute name; a number is an array of no dimension.
    """

    kind: str
    params: dict[str, Any]
    feature_names: tuple[str, ...]
    state: dict[str, np.ndarray]


def write(saved: Saved, folder: Path) -> None:
    """Write both files; the folder is made when it is absent."""
    from safetensors.numpy import save

    state = save({name: np.ascontiguousarray(value).reshape(value.shape) for name, value in saved.state.items()})
    document = {
        "format": FORMAT,
        "kind": saved.kind,
        "params": saved.params,
        "feature_names_in": saved.feature_names,
        "state_sha256": hashlib.sha256(state).hexdigest(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STATE_FILE).write_bytes(state)
    (folder / PARAMS_FILE).write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read(folder: Path) -> Saved:
    """Read both files.

    Raises
    ------
    DetectorError
        If a file is missing, damaged, of another format, or the two don't belong together.
    """
    from safetensors.numpy import load

    try:
        document = json.loads((folder / PARAMS_FILE).read_text(encoding="utf-8"))
        state = (folder / STATE_FILE).read_bytes()
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']!r}, this version reads {FORMAT}")
        if document["state_sha256"] != hashlib.sha256(state).hexdigest():
            raise ValueError(f"{STATE_FILE} is not the one that {PARAMS_FILE} was written with")
        if not isinstance(document["params"], dict):
            raise ValueError(f"params {document['params']!r}")
        names = tuple(map(str, document["feature_names_in"]))
        return Saved(str(document["kind"]), document["params"], names, load(state))
    except Exception as error:  # a foreign file can fail in any way; all of them mean the same to the caller
        raise damaged(folder, f"{type(error).__name__}: {error}") from error


def damaged(folder: Path, found: str) -> DetectorError:
    """Make the error of a folder that is no sound detector."""
    return DetectorError(
        f"{folder} holds no detector that can be used",
        found=found,
        expected=f"{PARAMS_FILE} and {STATE_FILE} as Detector.save writes them",
        remedy="take an earlier version from the registry, or train the detector again",
    )
