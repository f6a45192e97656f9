"""Windows are measured in blocks that fit the processor's cache; what is measured is handed in."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...config import EnvelopeConfig
from ..moments import FloatArray
from .indicators import Indicator
from .scratch import Scratch

BLOCK_SAMPLES = 2**16  # half a megabyte of float64


def measured(
    samples: NDArray[Any],
    rate: float,
    wanted: Mapping[str, Indicator],
    envelope: EnvelopeConfig | None = None,
    turning: FloatArray | None = None,
) -> dict[str, FloatArray]:
    """Give every wanted indicator of every window, (n_windows,) each, NaN where it has no value.

    Parameters
    ----------
    samples : (n_windows, window).
    rate : samples per second, or 1 for frequencies in cycles per sample.
    wanted : what is computed, by the name under which it is returned.
    envelope : how the envelope is taken.
    turning : (n_windows,) speed of the shaft in Hz, for the indicators that follow it.
    """
    from .windows import Windows

    found, whole = {name: np.empty(len(samples)) for name in wanted}, np.empty(len(samples), dtype=bool)
    rows, scratch = max(1, BLOCK_SAMPLES // samples.shape[1]), Scratch()
    for first in range(0, len(samples), rows):
        block = slice(first, first + rows)
        speeds = None if turning is None else turning[block]
        with np.errstate(all="ignore"):
            windows = Windows(samples[block], rate, envelope, speeds, scratch)
            for name, indicator in wanted.items():
                found[name][block] = indicator(windows)
            whole[block] = windows.whole
    for values in found.values():
        values[~(whole & np.isfinite(values))] = np.nan
    return found
