"""Where the windows of a high-rate signal begin and end; nothing is computed of them here."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...config import WaveformConfig
from ...errors import FeatureError


def cut(wave: NDArray[Any], config: WaveformConfig) -> NDArray[Any]:
    """Cut a signal into windows of ``config.window`` samples that begin every ``config.hop`` samples.

    Parameters
    ----------
    wave : (n_samples,) of any number type.

    Returns
    -------
    (n_windows, window), a read-only view; a rest that fills no window is left out, and a signal shorter than one
    window has none.

    Raises
    ------
    FeatureError
        If the signal has not one dimension.
    """
    if wave.ndim != 1:
        raise FeatureError("a signal has one dimension", found=f"shape {wave.shape}", expected="(n_samples,)")
    if wave.size < config.window:
        return wave[:0].reshape(0, config.window)
    return np.lib.stride_tricks.sliding_window_view(wave, config.window)[:: config.hop or config.window]
