"""The rig's raw readings as somebody outside would ask about them: one window at a time, or a recording as a whole."""

import numpy as np
import polars as pl

from anomaly_assets.pipelines.live import Ask, Live

from .rig import Rig

SECOND = 1_000_000


def recordings(rig: Rig) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Times in microseconds and readings (n, n_sensors) of every unit, as the files have them."""
    span, fleet = rig.span, rig.fleet
    raw = rig.site.source(fleet).readings(span.first_moment, span.last_moment)
    told = {}
    for (unit,), rows in raw.sort("unit_id", "time", "source_row").group_by("unit_id", maintain_order=True):
        values = rows.select(pl.col(list(fleet.sensors)).cast(pl.Float64).fill_null(np.nan)).to_numpy()
        told[str(unit)] = (rows["time"].dt.epoch("us").to_numpy(), values)
    return told


def whole(rig: Rig) -> list[Ask]:
    """All windows of every recording in one ask each, and those that silence is carried into after it."""
    stride = int(rig.fleet.stride.total_seconds()) * SECOND
    return [
        Ask(unit, times, values, since=0, until=(int(times[-1]) // stride + 3) * stride)
        for unit, (times, values) in recordings(rig).items()
    ]


def one_by_one(rig: Rig, live: Live, windows: pl.DataFrame) -> list[Ask]:
    """One ask for every window, on a grid of whole rows as a request has it: NaN where nothing was said."""
    told = recordings(rig)
    return [
        gridded(live, unit, *told[unit], int(end))
        for unit, end in windows.select("unit_id", pl.col("window_end").dt.epoch("us")).iter_rows()
    ]


def gridded(live: Live, unit: str, times: np.ndarray, values: np.ndarray, end: int) -> Ask:
    """The rows that a request for the window that ends there holds; of two readings of a second the last one."""
    grid = end - SECOND * np.arange(live.rows, 0, -1)
    readings = np.full((live.rows, len(live.sensors)), np.nan)
    inside = (times >= grid[0]) & (times < end)
    readings[(times[inside] - grid[0]) // SECOND] = values[inside]
    return Ask(unit, grid, readings)
