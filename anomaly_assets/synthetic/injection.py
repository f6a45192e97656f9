"""Known faults put into a fleet's own clean readings: what models are chosen by when nobody has labelled anything.

A synthetic fleet from nothing is made in simulate.py; what a fault does is said in faults.py.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np
import polars as pl

from ..errors import SimulationError
from .faults import Values, fault
from .labelling import EVENT, SOURCE, labels_from
from .signals import generator

KINDS = ("spike", "level_shift", "stuck", "drift", "noise_burst", "correlation_break")
SLOW = ("drift", "degradation")
"""Faults that take their time: they last as long as their slot allows, others at most `longest`."""

ALONE = ("correlation_break", "degradation")
"""Faults that are of one sensor, or of all of them, by what they are."""


def inject(
    readings: pl.DataFrame,
    sensors: Sequence[str],
    *,
    seed: int,
    kinds: Sequence[str] = KINDS,
    per_unit: int = 2,
    magnitude: tuple[float, float] = (3.0, 6.0),
    share: tuple[float, float] = (0.2, 0.5),
    shortest_slot: int = 8,
    longest: int | None = None,
    alone: float = 0.5,
    first_turn: int = 0,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put faults into clean readings: each unit's recording is cut into slots of equal length, each gets one fault.

    Rows, nulls, other columns and quality bits stay as they are; equal arguments give equal frames.

    Parameters
    ----------
    readings : frame with unit_id, time and the sensors, such as ``cleaned_sensors``.
    sensors : columns that may be hit.
    kinds : faults that take turns; ``correlation_break`` is left out where there is only one sensor.
    per_unit : faults of every kind per unit; fewer where slots would be shorter than ``shortest_slot`` readings.
    magnitude : smallest and largest, in the unit's own robust scale of the sensor (1.4826 x median absolute deviation).
    share : shortest and longest fault, as a share of its slot; a spike lasts at most three readings.
    longest : readings that a fault other than `SLOW` ones lasts at most; short and long ones are then equally common
        on a logarithmic scale. None for no bound.
    alone : share of the faults that befall one sensor; the others befall two or more at once, as incidents do.
    first_turn : where in the order of kinds the first unit begins.

    Returns
    -------
    The readings with faults in them, sorted by unit and time, and their labels (contract ``labels``).

    Raises
    ------
    SimulationError
        If a kind or a sensor is unknown, or no kind is possible.
    """
    turns = _turns(readings, sensors, kinds) * per_unit
    ordered, rows, parts = readings.sort("unit_id", "time"), [], []
    for number, ((unit,), part) in enumerate(ordered.group_by("unit_id", maintain_order=True)):
        values = part.select(sensors).cast(pl.Float64).to_numpy().copy()
        random, scale = generator(seed, number), robust_scale(values)
        for turn, slot in enumerate(_slots(part.height, len(turns), shortest_slot)):
            kind, size = turns[(first_turn + number + turn) % len(turns)], float(random.uniform(*magnitude))
            start, end = _placed(kind, slot, share, random, longest if kind not in SLOW else None)
            hit = _hit(values[start:end], random, 1.0 if kind in ALONE else alone)
            for sensor in hit:
                said = fault(kind)(values[start:end], sensor, scale, size, random)
                values[start:end] = np.where(np.isfinite(values[start:end]), said, np.nan)
                rows.append(_row(str(unit), part["time"], (start, end), sensor=sensors[sensor], kind=kind, size=size))
        parts.append(part.with_columns(pl.from_numpy(values, schema=list(sensors)).fill_nan(None).get_columns()))
    return pl.concat(parts) if parts else ordered, labels_from(pl.DataFrame(rows, schema=EVENT))


def robust_scale(values: Values) -> Values:
    """1.4826 x median absolute deviation per sensor, shape (n_sensors,); the standard deviation, or 1, where that is 0.

    The factor makes it the standard deviation of normally distributed readings (Rousseeuw and Croux, 1993).
    """
    filled = np.where(np.isfinite(values).any(axis=0), values, 0.0)
    spread = 1.4826 * np.nanmedian(np.abs(filled - np.nanmedian(filled, axis=0)), axis=0)
    spread = np.where(spread > 0, spread, np.nanstd(filled, axis=0))
    return np.where(spread > 0, spread, 1.0)


def _turns(readings: pl.DataFrame, sensors: Sequence[str], kinds: Sequence[str]) -> tuple[str, ...]:
    missing = sorted({"unit_id", "time", *sensors} - set(readings.columns))
    if missing or not sensors:
        raise SimulationError(
            "faults can't be put into these readings",
            found=f"columns {', '.join(readings.columns)}",
            expected=", ".join(missing) or "the name of at least one sensor",
            remedy="give the fleet's clean readings and the names of its sensors",
        )
    possible = tuple(kind for kind in kinds if kind != "correlation_break" or len(sensors) > 1)
    for kind in possible:
        fault(kind)
    if not possible:
        raise SimulationError("no fault is possible here", found=f"{kinds} on {len(sensors)} sensor", expected=KINDS)
    return possible


def _slots(rows: int, wanted: int, shortest: int) -> Iterator[tuple[int, int]]:
    edges = np.linspace(0, rows, min(wanted, rows // shortest) + 1).astype(int)
    yield from zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)


def _placed(
    kind: str, slot: tuple[int, int], share: tuple[float, float], random: np.random.Generator, longest: int | None
) -> tuple[int, int]:
    """Rows [start, end) of a fault; it ends before its slot does, so that the next one starts from normal."""
    room = slot[1] - slot[0]
    length = max(2, round(random.uniform(*share) * room))
    if longest is not None and length > 2:
        length = round(np.exp(random.uniform(np.log(2), np.log(min(length, longest)))))
    start = slot[0] + int(random.uniform(0, 0.9) * (room - length))
    return start, start + (min(3, length) if kind == "spike" else length)


def _hit(values: Values, random: np.random.Generator, alone: float) -> list[int]:
    """One of the sensors that have readings there, or several of them."""
    heard = np.flatnonzero(np.isfinite(values).any(axis=0))
    several = len(heard) > 1 and random.uniform() >= alone
    number = int(random.integers(2, len(heard) + 1)) if several else min(1, len(heard))
    return sorted(random.choice(heard, number, replace=False).tolist())


def _row(
    unit: str, times: pl.Series, rows: tuple[int, int], *, sensor: str, kind: str, size: float
) -> dict[str, object]:
    last = times[rows[1] - 1]
    end = times[rows[1]] if rows[1] < len(times) else last + (last - times[rows[1] - 2])
    step = times.diff().drop_nulls().min()
    whole = kind == "degradation"
    return {
        "unit_id": unit,
        "start": times[rows[0]],
        "end": min(end, last + (step if isinstance(step, timedelta) else timedelta(seconds=1))),
        "sensor": None if whole else sensor,
        "failure_type": kind,
        "note": f"injected, magnitude {size:.3f}",
        "failure_at": None,
        "source": SOURCE,
    }
