"""How a healthy unit behaves: level, daily and yearly cycle, operating modes, slow wander, white noise, correlation.

Everything is a function of the fleet file and seeds; nothing here goes wrong (faults.py) or stays away (edge_cases.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..config import FleetConfig
from .timeline import Times, Unit

Values = NDArray[np.float64]
_FLEET, _UNIT, _DAY = 0, 1, 2


def generator(seed: int, *place: int) -> np.random.Generator:
    """A random generator of its own for a place in the simulation, independent of all other places."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=place))


@dataclass(frozen=True)
class Character:
    """What the sensors of a fleet have in common, one entry per sensor in the fleet file's order.

    Attributes
    ----------
    level, scale : mean and normal standard deviation, in the sensor's own unit.
    sign : +1 or -1, the direction in which a sensor follows what its unit's sensors share.
    phase : of the daily and the yearly cycle, in radians, shape (2, n_sensors).
    modes : level of every operating mode, in scales, shape (n_modes, n_sensors).
    """

    level: Values
    scale: Values
    sign: Values
    phase: Values
    modes: Values


def sensor_scale(fleet: FleetConfig, share_of_range: float = 0.025) -> dict[str, float]:
    """Each sensor's normal standard deviation: as the file says, else a share of its range, else 1."""
    ranges = {name: sensor.range for name, sensor in fleet.sensors.items()}
    widths = {name: share_of_range * (r[1] - r[0]) if r else 1.0 for name, r in ranges.items()}
    return widths | {name: scale for name, scale in fleet.simulation.scales.items() if name in widths}


def character(fleet: FleetConfig, seed: int, mode_spread: float = 0.4) -> Character:
    """Draw what the sensors of a fleet have in common."""
    random, spec, count = generator(seed, _FLEET), fleet.simulation, len(fleet.sensors)
    centre = {name: sum(sensor.range) / 2 if sensor.range else 0.0 for name, sensor in fleet.sensors.items()}
    return Character(
        level=np.array([spec.levels.get(name, centre[name]) for name in fleet.sensors]),
        scale=np.array(list(sensor_scale(fleet).values())),
        sign=random.choice([-1.0, 1.0], count),
        phase=random.uniform(0, 2 * np.pi, (2, count)),
        modes=mode_spread * random.standard_normal((spec.modes, count)) * (spec.modes > 1),
    )


def healthy(
    fleet: FleetConfig,
    unit: Unit,
    grid: tuple[Times, list[int]],
    seed: int,
    *,
    noise_gain: float = 1.0,
    unit_spread: float = 0.4,
    gain_spread: float = 0.1,
) -> Values:
    """What a healthy unit reads, shape (n_readings, n_sensors), in the sensors' own units.

    Parameters
    ----------
    noise_gain : factor on all random parts, 1 for an ordinary unit.
    unit_spread : standard deviation of a unit's own level, in scales.
    gain_spread : standard deviation of the logarithm of a unit's own amplitude.
    """
    shared, spec, (times, blocks) = character(fleet, seed), fleet.simulation, grid
    random = generator(seed, _UNIT, unit.number)
    own_level = unit_spread * random.standard_normal(len(shared.level))
    own_gain = np.exp(gain_spread * random.standard_normal())
    day, year = _phases(times)
    cycles = spec.daily * np.sin(day[:, None] + shared.phase[0]) + spec.seasonal * np.sin(
        year[:, None] + shared.phase[1]
    )
    modes = shared.modes[_operating_mode(day, unit.number, spec.modes)]
    wander, white = _noises(unit, times, blocks, sign=shared.sign, correlation=spec.correlation, seed=seed)
    noise = noise_gain * (np.sqrt(1 - spec.noise) * first_order(wander) + np.sqrt(spec.noise) * white)
    return shared.level + shared.scale * (own_level + own_gain * (cycles + modes + noise))


def _phases(times: Times) -> tuple[Values, Values]:
    """Phase of the day and of the year, in radians, shape (n_readings,)."""
    days = times.astype("datetime64[us]").astype(np.int64) / 86_400e6
    return 2 * np.pi * (days % 1), 2 * np.pi * ((days / 365.25) % 1)


def _operating_mode(
    day: Values, number: int, modes: int, shift: tuple[float, float] = (0.25, 0.58)
) -> NDArray[np.int64]:
    """Mode at every instant: a unit's own one, and the next one during the day shift (given as shares of a day)."""
    working = (day >= 2 * np.pi * shift[0]) & (day < 2 * np.pi * shift[1])
    return (number + working.astype(np.int64)) % modes


def _noises(
    unit: Unit, times: Times, blocks: list[int], *, sign: Values, correlation: float, seed: int
) -> tuple[Values, Values]:
    """Two independent noises of unit variance, shape (n_readings, n_sensors), sensors correlated by +-correlation.

    Every day has its own generator, so that a longer simulation starts with the shorter one.
    """
    starts = np.cumsum([0, *blocks[:-1]])
    ordinals = times[starts].astype("datetime64[D]").astype(np.int64)
    drawn = np.concatenate(
        [
            generator(seed, _DAY, unit.number, int(ordinal)).standard_normal((size, 2, len(sign) + 1))
            for ordinal, size in zip(ordinals, blocks, strict=True)
        ]
    )
    mixed = np.sqrt(correlation) * sign * drawn[:, :, :1] + np.sqrt(1 - correlation) * drawn[:, :, 1:]
    return mixed[:, 0], mixed[:, 1]


def first_order(white: Values, memory: float = 20.0) -> Values:
    """Autoregression of order one with unit variance that forgets in ``memory`` samples."""
    from scipy.signal import lfilter

    keep = np.exp(-1 / memory)
    fresh = np.sqrt(1 - keep**2)
    started = np.concatenate([white[:1] / fresh, white[1:]])
    return np.asarray(lfilter([fresh], [1, -keep], started, axis=0), dtype=np.float64)
