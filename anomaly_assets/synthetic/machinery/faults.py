"""What can be wrong with a rotating machine: one public function a damage, found by its name as faults of readings are.

Each takes ``turning``, the shaft during one window, and ``severity`` in multiples of the healthy noise, and returns
what the damage adds to the signal of a sensor beside it, in the same multiples, shape (n_samples,).
"""

from collections.abc import Callable

import numpy as np

from ..finding import functions_taking, one_of
from .impacts import damaged
from .turning import TURN, Turning, Wave

MachineFault = Callable[[Turning, float], Wave]
BEARING = "bearing_"
"""How the names of faults begin that need a bearing's geometry."""


def bearing_outer_race(turning: Turning, severity: float) -> Wave:
    """Shocks at the outer race's frequency, all alike: the damaged place stays in the load zone."""
    return damaged(turning, turning.orders["bpfo"], severity)


def bearing_inner_race(turning: Turning, severity: float) -> Wave:
    """Shocks at the inner race's frequency, strong and weak as the shaft carries the place through the load zone."""
    return damaged(turning, turning.orders["bpfi"], severity, seen=1.0)


def bearing_ball(turning: Turning, severity: float, outer_to_inner: float = 0.6) -> Wave:
    """Two shocks a spin, one on either race, strong and weak as the cage carries the ball through the load zone."""
    return damaged(
        turning, 2 * turning.orders["bsf"], severity, seen=turning.orders["ftf"], turns=(1.0, outer_to_inner)
    )


def imbalance(turning: Turning, severity: float) -> Wave:
    """A tone at the shaft's speed; the force of a mass off the axis grows with the square of the speed."""
    phase = turning.random.uniform(0, TURN)
    return np.asarray(severity * turning.effort**2 * np.sin(turning.angle + phase))


def looseness(turning: Turning, severity: float, orders: int = 6) -> Wave:
    """Many harmonics of the shaft's speed and of half of it, as of a foot that rattles."""
    numbers = np.arange(1, 2 * orders + 1)[:, None] / 2
    phases = turning.random.uniform(0, TURN, numbers.shape)
    strength = np.where(numbers % 1 == 0, 1.0, 0.5) / np.sqrt(numbers)
    return np.asarray(severity * turning.effort * (strength * np.sin(numbers * turning.angle + phases)).sum(axis=0))


def machine_fault_kinds() -> tuple[str, ...]:
    """Names of all faults of a machine."""
    return tuple(functions_taking("turning", __name__))


def machine_fault(kind: str) -> MachineFault:
    """Return the fault of that name.

    Raises
    ------
    SimulationError
        If there is none.
    """
    return one_of(functions_taking("turning", __name__), kind)
