"""What comes back is the incident that it was: a unit's alarms that set in again and blame the same sensor.

Which alarms go together without a break is told in sessions.py. What came back is told by the past alone: by the first
alarm of the new time, and by the peak of the one before, which is over by then.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import polars as pl

from ..config import FleetConfig
from ..contracts import NAMED

_GRID = datetime(1970, 1, 1, tzinfo=UTC)
_SENSORS = [f"sensor_{rank}" for rank in range(1, NAMED + 1)]

_Time = tuple[str, int, datetime, datetime, str | None, list[str]]
"""Unit, number, start, end, sensor most to blame at its start, sensors to blame at its peak."""


def join_recurring(numbered: pl.DataFrame, fleet: FleetConfig) -> pl.DataFrame:
    """Give what came back the number of the incident that it is again; ``time`` keeps the number it had.

    The sensor most to blame at the start must be one of those to blame at the peak of the unit's latest time that
    blamed it, no longer than ``recurs_within`` after that one's end, and both must have begun in the same stretch of
    ``longest``, counted from 1970: so what matters lies in a past that has an end, however long a problem recurs.

    Parameters
    ----------
    numbered : alarms as of `number_incidents`, by unit and time.
    """
    kept, within = numbered.with_columns(time="incident"), fleet.incidents.recurs_within
    if within is None:
        return kept
    first = _first_times(_times(kept), within, fleet.incidents.longest)
    numbers = pl.DataFrame(list(first.items()), {"time": pl.Int64, "_first": pl.Int64}, orient="row")
    met = kept.join(numbers, on="time", how="left", maintain_order="left")
    return met.with_columns(incident="_first").drop("_first")


def at_last_peak(name: str) -> pl.Expr:
    """Take a column, in a group of alarms of one incident, where the latest of its times has its highest score."""
    latest = pl.col("time") == pl.col("time").last()
    return pl.col(name).filter(latest).get(pl.col("score").filter(latest).arg_max())


def _times(alarms: pl.DataFrame) -> Iterable[_Time]:
    members = alarms.filter(pl.col("time").is_not_null())
    peak = [pl.col(name).get(pl.col("score").arg_max()).alias(f"_{name}") for name in _SENSORS]
    first, last = (pl.col(name) for name in ("window_start", "held_until"))
    told = members.group_by("unit_id", "time", maintain_order=True).agg(
        first.first(), last.last(), pl.col(_SENSORS[0]).first(), *peak
    )
    named = pl.concat_list(f"_{name}" for name in _SENSORS).list.drop_nulls()
    return told.select("unit_id", "time", "window_start", "held_until", _SENSORS[0], named=named).iter_rows()


def _first_times(times: Iterable[_Time], within: timedelta, stretch: timedelta) -> dict[int, int]:
    """Say of the number of every time with which number its incident began."""
    first: dict[int, int] = {}
    latest: dict[tuple[str, str | None], _Time] = {}
    for time in times:
        unit, number, start, _, sensor, named = time
        before = latest.get((unit, sensor))
        again = before is not None and start - before[3] <= within and _same(stretch, before[2], start)
        first[number] = first[before[1]] if before is not None and again else number
        latest |= {(unit, name): time for name in named}
    return first


def _same(stretch: timedelta, *moments: datetime) -> bool:
    return len({(moment - _GRID) // stretch for moment in moments}) == 1
