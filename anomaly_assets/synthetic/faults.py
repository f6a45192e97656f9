"""What can go wrong: one public function a fault, found by its name; a new fault is one more function here.

Every fault takes ``values`` of shape (n_readings, n_sensors), the readings from its start to its end, and returns what
the sensors say instead. ``scale`` has shape (n_sensors,), ``magnitude`` counts in scales, ``sensor`` is a column.
When and where faults happen is decided in schedule.py and injection.py; what damage of a rotating machine does to its
vibration is in machinery/.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .finding import functions_taking, one_of

Values = NDArray[np.float64]
Fault = Callable[[Values, int, Values, float, np.random.Generator], Values]


def spike(values: Values, sensor: int, scale: Values, magnitude: float, random: np.random.Generator) -> Values:
    """A pulse up or down: rises, peaks at ``magnitude`` in the middle and falls again."""
    pulse = np.sin(np.pi * (np.arange(len(values)) + 0.5) / len(values))
    return _added(values, sensor, random.choice([-1, 1]) * magnitude * scale[sensor] * pulse)


def drift(values: Values, sensor: int, scale: Values, magnitude: float, random: np.random.Generator) -> Values:
    """A straight ramp from nothing to ``magnitude``, as of a fouled probe that is cleaned at the end."""
    return _added(values, sensor, random.choice([-1, 1]) * magnitude * scale[sensor] * _fraction(values))


def level_shift(values: Values, sensor: int, scale: Values, magnitude: float, random: np.random.Generator) -> Values:
    """A constant offset of ``magnitude``, as of a wrong calibration."""
    return _added(values, sensor, random.choice([-1, 1]) * magnitude * scale[sensor] * np.ones(len(values)))


def stuck(values: Values, sensor: int, scale: Values, magnitude: float, random: np.random.Generator) -> Values:
    """The first reading that there is is repeated; magnitude plays no part."""
    return _replaced(values, sensor, np.full(len(values), _first_heard(values[:, sensor])))


def dropout(values: Values, sensor: int, scale: Values, magnitude: float, random: np.random.Generator) -> Values:
    """No readings (NaN) at all; magnitude plays no part."""
    return _replaced(values, sensor, np.full(len(values), np.nan))


def noise_burst(values: Values, sensor: int, scale: Values, magnitude: float, random: np.random.Generator) -> Values:
    """White noise with a standard deviation of ``magnitude`` on top, as of a loose contact."""
    return _added(values, sensor, magnitude * scale[sensor] * random.standard_normal(len(values)))


def point(values: Values, sensor: int, scale: Values, magnitude: float, random: np.random.Generator) -> Values:
    """A few readings leap by ``magnitude`` and stay there until they leap back, as under an air bubble."""
    return level_shift(values, sensor, scale, magnitude, random)


def collective(
    values: Values, sensor: int, scale: Values, magnitude: float, random: np.random.Generator, *, growths: float = 6.0
) -> Values:
    """Every reading lies a little beyond those before it, for hours, and none leaps: away faster and faster, and back.

    The sensor's noise is gone, as in water whose oxygen is used up: what it is away grows e-fold ``growths`` times up
    to ``magnitude``, so that its distance from its recent past, in the deviations of that past, stays the same. The
    last third of the time leads back.
    """
    climb = -(-2 * len(values) // 3)
    up = np.expm1(growths * _fraction(values[:climb])) / np.expm1(growths)
    back = (1 + np.cos(np.pi * _fraction(values[climb:]))) / 2
    away = random.choice([-1, 1]) * magnitude * scale[sensor] * np.concatenate([up, back])
    return _replaced(values, sensor, _first_heard(values[:, sensor]) + away)


def contextual(values: Values, sensor: int, scale: Values, magnitude: float, random: np.random.Generator) -> Values:
    """Values of another time of the day: the first and the second half change places, so that they look as ever.

    Magnitude plays no part. Needs a daily cycle and about a day to be visible.
    """
    return _replaced(values, sensor, np.roll(values[:, sensor], len(values) // 2))


def correlation_break(
    values: Values, sensor: int, scale: Values, magnitude: float, random: np.random.Generator
) -> Values:
    """The sensor moves against its neighbours: mirrored about its own mean, so that its own values look as ever.

    Magnitude plays no part. Needs more than one sensor to be visible.
    """
    column = values[:, sensor]
    centre = np.nanmean(column) if np.isfinite(column).any() else 0.0
    return _replaced(values, sensor, 2 * centre - column)


def degradation(values: Values, sensor: int, scale: Values, magnitude: float, random: np.random.Generator) -> Values:
    """All sensors leave their levels, slowly first and faster towards failure, up to ``magnitude`` at the end.

    Exponential growth is the wear model of Saxena et al., Damage propagation modeling for aircraft engine
    run-to-failure simulation, PHM 2008. ``sensor`` plays no part; directions come from ``random``.
    """
    wear = np.expm1(3 * _fraction(values)) / np.expm1(3)
    direction = random.choice([-1, 1], values.shape[1]) * random.uniform(0.5, 1, values.shape[1])
    return values + magnitude * wear[:, None] * scale * direction


SHOWN_AS = {
    "point": "point",
    "collective": "collective",
    "contextual": "contextual",
    "level_shift": "contextual",
    "drift": "contextual",
    "degradation": "contextual",
    "subtle": "contextual",
    "spike": "sensor_fault",
    "stuck": "sensor_fault",
    "noise_burst": "sensor_fault",
}
"""The kind of anomaly (`config.severity.KINDS`) that a fault is, where it is one that readings of one sensor show.

What stays where it went is contextual: readings that are usual of another unit or season, not of this one and now."""


def fault_kinds() -> tuple[str, ...]:
    """Names of all faults of readings."""
    return tuple(functions_taking("values", __name__))


def fault(kind: str) -> Fault:
    """Return the fault of that name.

    Raises
    ------
    SimulationError
        If there is none.
    """
    return one_of(functions_taking("values", __name__), kind)


def _first_heard(column: Values) -> float:
    heard = column[np.isfinite(column)]
    return float(heard[0]) if len(heard) else np.nan


def _fraction(values: Values) -> Values:
    return (np.arange(len(values)) + 1) / len(values)


def _added(values: Values, sensor: int, offset: Values) -> Values:
    return _replaced(values, sensor, values[:, sensor] + offset)


def _replaced(values: Values, sensor: int, column: Values) -> Values:
    changed = values.copy()
    changed[:, sensor] = column
    return changed
