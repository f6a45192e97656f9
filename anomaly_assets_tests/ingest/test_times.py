"""Instants are read as they were written, in every customary way."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.errors import IngestError
from anomaly_assets.ingest.times import formats_of, plausible, repeated_hour, time_rule

MOMENT = datetime(2024, 3, 25, 14, 5, tzinfo=UTC)


def read(texts: list[str], zone: str = "UTC", **said: object) -> list[datetime | None]:
    column = pl.Series("when", texts)
    rule = time_rule(column, zone, **said)  # type: ignore[arg-type]
    return column.to_frame().select(rule.expression(pl.col("when"), pl.String())).to_series().to_list()


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-25 14:05",
        "2024-03-25 14:05:00",
        "2024-03-25T14:05:00.000",
        "2024-03-25T14:05:00Z",
        "2024-03-25T16:05:00+02:00",
        "2024-03-25 14:05:00 UTC",
        "2024/03/25 14:05:00",
        "20240325140500",
        "20240325 140500",
        "25.03.2024 14:05",
        "25/03/2024 14:05:00",
        "25.03.24 14:05",
        "03/25/2024 2:05 PM",
        "25-Mar-2024 14:05:00",
        "1711375500",
        "1711375500000",
        "1711375500.0",
    ],
)
def test_customary_ways_to_write_an_instant_are_found_out(text: str) -> None:
    assert read([text]) == [MOMENT]


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)))
def test_what_was_written_comes_back(moment: datetime) -> None:
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert read([whole.isoformat(sep=" ", timespec="milliseconds")]) == [whole.replace(tzinfo=UTC)]


def test_one_value_above_twelve_decides_the_order_for_all() -> None:
    assert read(["03/04/2024 00:00", "13/04/2024 00:00"])[0] == datetime(2024, 4, 3, tzinfo=UTC)
    assert read(["03/04/2024 00:00", "04/13/2024 00:00"])[0] == datetime(2024, 3, 4, tzinfo=UTC)


def test_undecidable_dates_are_refused_unless_somebody_says() -> None:
    with pytest.raises(IngestError, match="day_first"):
        read(["03/04/2024 00:00"])
    assert read(["03/04/2024 00:00"], day_first=True) == [datetime(2024, 4, 3, tzinfo=UTC)]
    assert read(["03/04/2024 00:00"], day_first=False) == [datetime(2024, 3, 4, tzinfo=UTC)]


def test_both_formats_of_a_mixed_column_are_read() -> None:
    assert read(["2024-03-25 14:05", "2024-03-25 14:05:00.000"]) == [MOMENT, MOMENT]


def test_a_said_format_is_the_only_one_tried() -> None:
    assert read(["25_03_2024", "2024-03-25"], form="%d_%m_%Y") == [datetime(2024, 3, 25, tzinfo=UTC), None]


def test_local_times_become_utc() -> None:
    assert read(["2024-07-01 12:00"], "Europe/Oslo") == [datetime(2024, 7, 1, 10, tzinfo=UTC)]


def test_an_hour_that_the_clock_skips_does_not_exist() -> None:
    assert read(["2024-03-31 02:30"], "Europe/Oslo") == [None]


def test_the_second_pass_through_a_repeated_hour_comes_an_hour_later() -> None:
    texts = [f"2024-10-27 {hour}:{minute}" for hour in ("01", "02", "02", "03") for minute in ("00", "30")]
    frame = pl.DataFrame({"unit_id": "u", "time": read(texts, "Europe/Oslo")}).cast({"time": pl.Datetime("us", "UTC")})
    steps = repeated_hour(frame, "Europe/Oslo", ("unit_id",)).get_column("time").diff().drop_nulls()
    assert set(steps) == {timedelta(minutes=30)}
    assert set(frame.get_column("time").diff().drop_nulls()) != {timedelta(minutes=30)}  # without it they collide


def test_instants_out_of_this_world_are_implausible() -> None:
    frame = pl.DataFrame({"t": [datetime(1, 1, 1), datetime(2024, 1, 1), datetime(5000, 1, 1), None]})
    frame = frame.cast({"t": pl.Datetime("us", "UTC")})
    assert frame.select(plausible("t")).to_series().to_list() == [False, True, False, False]


def test_words_are_no_format() -> None:
    assert formats_of(["yesterday", "", "12"]) == ()
