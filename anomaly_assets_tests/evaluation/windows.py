"""Windows and labels written down by hand."""

from datetime import UTC, datetime, timedelta

import polars as pl

from anomaly_assets.contracts import labels as labels_table

from ..conftest import small_fleet

START = datetime(2024, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hour(number: float) -> datetime:
    return START + number * HOUR


def windows(flags: str, unit: str = "u") -> pl.DataFrame:
    """Hourly windows from START: ``x`` anomalous, ``.`` normal, a blank nothing observed."""
    seen = [(i, flag == "x") for i, flag in enumerate(flags) if flag != " "]
    return pl.DataFrame(
        {
            "unit_id": [unit] * len(seen),
            "window_start": [hour(i) for i, _ in seen],
            "window_end": [hour(i + 1) for i, _ in seen],
            "is_anomaly": [flag for _, flag in seen],
        },
        schema={
            "unit_id": pl.String,
            "window_start": pl.Datetime("us", "UTC"),
            "window_end": pl.Datetime("us", "UTC"),
            "is_anomaly": pl.Boolean,
        },
    )


def labels(*spans: tuple[float, float], unit: str = "u", sensor: str | None = None) -> pl.DataFrame:
    """Labels from one hour after START to another."""
    rows = [(unit, hour(a), hour(b), sensor, "fault", None, None, "test") for a, b in spans]
    return pl.DataFrame(rows, schema=labels_table(small_fleet()).dtypes, orient="row")
