from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from anomaly_assets.features import build_features
from anomaly_assets_tests.features.frames import one_sensor, readings

CALENDAR = ["hour_of_day", "day_of_week", "day_of_year"]


def at(*moments: datetime) -> pl.DataFrame:
    """Windows at these moments of one unit."""
    cleaned = pl.concat([readings({"u": [1.0]}, moment) for moment in moments])
    fleet = one_sensor(calendar=CALENDAR)
    return build_features(cleaned, fleet, min(moments), max(moments) + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("moment", "cycle", "share"),
    [
        (datetime(2024, 5, 6, tzinfo=UTC), "hour_of_day", 0.0),
        (datetime(2024, 5, 6, 18, tzinfo=UTC), "hour_of_day", 0.75),
        (datetime(2024, 5, 6, tzinfo=UTC), "day_of_week", 0.0),  # a Monday
        (datetime(2024, 5, 9, 12, tzinfo=UTC), "day_of_week", 0.5),
        (datetime(2024, 1, 1, tzinfo=UTC), "day_of_year", 0.0),
        (datetime(2024, 7, 2, tzinfo=UTC), "day_of_year", 0.5),  # day 183 of 366
        (datetime(2023, 7, 2, 12, tzinfo=UTC), "day_of_year", 0.5),  # noon of day 182 of 365
        (datetime(1969, 12, 29, 6, tzinfo=UTC), "hour_of_day", 0.25),
    ],
)
def test_a_cycle_stands_where_the_calendar_says(moment: datetime, cycle: str, share: float) -> None:
    row = at(moment).row(0, named=True)
    assert row[f"{cycle}_sin"] == pytest.approx(np.sin(2 * np.pi * share), abs=1e-12)
    assert row[f"{cycle}_cos"] == pytest.approx(np.cos(2 * np.pi * share), abs=1e-12)


def test_a_cycle_closes_without_a_step() -> None:
    frame = at(datetime(2023, 12, 31, 23, 59, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC))
    steps = frame.select(pl.col("^.*_(sin|cos)$").diff().abs().last())
    assert max(steps.row(0)) < 0.005


def test_an_instant_has_one_encoding_however_dense_the_grid_around_it() -> None:
    alone, later = datetime(2024, 5, 6, 7, 13, tzinfo=UTC), datetime(2025, 5, 6, tzinfo=UTC)
    dense = [alone + timedelta(minutes=minute) for minute in range(40)]
    assert at(alone).row(0)[-6:] == at(alone, later).row(0)[-6:] == at(*dense).row(0)[-6:]
