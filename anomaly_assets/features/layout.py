"""From a frame of cleaned readings to the grid: the range and its look-back, in order, checked; nothing is computed."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..config import FleetConfig
from ..contracts import quality_column, settings_of
from ..errors import FeatureError
from .grid import Grid

TIME = pl.Datetime("us", "UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def lay_out(cleaned: pl.DataFrame, fleet: FleetConfig, start: datetime, end: datetime) -> tuple[Grid, pl.DataFrame]:
    """Sort the readings that the range [start, end) and its look-back need, and mark the windows to give out.

    Returns
    -------
    The grid, and unit_id and time of its rows.

    Raises
    ------
    FeatureError
        If a column is missing, a time lies off the sampling grid, a unit has two rows at one instant, or the range
        does not begin and end with a stride.
    """
    _check_range(fleet, start, end)
    frame = _selected(cleaned, fleet, start, end)
    position, fresh, ascending = _positions(frame, fleet)
    if not ascending:
        frame = frame.sort("unit_id", "time")
        position, fresh, ascending = _positions(frame, fleet)
        if not ascending:
            raise FeatureError("a unit has two rows at one instant", remedy="clean the readings first")
    wanted = position >= -(-(_utc(start) - _EPOCH) // fleet.sampling)
    columns = {name: frame[name].to_numpy() for name in frame.columns[2:]}
    return Grid(columns, position, fresh, wanted & last_of_strides(fleet, position, fresh)), frame.select(
        "unit_id", "time"
    )


def _check_range(fleet: FleetConfig, start: datetime, end: datetime) -> None:
    off = [str(moment) for moment in (start, end) if (_utc(moment) - _EPOCH) % fleet.stride]
    if off and fleet.stride != fleet.sampling:
        raise FeatureError(
            "the range cuts a stride in two",
            found=", ".join(off),
            expected=f"multiples of {fleet.stride} since 1970-01-01 UTC",
            remedy="ask for whole days",
        )


def read_sensors(fleet: FleetConfig) -> list[str]:
    """Sensors and settings that features read."""
    return [*fleet.feature_sensors, *settings_of(fleet)]


def read_bits(fleet: FleetConfig) -> list[str]:
    """Columns of quality bits that features read."""
    asked = any("impossible" in window.statistics for window in fleet.features.windows.values())
    return [quality_column(sensor) for sensor in fleet.feature_sensors if asked]


def _selected(cleaned: pl.DataFrame, fleet: FleetConfig, start: datetime, end: datetime) -> pl.DataFrame:
    sensors, bits = read_sensors(fleet), read_bits(fleet)
    names = ["unit_id", "time", *sensors, *bits]
    missing = [name for name in names if name not in cleaned.columns]
    if missing:
        raise FeatureError("columns are missing", found=cleaned.columns, expected=missing)
    frame = cleaned.select(pl.col("unit_id"), pl.col("time").cast(TIME), pl.col(sensors).cast(pl.Float64), *bits)
    first, last = frame["time"].min(), frame["time"].max()
    oldest, end = _utc(start) - fleet.lookback, _utc(end)
    if frame.height and not (oldest <= first and last < end):  # type: ignore[operator]
        frame = frame.filter(pl.col("time").is_between(oldest, end, closed="left"))
    return frame.rechunk()


def _positions(frame: pl.DataFrame, fleet: FleetConfig) -> tuple[NDArray[np.int64], NDArray[np.bool_], bool]:
    """Grid positions, where units begin, and whether units and their times ascend."""
    unit, time = frame["unit_id"], frame["time"].to_physical().to_numpy()
    fresh = (unit != unit.shift(1)).fill_null(True).to_numpy()
    position, ascending = locate_rows(time, fresh, fleet)
    units = unit.filter(pl.Series(fresh)).to_list()
    return position, fresh, ascending and units == sorted(set(units))


def locate_rows(
    time: NDArray[np.int64], fresh: NDArray[np.bool_], fleet: FleetConfig
) -> tuple[NDArray[np.int64], bool]:
    """Grid position of each row, (rows,), and whether times ascend within units.

    Parameters
    ----------
    time : microseconds since the epoch, (rows,).
    fresh : whether a unit begins here, (rows,).

    Raises
    ------
    FeatureError
        If a time lies off the sampling grid.
    """
    from .kernels import locate

    position = np.empty(len(time), dtype=np.int64)
    off, unordered = locate(time, fresh, fleet.sampling // _MICROSECOND, position)
    if off >= 0:
        raise FeatureError(
            "a time lies off the sampling grid",
            found=_EPOCH + int(time[off]) * _MICROSECOND,
            expected=f"multiples of {fleet.sampling} since 1970-01-01 UTC",
            remedy="clean the readings first",
        )
    return position, unordered < 0


def last_of_strides(fleet: FleetConfig, position: NDArray[np.int64], fresh: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each row is the last one of its unit in its stride, (rows,)."""
    wanted = np.ones(len(position), dtype=bool)
    if fleet.stride != fleet.sampling and len(position):
        stride = position // (fleet.stride // fleet.sampling)
        wanted[:-1] = (stride[:-1] != stride[1:]) | fresh[1:]
    return wanted


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
