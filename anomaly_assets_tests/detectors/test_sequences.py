"""Histories on the grid: what a step without a window becomes, for detectors that ask for gaps and for others."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from anomaly_assets.detectors.sequences import histories, history_index, sequences

FIRST, STRIDE = datetime(2024, 1, 1, tzinfo=UTC), timedelta(minutes=5)


def windows(**places: list[int]) -> pl.DataFrame:
    """One window of each unit at each of its places on the grid, whose reading is its place."""
    rows = [{"unit_id": unit, "place": place} for unit, own in places.items() for place in own]
    start = pl.lit(FIRST) + pl.col("place") * pl.lit(STRIDE)
    keys = pl.DataFrame(rows).with_columns(window_start=start, window_end=start + STRIDE)
    return keys.select("unit_id", "window_start", "window_end", x__raw=pl.col("place").cast(pl.Float64))


def test_a_step_without_a_window_repeats_the_one_before_or_is_a_gap_for_those_who_ask() -> None:
    frame = windows(u=[0, 1, 4], v=[2])
    index, nan = history_index(frame, 4), float("nan")
    repeated = [[0, 0, 0, 0], [0, 0, 0, 1], [1, 1, 1, 4], [2, 2, 2, 2]]
    gaps = [[nan, nan, nan, 0], [nan, nan, 0, 1], [1, nan, nan, 4], [nan, nan, nan, 2]]
    for asked, expected in ((False, repeated), (True, gaps)):
        found = sequences(frame, ("x__raw",), index, gaps=asked)["x__raw"].to_numpy()
        assert np.array_equal(found, np.array(expected, dtype=float), equal_nan=True)


def test_no_windows_have_no_histories() -> None:
    frame = windows(u=[0])[:0]
    assert histories(np.empty((0, 2)), frame, history_index(frame, 3), gaps=True).shape == (0, 3, 2)
