"""A window that the version in service answers: the fleet's own readings where it has some, made-up ones elsewhere."""

from datetime import UTC, datetime
from typing import Any

import polars as pl

from ..errors import AnomalyAssetsError
from ..pipelines import Site
from ..pipelines.live import Live
from .writing import instant_text

Body = dict[str, Any]
_SOME = datetime(2024, 1, 15, tzinfo=UTC)


def example_of(site: Site, live: Live) -> Body:
    """Give the body of a request to ``/detect``.

    It holds the readings of the most anomalous window of the latest scored day, of a unit that the version knows.
    """
    try:
        found = _striking(site, live)
        return _of_readings(site, live, *found) if found else _made_up(live)
    except AnomalyAssetsError:  # a fleet whose file has changed since, or a warehouse that is away
        return _made_up(live)


def _striking(site: Site, live: Live) -> tuple[str, datetime] | None:
    """Choose the unit, and the end of its window."""
    table = site.table(live.fleet, "scores")
    days = site.warehouse.days(table)
    if not days:
        return None
    wanted = ["unit_id", "window_start", "window_end", "score", "threshold"]
    rows = site.warehouse.read(table, max(days), columns=wanted).filter(pl.col("unit_id").is_in(list(live.units)))
    chosen = rows.sort(pl.col("score") - pl.col("threshold"), descending=True).head(1).to_dicts()
    return (chosen[0]["unit_id"], chosen[0]["window_end"]) if chosen else None


def _of_readings(site: Site, live: Live, unit: str, end: datetime) -> Body:
    sampling, rows = live.fleet.sampling, live.rows
    start = end - rows * sampling
    table = site.table(live.fleet, "cleaned_sensors")
    read = site.warehouse.read(table, start, end, units=[unit], columns=["time", *live.sensors])
    told = {row[0]: list(row[1:]) for row in read.iter_rows()}
    silence = [None] * len(live.sensors)
    window = [told.get(start + step * sampling, silence) for step in range(rows)]
    return _body(unit, window, end - sampling)


def _made_up(live: Live) -> Body:
    row = [_usual(live, sensor) for sensor in live.sensors]
    return _body(min(live.units, default="any"), [row] * live.rows, _SOME)


def _usual(live: Live, sensor: str) -> float:
    low, high = live.fleet.sensors[sensor].range or (0.0, 0.0)
    return live.fleet.simulation.levels.get(sensor, (low + high) / 2)


def _body(unit: str, window: list[list[Any]], last: datetime) -> Body:
    return {"sensor_id": unit, "window": window, "timestamp": instant_text(last)}
