"""Vibration waveforms as arrays, and the condition indicators of their windows; what they mean is for cwru.py."""

import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import IngestError

INDICATORS = ("rms", "peak", "crest", "kurtosis", "skewness", "std")
_CHANNEL = re.compile(r"(?:X\d+_)?(?P<channel>DE|FE|BA)(?:_time)?")
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


def waveforms(path: Path) -> dict[str, np.ndarray]:
    """Read the channels of a measurement: ``de``, ``fe``, ``ba``, each float64 (n_samples,).

    Raises
    ------
    IngestError
        If the file is damaged or has none of the channels.
    """
    try:
        arrays = _packed(path) if path.suffix == ".npz" else _matlab(path)
        told = {name: _CHANNEL.fullmatch(name) for name in arrays}
        waves = {
            match["channel"].lower(): np.asarray(arrays[name], dtype=np.float64).ravel()
            for name, match in told.items()
            if match
        }
    except _DAMAGE as error:
        raise IngestError(
            f"{path.name} can't be read", found=f"{type(error).__name__}: {error}", remedy="copy the file again"
        ) from error
    if not waves:
        raise IngestError(f"{path.name} has no waveform", found=", ".join(told), expected="DE, FE or BA")
    return waves


def indicators(wave: np.ndarray, window: int, hop: int) -> tuple[np.ndarray, ...]:
    """Compute `INDICATORS` of every whole window.

    Root mean square, largest absolute value, their ratio (crest factor), fourth and third standardised moment (3 and 0
    for Gaussian noise) and standard deviation, all of the population. Moments are about the window's mean.

    Parameters
    ----------
    wave : (n_samples,) float64.
    window, hop : samples per window, and from one window's start to the next one's.

    Returns
    -------
    One float64 (n_windows,) per indicator; NaN where a ratio has no value (nothing moved) or a sample is no number.

    Source: R. B. Randall, J. Antoni, "Rolling element bearing diagnostics - a tutorial", MSSP 2011.
    """
    frames = np.lib.stride_tricks.sliding_window_view(wave, window)[::hop]
    with np.errstate(all="ignore"):
        rms, peak = np.sqrt(np.mean(frames**2, axis=1)), np.abs(frames).max(axis=1)
        moved = frames - frames.mean(axis=1, keepdims=True)
        std = np.sqrt(np.mean(moved**2, axis=1))
        kurtosis, skewness = (np.mean(moved**power, axis=1) / std**power for power in (4, 3))
        found = (rms, peak, peak / rms, kurtosis, skewness, std)
    return tuple(np.where(np.isfinite(values), values, np.nan) for values in found)


def _packed(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _matlab(path: Path) -> dict[str, Any]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        return {name: array for name, array in loadmat(path).items() if not name.startswith("__")}
    except MatReadError as error:
        raise ValueError(str(error)) from error
