"""The signal of a machine during one window, sensor by sensor, from the state it is in.

A signal is a function of the seed, the unit and the instant; nothing is carried from one window to the next.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...config import FleetConfig, MachineConfig, WaveformConfig
from ..signals import generator
from .condition import STATE, microseconds
from .faults import machine_fault
from .operation import built, phases_of
from .turning import TURN, Turning, Wave, turning

_WAVE = 10


def recorded(fleet: FleetConfig, state: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
    """Give what every vibration sensor of a unit hears during one window.

    Parameters
    ----------
    state : a row of `machine_states`.

    Returns
    -------
    Channel to its samples, (n_samples,) float32, in the signal's own unit.
    """
    waveforms, machine = built(fleet)
    shaft = _shaft(waveforms, machine, state, max(phase.speed for phase in phases_of(fleet)))
    tones = _tones(shaft, machine)
    wrong = _damage(shaft, {kind: level for kind, level in state.items() if kind not in STATE})
    loudness = machine.noise * state["gain"]
    return {
        channel: (loudness * (tones + hears * wrong + shaft.load * _noise(shaft))).astype(np.float32)
        for channel, hears in machine.channels.items()
    }


def _shaft(waveforms: WaveformConfig, machine: MachineConfig, state: Mapping[str, Any], full: float) -> Turning:
    random = generator(state["seed"], _WAVE, state["number"], microseconds(state["time"]))
    return turning(waveforms, machine, speed=state["speed"], full=full, load=state["load"], random=random)


def _tones(shaft: Turning, machine: MachineConfig) -> Wave:
    """Tones of a healthy machine: the shaft's harmonics, and the gear mesh, a little stronger once a turn."""
    phases = shaft.random.uniform(0, TURN, len(machine.harmonics) + 1)
    turn = np.cos(shaft.angle) + 1j * np.sin(shaft.angle)
    tones, power = np.zeros(shaft.samples), np.ones_like(turn)
    for strength, phase in zip(machine.harmonics, phases, strict=False):
        power = power * turn
        tones += strength * shaft.effort**2 * (np.cos(phase) * power.imag + np.sin(phase) * power.real)
    if machine.teeth is not None:
        mesh = np.sin(machine.teeth * shaft.angle + phases[-1])
        tones += machine.mesh * shaft.load * (1 + 0.2 * turn.real) * mesh
    return tones


def _damage(shaft: Turning, severity: Mapping[str, float]) -> Wave:
    added = np.zeros(shaft.samples)
    for kind, level in severity.items():
        if level > 0:
            added += machine_fault(kind)(shaft, level)
    return added


def _noise(shaft: Turning) -> NDArray[np.float32]:
    return shaft.random.standard_normal(shaft.samples, dtype=np.float32)
