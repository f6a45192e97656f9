"""Label intervals never cross midnight and never lose or gain time."""

import itertools
from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.ingest.intervals import cut_at_midnight, marked_runs

START = datetime(2024, 3, 1, tzinfo=UTC)


def frame(start: datetime, end: datetime) -> pl.DataFrame:
    times = {"start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC")}
    return pl.DataFrame({"start": [start], "end": [end]}).cast(times)  # type: ignore[arg-type]


@given(st.integers(0, 5 * 86_400_000), st.integers(0, 5 * 86_400_000))
def test_the_pieces_make_up_the_interval(offset: int, length: int) -> None:
    start = START + timedelta(milliseconds=offset)
    end = start + timedelta(milliseconds=length)
    pieces = cut_at_midnight(frame(start, end)).rows()
    assert sum((b - a for a, b in pieces), timedelta(0)) == end - start
    assert all(a.date() == (b - timedelta(microseconds=1)).date() for a, b in pieces)
    assert all(b == c for (_, b), (c, _) in itertools.pairwise(pieces))


def test_an_interval_that_ends_at_midnight_stays_on_its_day() -> None:
    assert cut_at_midnight(frame(START, START + timedelta(days=1))).height == 1


def test_units_and_long_silences_part_runs() -> None:
    minutes = [0, 1, 2, 300, 301, 0, 1]
    rows = pl.DataFrame(
        {
            "unit_id": ["a"] * 5 + ["b"] * 2,
            "time": [START + timedelta(minutes=m) for m in minutes],
            "mark": ["x", "x", None, "x", "x", "x", None],
        }
    ).cast({"time": pl.Datetime("us", "UTC")})
    runs = marked_runs(rows, "mark")
    lengths = [(unit, (end - start) / timedelta(minutes=1)) for unit, start, end, _ in runs.rows()]
    assert lengths == [("a", 2.0), ("a", 2.0), ("b", 1.0)]
    whole = marked_runs(rows.filter(pl.col("mark").is_not_null()), "mark", bridge=timedelta(days=1))
    assert whole.height == 2  # a longer bridge joins them
