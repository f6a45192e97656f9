"""Feature columns tell the same, wherever their memory lies and in whatever pieces they were written."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.features.columns import Columns

NAMES = ("one", "two", "three")


@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.booleans(), st.integers(0, 3))
def test_together_or_apart_at_once_or_in_pieces_is_the_same(
    seed: int, windows: int, together: bool, at_once: int
) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(size=(3, windows))
    values[random.random(values.shape) < 0.2] = np.nan
    values[random.random(values.shape) < 0.1] = np.inf
    cut = int(random.integers(0, windows + 1))
    columns = Columns(NAMES, windows, together=together)
    columns.write_first(values[:at_once])
    for name, row in zip(NAMES[at_once:], values[at_once:], strict=True):
        columns.write(name, 0, row[:cut])
        columns.write(name, cut, row[cut:])
    expected = [[value if np.isfinite(value) else None for value in row] for row in values.tolist()]
    assert [columns.series(name).to_list() for name in NAMES] == expected
    assert np.array_equal(columns.table(), np.where(np.isfinite(values), values, np.nan), equal_nan=True)


def test_what_is_taken_back_has_no_value() -> None:
    columns = Columns(NAMES, 2, together=True)
    columns.write_first(np.ones((3, 2)))
    columns["two"][0] = np.nan
    assert columns.series("two").to_list()[1] == 1.0 and columns.series("one").null_count() == 0
    columns.settle("two")
    assert columns.series("two").to_list() == [None, 1.0]
