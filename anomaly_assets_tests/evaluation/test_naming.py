from datetime import UTC, datetime, timedelta

import polars as pl

from anomaly_assets.evaluation import named_events

START, HOUR = datetime(2024, 1, 1, tzinfo=UTC), timedelta(hours=1)


def windows(*named: str | None, unit: str = "u") -> pl.DataFrame:
    """Hourly windows of a unit; those that are named alarm."""
    start = [START + place * HOUR for place in range(len(named))]
    frame = {"unit_id": unit, "window_start": start, "window_end": [at + HOUR for at in start], "score": 1.0}
    return pl.DataFrame(frame | {"anomaly_kind": pl.Series(named, dtype=pl.String)}).with_columns(
        is_anomaly=pl.col("anomaly_kind").is_not_null()
    )


def event(begin: int, end: int, unit: str = "u") -> pl.DataFrame:
    return pl.DataFrame({"unit_id": [unit], "start": [START + begin * HOUR], "end": [START + end * HOUR]})


def kind(scored: pl.DataFrame, of: pl.DataFrame) -> str | None:
    return named_events(scored, of, timedelta(0))["anomaly_kind"].item()


def test_an_event_is_what_most_windows_of_its_longest_alarm_say() -> None:
    scored = windows("point", None, "contextual", "point", "contextual", None)
    assert kind(scored, event(0, 6)) == "contextual"
    assert kind(scored, event(0, 1)) == "point"


def test_an_alarm_counts_for_an_hour_after_the_event_and_not_before_it() -> None:
    scored = windows(None, None, "point", None, None)
    assert kind(scored, event(1, 2)) == "point"
    assert kind(scored, event(0, 1)) is None
    assert kind(scored, event(3, 5)) is None


def test_other_units_alarms_are_not_the_events() -> None:
    both = pl.concat([event(0, 2), event(0, 2, unit="v")])
    told = named_events(windows("point", "point"), both, timedelta(0))
    assert told["anomaly_kind"].to_list() == ["point", None]
    assert told.columns == [*both.columns, "anomaly_kind"]
