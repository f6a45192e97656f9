"""The rules of severity as they were first published: every baseline is learnt from the very series that is judged."""

from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...config.severity import KINDS, SeverityRules
from ...errors import FeatureError
from ..columns import Columns
from ..windows import needed_readings, window_width

HOUR = timedelta(hours=1)
_NEEDED = {"unit_id": pl.String, "time": pl.Datetime("us", "UTC"), "value": pl.Float64}


def whole_series_severity(
    readings: pl.DataFrame,
    sampling: timedelta,
    rules: SeverityRules | None = None,
    *,
    window: timedelta = HOUR,
    min_share: float = 0.5,
) -> pl.DataFrame:
    """Judge every reading of a recording by the recording as a whole.

    Not causal: the usual value of an hour of the day and the typical deviation are those of the whole series, so that
    a reading's severity depends on readings that came later. For reports on what has been; never to alarm by.

    With z the distance of a reading from the trailing window's mean in its deviations (ddof = 1):

    ``point``         |z| over ``window``
    ``collective``    mean |z| over two windows
    ``contextual``    distance from the mean of the hour of the day (UTC) of its unit, in deviations (ddof = 1)
    ``sensor_fault``  the largest of: stuck (deviation over the window below ``stuck_factor`` x typical; the share of
                      the window's readings that its last run of equal ones holds), spike (largest min(|d1|, |d2|) of
                      two successive jumps of opposite sign within the window, over typical), noise (deviation over
                      typical); typical is the median of the deviations at
                      the unit's readings

    each brought to (number - low) / (high - low) and clipped to 0..1; what has no value counts as 0.

    Parameters
    ----------
    readings : unit_id, time (UTC, multiples of ``sampling`` since 1970, at most one row per unit and instant), value
        (Float64, null where missing), in any order.
    sampling : time from one reading to the next; gaps are rows that are missing.
    rules : limits; the published ones when not given.
    window : trailing window of z, of deviations, runs and spikes.
    min_share : share of a window's instants that must have a reading.

    Returns
    -------
    unit_id, time, point, collective, contextual, sensor_fault, severity (their largest), all from 0 to 1, sorted by
    unit and time.

    Raises
    ------
    FeatureError
        If a column is missing, the window is shorter than a step, or readings are doubled or off the grid.
    """
    from .kernel import judge

    rules = rules or SeverityRules()
    step, width = sampling // timedelta(microseconds=1), window_width(window, sampling)
    if width < 2:
        raise FeatureError("the window holds less than two steps", found=width, remedy="give a longer window")
    frame, position, fresh = _laid_out(readings, step)
    limits = np.array([rules.point, rules.collective, rules.contextual, rules.stuck, rules.spike, rules.noise])
    value = frame["value"].to_numpy()
    found = Columns((*KINDS, "severity"), frame.height)
    needs = np.array([needed_readings(min_share, size) for size in (width, 2 * width)])
    judge(
        position,
        fresh,
        value,
        step,
        width,
        needs,
        limits,
        rules.stuck_factor,
        tuple(map(found.__getitem__, found.names)),
    )
    return frame.select("unit_id", "time").with_columns(map(found.series, found.names))


def _laid_out(readings: pl.DataFrame, step: int) -> tuple[pl.DataFrame, NDArray[np.int64], NDArray[np.bool_]]:
    """Sort readings where they are not; give their places on the grid and where units begin."""
    from ..kernels import locate

    missing = [name for name in _NEEDED if name not in readings.columns]
    if missing:
        raise FeatureError("columns are missing", found=readings.columns, expected=missing)
    frame = readings.select(*_NEEDED).cast(_NEEDED)  # type: ignore[arg-type]
    position = np.empty(frame.height, dtype=np.int64)
    for ordered in (frame, None):
        frame = frame.sort("unit_id", "time") if ordered is None else ordered
        fresh, units = _units(frame["unit_id"])
        off, unordered = locate(frame["time"].to_physical().to_numpy(), fresh, step, position)
        if off >= 0:
            found = frame["time"][off]
            raise FeatureError("a time lies off the sampling grid", found=found, remedy="clean the readings first")
        if unordered < 0 and units == sorted(set(units)):
            return frame, position, fresh
    raise FeatureError("a unit has two rows at one instant", remedy="clean the readings first")


def _units(unit: pl.Series) -> tuple[NDArray[np.bool_], list[str]]:
    """Whether another unit begins at a row, and the units in the order in which they come."""
    runs = unit.rle()
    lengths = runs.struct.field("len").to_numpy().astype(np.int64)
    fresh = np.zeros(len(unit), dtype=bool)
    fresh[np.cumsum(lengths) - lengths] = True
    return fresh, runs.struct.field("value").to_list()
