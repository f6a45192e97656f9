"""Durations are written the way people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.config import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("1.5h", 5400), ("1d", 86_400), ("2w", 1_209_600), ("250ms", 0.25)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "15", "m", "-5m", "0s", "5 years", "1h30m", None])
def test_anything_else_is_refused_with_examples(text: object) -> None:
    with pytest.raises(ValueError, match="90s, 15m, 1h, 1d or 2w"):
        parse_duration(text)


@given(st.integers(min_value=1, max_value=10**10))
def test_a_written_duration_reads_back(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(duration)) == duration
