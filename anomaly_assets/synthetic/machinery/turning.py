"""One window of a turning shaft: where it stands at every sample. What the turning sounds like is in waves.py."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...config import MachineConfig, WaveformConfig

Wave = NDArray[np.float64]
TURN = 2 * np.pi


@dataclass(frozen=True)
class Turning:
    """A shaft during one window of samples.

    Attributes
    ----------
    rate : samples per second.
    angle : of the shaft at every sample, in radians, shape (n_samples,).
    pace : revolutions per second, mean of the window.
    effort : speed as a share of the cycle's highest.
    load : factor on what a damaged bearing excites.
    machine : how it is built.
    orders : fault frequencies of its bearing in multiples of the shaft's speed; empty without a bearing.
    random : draws everything that differs from one window to the next.
    """

    rate: float
    angle: Wave
    pace: float
    effort: float
    load: float
    machine: MachineConfig
    orders: dict[str, float]
    random: np.random.Generator

    @property
    def samples(self) -> int:
        """Number of samples of the window."""
        return self.angle.size


def turning(
    waveforms: WaveformConfig,
    machine: MachineConfig,
    *,
    speed: float,
    full: float,
    load: float,
    random: np.random.Generator,
) -> Turning:
    """Turn a shaft for one window: from any angle, at a speed that wanders by a part of ``machine.wobble``.

    Parameters
    ----------
    speed, full : of the shaft in this window, and the cycle's highest, in revolutions per minute.
    """
    seconds = np.arange(waveforms.window) / waveforms.rate
    hurry = 0.5 * machine.wobble * random.standard_normal() / seconds[-1]
    travelled = seconds * (1 + hurry / 2 * (seconds - seconds[-1]))
    angle = random.uniform(0, TURN) + TURN * speed / 60 * travelled
    orders = waveforms.bearing.orders if waveforms.bearing else {}
    return Turning(waveforms.rate, angle, speed / 60, speed / full, load, machine, orders, random)
