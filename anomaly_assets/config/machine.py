"""What a simulated rotating machine is like: its vibration when healthy, and the cycle that it works in."""

from pydantic import Field

from .base import Identifier, Model


class PhaseConfig(Model):
    """One phase of a machine's working cycle.

    Attributes
    ----------
    share : of every recording; the shares of a cycle are taken relative to their sum.
    speed : of the shaft, in revolutions per minute.
    load : factor on broadband noise and on what a damaged bearing excites.
    """

    share: float = Field(gt=0)
    speed: float = Field(gt=0)
    load: float = Field(default=1.0, gt=0)


class MachineConfig(Model):
    """A machine as its vibration sensors hear it; all amplitudes but ``noise`` are multiples of ``noise``.

    Attributes
    ----------
    channels : vibration sensors, each with the factor by which it hears a damaged bearing.
    noise : standard deviation of the broadband noise of a healthy machine at load 1, in the signal's own unit.
    harmonics : amplitudes at once, twice, three times the shaft's speed, at the highest speed of the cycle.
    teeth, mesh : number of teeth of a gear on the shaft and the amplitude of its mesh tone; no gear when not given.
    resonance : frequency (Hz) that a shock rings at.
    damping : share of critical damping of that resonance.
    slip : standard deviation of the time between two shocks of a bearing, as a share of that time.
    wobble : standard deviation of the shaft's speed about that of the phase, as a share of it.
    phases : the cycle of every recording, in order, such as taxi, takeoff, climb, cruise; numbered from 0. One endless
        phase at ``waveforms.speed`` when none is named.
    """

    channels: dict[Identifier, float] = Field(min_length=1)
    noise: float = Field(default=0.1, gt=0)
    harmonics: tuple[float, ...] = (0.5, 0.25, 0.1)
    teeth: int | None = Field(default=None, ge=3)
    mesh: float = Field(default=0.3, ge=0)
    resonance: float = Field(default=4000.0, gt=0)
    damping: float = Field(default=0.05, gt=0, lt=1)
    slip: float = Field(default=0.015, ge=0, lt=0.2)
    wobble: float = Field(default=0.002, ge=0, lt=0.1)
    phases: dict[Identifier, PhaseConfig] = Field(default_factory=dict)
