"""Whole stretches validate, and no history is on both sides."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.detectors.held_back import held_back


@given(rows=st.integers(1, 3000), steps=st.integers(1, 40))
def test_no_row_to_learn_from_lies_within_a_history_of_one_that_validates(rows: int, steps: int) -> None:
    learn, validate = held_back(rows, steps)
    assert len(learn) and len(validate)
    if len(learn) == rows:
        assert np.array_equal(learn, validate)
        return
    nearest = np.searchsorted(validate, learn)
    after = np.append(validate, 10**9)[nearest] - learn
    before = learn - np.insert(validate, 0, -(10**9))[nearest]
    assert min(after.min(), before.min()) > steps


def test_a_fifth_validates_in_stretches_of_many_histories() -> None:
    learn, validate = held_back(10_000, 10)
    assert len(validate) == 2_000
    assert (np.diff(validate) > 1).sum() == 3
    assert len(learn) == 8_000 - 7 * 10  # seven edges; the last stretch ends where the rows do


def test_few_rows_serve_as_both() -> None:
    learn, validate = held_back(100, 30)
    assert np.array_equal(learn, np.arange(100))
    assert np.array_equal(validate, np.arange(100))
