"""Frames that keep the contract of any table, for the warehouse's tests and its fault benchmark."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from anomaly_assets.contracts import Table
from anomaly_assets.warehouse import Warehouse

FIRST = date(2024, 3, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def rows_of(table: Table, on: date, count: int = 4, value: float = 1.0, units: int = 2) -> pl.DataFrame:
    """``count`` rows per unit and day, valid for the table; numbers carry ``value``."""
    step = timedelta(days=1) / max(count, 1)
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC)
    moments = [(f"u{unit}", midnight + step * row, row) for unit in range(units) for row in range(count)]
    columns = {name: [_cell(table, name, *moment, value) for moment in moments] for name in table.dtypes}
    return pl.DataFrame(columns, schema=table.dtypes)


def put(warehouse: Warehouse, table: Table, number: int, **shape: Any) -> pl.DataFrame:
    """Replace one day by valid rows, and return them."""
    frame = rows_of(table, day(number), **shape)
    assert warehouse.replace(table, frame, day(number), day(number + 1)) == frame.height
    return frame


def _cell(table: Table, name: str, unit: str, moment: datetime, row: int, value: float) -> Any:
    dtype = table.dtypes[name]
    fixed = {
        "unit_id": unit,
        "source_row": row + moment.toordinal() * 10_000,
        "quantity": f"{unit}_{row}",
        "threshold": 0.0,
        "is_anomaly": value > 0,
        "incident_id": f"{unit} {moment:%Y-%m-%d} {row}",
        "state": "open",
        "source": "scores",
        "alarms": row + 1,
        "bursts": 1,
    }
    if name in fixed:
        return fixed[name]
    if name == "missing_share":
        return 0.5
    if dtype == pl.Date:
        return moment.date()
    if dtype == pl.Datetime("us", "UTC"):
        return moment + timedelta(minutes=1) if name in ("end", "window_end") else moment
    return {pl.String: f"{name} ö {row}", pl.Boolean: row % 2 == 0, pl.UInt8: row % 4, pl.Int64: row}.get(dtype, value)
