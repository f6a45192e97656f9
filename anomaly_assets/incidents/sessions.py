"""Alarms become incidents: persistence, hysteresis, merge gap, hold-off, and an end to what lasts too long.

Only the past decides whether and when an incident began. Which windows are alarms is told in rules.py, what is told
of an incident in raising.py.
"""

from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..config import FleetConfig

Whole = NDArray[np.int64]
_MICROSECOND = timedelta(microseconds=1)


def number_sessions(judged: pl.DataFrame, fleet: FleetConfig) -> pl.DataFrame:
    """Keep the alarms, sorted by unit and time, and say which of them go together.

    Returns
    -------
    The alarms with ``held_until`` (the end of the windows above the lower bound that follow without a break, at most
    ``linger`` later), ``session`` (number in the unit; breaks up to the bridge are none), ``run`` (sessions too close
    to forget one another), ``run_start``, ``lasting`` (the run is older than an incident may be) and ``burst`` (the
    alarm before was not the window before).
    """
    rules, bridge = fleet.incidents, fleet.incident_bridge
    ordered = judged.sort("unit_id", "window_start")
    since = pl.col("window_start") - pl.col("window_end").shift(1).over("unit_id")
    breaks = pl.col("alarm") | ~pl.col("stays") | (since > bridge).fill_null(True)
    held = ordered.with_columns(_kept=breaks.cum_sum().over("unit_id"), burst=_new_burst()).with_columns(
        held_until=pl.min_horizontal(
            pl.col("window_end").max().over("unit_id", "_kept"), pl.col("window_end") + rules.linger
        )
    )
    silence = pl.col("window_start") - pl.col("held_until").shift(1).over("unit_id")
    forgotten = max(bridge, rules.hold_off or timedelta(0))
    return (
        held.filter("alarm")
        .with_columns(session=_steps(silence > bridge), run=_steps(silence > forgotten))
        .with_columns(run_start=pl.col("window_start").first().over("unit_id", "run"))
        .with_columns(lasting=pl.col("window_start") >= pl.col("run_start") + rules.longest)
        .drop("_kept")
    )


def _steps(opens: pl.Expr) -> pl.Expr:
    return opens.fill_null(True).cum_sum().over("unit_id")


def _new_burst() -> pl.Expr:
    return ~pl.col("alarm").shift(1).over("unit_id").fill_null(False)


def number_incidents(alarms: pl.DataFrame, fleet: FleetConfig) -> pl.DataFrame:
    """Add to numbered alarms, of which the ``severity`` is known, their ``incident`` (null: none) and ``held_off``.

    An incident begins with the first alarm of its session that is not held off, once so many of so many windows have
    alarmed or one alarm was severe enough by itself; it takes in the alarms of the session up to there and from there
    on.
    """
    rules = fleet.incidents
    units = alarms["unit_id"].rle_id()
    incident, held_off = _walk(
        np.column_stack([units.to_numpy(), alarms["run"].to_numpy(), alarms["session"].to_numpy()]).astype(np.int64),
        _microseconds(alarms["window_start"]),
        _microseconds(alarms["held_until"]),
        alarms["lasting"].to_numpy(),
        (alarms["severity"] >= rules.severe).to_numpy() if rules.severe is not None else np.zeros(alarms.height, bool),
        needed=rules.alarms,
        within=rules.of * fleet.stride // _MICROSECOND,
        hold_off=(rules.hold_off or timedelta(0)) // _MICROSECOND,
    )
    numbers = pl.Series(incident, dtype=pl.Int64)
    return alarms.with_columns(incident=numbers.set(numbers < 0, None), held_off=pl.Series(held_off, dtype=pl.Boolean))


def _walk(
    keys: Whole,
    starts: Whole,
    held: Whole,
    lasting: NDArray[np.bool_],
    severe: NDArray[np.bool_],
    *,
    needed: int,
    within: int,
    hold_off: int,
) -> tuple[Whole, NDArray[np.bool_]]:
    """Number incidents by the row of their first alarm, -1 for none; and say which alarms were held off."""
    incident, waiting = np.full(len(starts), -1), np.zeros(len(starts), dtype=bool)
    first = opened = free = -1
    for row in range(len(starts)):
        changed = (keys[row] != keys[row - 1]) if row else np.ones(3, dtype=bool)
        if changed.any():
            free = -1 if changed[:2].any() else int(held[row - 1]) + hold_off if opened >= 0 else free
            first, opened = row, -1
        if lasting[row]:
            continue
        if opened < 0 and starts[row] < free:
            waiting[row], first = True, row + 1
        elif opened < 0 and (severe[row] or _persist(starts, first, row, needed, within)):
            opened = first
            incident[first : row + 1] = first
        elif opened >= 0:
            incident[row] = opened
    return incident, waiting


def _persist(starts: Whole, first: int, row: int, needed: int, within: int) -> bool:
    """Say whether so many alarms from ``first`` to ``row`` lie within so much time."""
    oldest = row - needed + 1
    return oldest >= first and bool(starts[row] - starts[oldest] < within)


def _microseconds(instants: pl.Series) -> Whole:
    return instants.dt.epoch("us").to_numpy()
