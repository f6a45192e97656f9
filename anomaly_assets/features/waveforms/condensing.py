"""Windows of every channel become one number per wanted column; no indicator is defined here."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...config import WaveformConfig
from ...errors import FeatureError
from ..moments import FloatArray
from .blocks import measured
from .indicators import Indicator, known


def condense(
    waves: Mapping[str, NDArray[Any]],
    config: WaveformConfig,
    columns: Sequence[str],
    *,
    slow: Mapping[str, NDArray[Any]] | None = None,
) -> dict[str, FloatArray]:
    """Tell every window of every channel in the numbers that are wanted of it.

    Parameters
    ----------
    waves : channel -> (n_windows, window), cut already; may hold NaN.
    config : rate, bands, bearing and whatever else the indicators need.
    columns : the wanted ones, ``<channel>_<indicator>``; nothing else is computed.
    slow : channel -> (n_windows,), channels that tell one number a window, such as the shaft's speed in revolutions per
        minute that ``config.speed`` names.

    Returns
    -------
    Every wanted column, (n_windows,) float64, each entry from its own window alone, whatever comes with it. NaN where
    it has no value: a sample is no finite number, nothing moved, the speed is unknown or too low for the window.

    Raises
    ------
    FeatureError
        If a column names no channel or no indicator, windows are of another length, or the speed's channel is missing.
    """
    functions = known(config)
    chosen = {column: _parted(column, waves, functions) for column in columns}
    found: dict[str, FloatArray] = {}
    for channel in dict.fromkeys(channel for channel, _ in chosen.values()):
        wanted = {column: functions[name] for column, (at, name) in chosen.items() if at == channel}
        names = [name for at, name in chosen.values() if at == channel]
        samples = _checked(channel, waves[channel], config)
        turning = _turning(config, slow or {}, len(samples)) if any(map(_turns, names)) else None
        found |= measured(samples, config.rate, wanted, config.envelope, turning)
    return {column: found[column] for column in columns}


def _parted(column: str, waves: Mapping[str, Any], functions: Mapping[str, Indicator]) -> tuple[str, str]:
    """Tell a column's channel and indicator."""
    channels = sorted((channel for channel in waves if column.startswith(f"{channel}_")), key=len, reverse=True)
    for channel in channels:
        if (name := column.removeprefix(f"{channel}_")) in functions:
            return channel, name
    if channels:
        name = column.removeprefix(f"{channels[0]}_")
        near = get_close_matches(name, functions, n=1, cutoff=0.5)
        hint = f"write {channels[0]}_{near[0]}" if near else "bands, bearing and speed stand under waveforms"
        raise FeatureError(f"{column}: no such indicator", found=name, expected=", ".join(functions), remedy=hint)
    raise FeatureError(f"{column}: no such channel", found=", ".join(waves), expected="<channel>_<indicator>")


def _turns(name: str) -> bool:
    return name.startswith(("shaft_", "envelope_")) and name != "envelope_rms"


def _turning(config: WaveformConfig, slow: Mapping[str, NDArray[Any]], rows: int) -> FloatArray:
    """Tell the shaft's speed in every window, (rows,) in Hz."""
    if not isinstance(config.speed, str):
        return np.full(rows, config.speed, dtype=np.float64) / 60
    if config.speed not in slow:
        raise FeatureError(
            "the channel of the shaft's speed is missing", found=", ".join(slow) or "none", expected=config.speed
        )
    speeds = np.asarray(slow[config.speed], dtype=np.float64)
    if speeds.shape != (rows,):
        raise FeatureError("the speed has another length", found=speeds.shape, expected=f"one a window, {(rows,)}")
    return np.abs(speeds) / 60


def _checked(channel: str, samples: NDArray[Any], config: WaveformConfig) -> NDArray[Any]:
    if samples.ndim != 2 or samples.shape[1] != config.window:
        raise FeatureError(
            f"channel {channel} isn't cut into windows",
            found=f"shape {samples.shape}",
            expected=f"(n_windows, {config.window})",
            remedy="cut it with features.cut",
        )
    return samples
