"""How a forecaster lies on disk: ``forecaster.json`` and ``forecaster.safetensors``, nothing that could run code."""

import hashlib
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..config import ForecastConfig
from ..errors import ForecastError
from .line import Line
from .trees import Trees

FORMAT = 2
DOCUMENT, ARRAYS = "forecaster.json", "forecaster.safetensors"
LINE = ("width", "slopes", "scatter", "block")
Read = TypeVar("Read")


def write(folder: Path, config: ForecastConfig, told: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write both files; the folder is made when it is absent."""
    from safetensors.numpy import save

    state = save({name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()})
    document = {"format": FORMAT, **told, "config": config.model_dump(mode="json")}
    document["sha256"] = hashlib.sha256(state).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ARRAYS).write_bytes(state)
    (folder / DOCUMENT).write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read(folder: Path, build: Callable[[ForecastConfig, dict[str, Any], dict[str, np.ndarray]], Read]) -> Read:
    """Read both files and build what they describe.

    Raises
    ------
    ForecastError
        If a file is missing, damaged, of another format, or the two don't belong together.
    """
    from safetensors.numpy import load

    try:
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        state = (folder / ARRAYS).read_bytes()
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']!r}, this version reads {FORMAT}")
        if document["sha256"] != hashlib.sha256(state).hexdigest():
            raise ValueError(f"{ARRAYS} is not the one that {DOCUMENT} was written with")
        return build(ForecastConfig.model_validate(document["config"]), document, load(state))
    except Exception as error:  # a foreign file can fail in any way; all of them mean the same to the caller
        raise ForecastError(
            f"{folder} holds no forecaster that can be used",
            found=f"{type(error).__name__}: {error}",
            expected=f"{DOCUMENT} and {ARRAYS} as Forecaster.save writes them",
            remedy="take an earlier version from the registry, or learn the forecaster again",
        ) from error


def line(arrays: dict[str, np.ndarray]) -> Line:
    """Take back the straight line."""
    return Line(**{name: arrays[f"line.{name}"] for name in LINE})


def trees(arrays: dict[str, np.ndarray]) -> Callable[[str], Trees]:
    """Take back trees by the name they were written under."""
    return partial(Trees.from_arrays, arrays)
