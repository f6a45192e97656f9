"""Half-finished training on disk: one file, replaced as a whole after every epoch, gone when training is done.

Which arrays are kept is the training's affair; what a trained detector keeps is storage.py's.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


class Checkpoint:
    """Where one training, known by what it learns from and how, leaves its arrays.

    Two trainings with different rows, parameters or library versions have different files in one folder, so that none
    ever goes on from the other's.
    """

    def __init__(self, folder: Path, kind: str, learnt_from: np.ndarray, how: Mapping[str, Any]) -> None:
        digest = hashlib.sha256(json.dumps([how, learnt_from.shape], sort_keys=True, default=str).encode())
        digest.update(learnt_from.tobytes())
        self.path = folder / f"{kind}-{digest.hexdigest()[:32]}.safetensors"

    def read(self) -> dict[str, np.ndarray] | None:
        """Read the arrays of the last whole epoch; None when there are none, or the file is no longer sound."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path, framework="np") as file:
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (no mapping)
                sound = (file.metadata() or {}).get("sha256") == _digest(arrays)
        except (OSError, SafetensorError):
            return None
        return arrays if sound else None

    def write(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Replace the file at once, so that an interruption leaves the epoch before or this one, and no mixture."""
        from safetensors.numpy import save_file

        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(f".{os.getpid()}.new")
        save_file(dict(arrays), fresh, metadata={"sha256": _digest(arrays)})
        fresh.replace(self.path)

    def remove(self) -> None:
        """Forget: training is done."""
        self.path.unlink(missing_ok=True)


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name}:{arrays[name].dtype}:{arrays[name].shape}\n".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()
