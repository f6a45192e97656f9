"""What faces said of windows, held against what the Dagster asset said."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
import pytest

KEYS = ["unit_id", "window_end"]


def require_equal(answers: Iterable[Mapping[str, Any]], expected: pl.DataFrame, within: float) -> None:
    """The same windows, each once, with the same flags, and scores that differ by no more than this share.

    Parameters
    ----------
    answers : unit_id, window_end, score, is_anomaly; in any order.
    """
    told = pl.DataFrame(list(answers)).cast({"window_end": pl.Datetime("us", "UTC")}).sort(KEYS)
    wanted = expected.sort(KEYS)
    assert told.select(KEYS).equals(wanted.select(KEYS)), "other windows"
    assert told["is_anomaly"].to_list() == wanted["is_anomaly"].to_list()
    assert told["score"].to_numpy() == pytest.approx(wanted["score"].to_numpy(), rel=within, abs=within)
