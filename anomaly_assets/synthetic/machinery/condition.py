"""How damaged a machine is at every instant, and everything its signal follows from, as one small frame a fleet.

When damage begins and ends is drawn in schedule.py; the frame holds no signal, so that it stays small.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np
import polars as pl

from ...config import FleetConfig
from ..schedule import Event
from ..signals import Values
from ..timeline import Times
from .operation import Operation

STATE = ("unit_id", "time", "number", "seed", "speed", "load", "gain")


def damage(fleet: FleetConfig, events: Iterable[Event], times: Times) -> dict[str, Values]:
    """Severity of every kind of damage that the fleet may have at some instants, each of shape (n_windows,).

    Damage that ends in a failure grows exponentially towards it (Saxena et al., Damage propagation modeling for
    aircraft engine run-to-failure simulation, PHM 2008), other damage in a straight line until it is mended, where it
    grows at all.
    """
    severity = {fault.kind: np.zeros(times.size) for fault in fleet.simulation.faults}
    for event in events:
        start, end = (np.datetime64(moment.replace(tzinfo=None), "us") for moment in (event.start, event.end))
        passed = (times - start + np.timedelta64(fleet.sampling)) / (end - start)
        grown = np.expm1(3 * passed) / np.expm1(3) if event.fails else passed if event.grows else 1.0
        into = severity.setdefault(event.fault, np.zeros(times.size))
        into += event.magnitude * np.where((times >= start) & (times < end), grown, 0.0)
    return severity


def machine_states(
    name: str, place: tuple[int, int], times: Times, use: Operation, severity: dict[str, Values]
) -> pl.DataFrame:
    """Put a unit's states into a frame: `STATE`, then a column for every kind of damage.

    ``place``, the unit's number and the seed, is what the randomness of a signal follows from, beside the instant.
    """
    when = pl.Series("time", times).dt.replace_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
    told = {"speed": use.speed, "load": use.load, "gain": use.gain} | severity
    frame = pl.DataFrame({"time": when} | told)
    fixed = [pl.lit(name).alias("unit_id"), *_whole(number=place[0], seed=place[1])]
    return frame.with_columns(fixed).select(*STATE, *severity)


def _whole(**numbers: int) -> list[pl.Expr]:
    return [pl.lit(number, pl.Int64).alias(name) for name, number in numbers.items()]


def microseconds(moment: datetime) -> int:
    """Instant as microseconds since 1970, exactly."""
    elapsed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds
