"""Shocks of a damaged bearing: when they come, how hard, and what they make ring; which damage it is, in faults.py.

Sources: R. B. Randall, J. Antoni, "Rolling element bearing diagnostics - a tutorial", MSSP 2011 (slip: the time between
two shocks varies by one or two per cent, so that harmonics smear); P. D. McFadden, J. D. Smith, "Model for the
vibration produced by a single point defect in a rolling element bearing", Journal of Sound and Vibration, 1984 (a train
of impulses, weighted by the load at the place of the defect, through a resonance).
"""

import numpy as np

from .turning import TURN, Turning, Wave


def shocks(turning: Turning, order: float, ring: float) -> Wave:
    """Give the instants of shocks that come ``order`` times a revolution, in seconds from the window's first sample.

    They begin early enough for what rang before the window, ``ring`` seconds, to be heard in it. Shape (n_shocks,).
    """
    usual = 1 / (order * turning.pace)
    number = int((turning.samples / turning.rate + ring) / usual * 1.1) + 3
    intervals = usual * (1 + turning.machine.slip * turning.random.standard_normal(number))
    return np.cumsum(intervals) - ring - usual * turning.random.uniform()


def load_zone(angle: Wave, projection: float = 0.5) -> Wave:
    """Load on an element at an angle from the direction of the load, as a share of the largest; Stribeck's curve.

    ``projection`` is McFadden's epsilon: 0.5 loads half of the ring. The exponent 1.5 is that of balls.
    """
    return np.asarray(np.maximum(0.0, 1 - (1 - np.cos(angle)) / (2 * projection)) ** 1.5)


def ringing(turning: Turning, instants: Wave, strength: Wave, faintest: float = 1e-3) -> Wave:
    """Let every shock ring at the machine's resonance: decaying sines, shape (n_samples,), the first swing about 1.

    Parameters
    ----------
    instants, strength : of the shocks, shape (n_shocks,).
    faintest : share of the first swing at which the ringing is over.
    """
    pulse = TURN * turning.machine.resonance
    decay = pulse * turning.machine.damping
    swing = pulse * np.sqrt(1 - turning.machine.damping**2)
    heard = np.arange(int(np.ceil(-np.log(faintest) / decay * turning.rate)) + 1)
    places = np.ceil(instants * turning.rate).astype(np.int64)[:, None] + heard
    since = places / turning.rate - instants[:, None]
    waves = strength[:, None] * np.exp(-decay * since) * np.sin(swing * since)
    inside = (places >= 0) & (places < turning.samples)
    return np.asarray(np.bincount(places[inside], waves[inside], minlength=turning.samples), np.float64)


def damaged(
    turning: Turning, order: float, severity: float, seen: float = 0.0, turns: tuple[float, ...] = (1.0,)
) -> Wave:
    """What a damaged place adds to the signal, shape (n_samples,).

    Parameters
    ----------
    order : shocks per revolution of the shaft.
    severity : first swing of a shock under the largest load.
    seen : how often per revolution the damaged place travels through the load zone; 0 for one that stays in it.
    turns : relative strength of shocks that take turns, as of a ball that hits either race.
    """
    ring = 7 / (TURN * turning.machine.resonance * turning.machine.damping)
    instants = shocks(turning, order, ring)
    travelled = TURN * turning.pace * seen * instants + turning.random.uniform(0, TURN)
    zone = load_zone(travelled) if seen else np.ones_like(instants)
    uneven = np.resize(np.asarray(turns), instants.size) * (1 + 0.1 * turning.random.standard_normal(instants.size))
    return ringing(turning, instants, severity * turning.load * zone * uneven)
