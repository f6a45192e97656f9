"""Named arrays of NumPy's and Matlab's files; what they mean is for the readers."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import IngestError
from .matlab import read_matlab

SUFFIXES = (".npz", ".mat")


def arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read every array of a ``.npz`` or ``.mat`` file, by name; pickled objects are refused.

    Raises
    ------
    IngestError
        If the file is damaged.
    """
    try:
        return _packed(path) if path.suffix == ".npz" else read_matlab(path)
    except Exception as error:  # damaged bytes lead these parsers into errors of any kind, beyond their own
        raise IngestError(
            f"{path.name} can't be read", found=f"{type(error).__name__}: {error}", remedy="copy the file again"
        ) from error


def numbers(array: NDArray[Any], name: str, path: Path) -> NDArray[np.float64]:
    """Give an array as float64, axes of length one dropped; a single number stays (1,).

    Raises
    ------
    IngestError
        If it holds no real numbers, or has more than two axes.
    """
    if array.dtype.kind not in "fiub" or np.squeeze(array).ndim > 2:
        raise IngestError(
            f"the array {name} of {path.name} is no signal",
            found=f"{array.dtype} of shape {array.shape}",
            expected="numbers (n_samples,) or (n_windows, n_samples)",
        )
    return np.atleast_1d(np.squeeze(array)).astype(np.float64, copy=False)


def _packed(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}
