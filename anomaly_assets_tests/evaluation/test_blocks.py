"""Blocks that may be resampled."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.evaluation import label_windows, resampling_blocks

from .windows import labels, windows


def marked(flags: str, *spans: tuple[float, float], units: int = 1) -> pl.DataFrame:
    names = [f"u{number}" for number in range(units)]
    rows = pl.concat([windows(flags, unit) for unit in names])
    return rows.with_columns(label_windows(rows, pl.concat([labels(*spans, unit=unit) for unit in names])))


def test_units_are_the_blocks_where_there_are_enough_of_them():
    assert resampling_blocks(marked("...", units=5)).tolist() == np.repeat(range(5), 3).tolist()


def test_few_units_are_cut_into_stretches_of_time():
    blocks = resampling_blocks(marked("." * 50, units=2), pieces=10)
    assert np.bincount(blocks).tolist() == [10] * 10


def test_a_cut_inside_an_event_waits_for_its_end():
    blocks = resampling_blocks(marked("." * 40, (8, 15), (28, 33)), pieces=4)
    assert np.flatnonzero(np.diff(blocks)).tolist() == [14, 19, 32]


@given(st.lists(st.booleans(), min_size=1, max_size=80), st.integers(1, 4), st.integers(1, 30))
def test_no_block_crosses_units_and_no_event_crosses_blocks(anomalous, units, pieces):
    rows = marked("." * len(anomalous), units=units)
    rows = rows.with_columns(label=pl.Series(anomalous * units))
    blocks = rows.with_columns(block=pl.Series(resampling_blocks(rows, pieces=pieces)))
    assert blocks.group_by("block").agg(pl.col("unit_id").n_unique())["unit_id"].max() == 1
    inside = blocks.with_columns(pl.col("label", "block").shift(1).over("unit_id").name.suffix("_before"))
    assert inside.filter(pl.col("label") & pl.col("label_before"), pl.col("block") != pl.col("block_before")).is_empty()


def test_nothing_scored_has_no_blocks():
    assert resampling_blocks(marked("")).size == 0
