"""Named arrays of NumPy's and Matlab's files; what they mean is for the readers."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import IngestError

SUFFIXES = (".npz", ".mat")
_DAMAGE = (
    OSError,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    EOFError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)


def arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read every array of a ``.npz`` or ``.mat`` file, by name; pickled objects are refused.

    Raises
    ------
    IngestError
        If the file is damaged.
    """
    try:
        return _packed(path) if path.suffix == ".npz" else _matlab(path)
    except _DAMAGE as error:
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


def _matlab(path: Path) -> dict[str, NDArray[Any]]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        return {name: np.asarray(array) for name, array in loadmat(path).items() if not name.startswith("__")}
    except MatReadError as error:
        raise ValueError(str(error)) from error
