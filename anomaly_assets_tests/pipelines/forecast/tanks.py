"""Tanks that are watched: four probes by the hour, a forecaster learnt after sixty days, and weeks that come later."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from anomaly_assets.pipelines import (
    Site,
    Span,
    choose_champion,
    forecast_days,
    midnight,
    train_all,
    train_forecaster,
)
from anomaly_assets.pipelines.forecast import watch_days

from ..plant import DAY, Plant, days_prepared, document, registry_prepared

FIRST, KNOWN, WEEKS, HORIZON = date(2024, 1, 1), 60, 30, 7
"""First day, days that are learnt from, weeks after them, days that are forecast."""

SEVERITY = {
    "point": "z_6h",
    "collective": "mean_abs_z_12h",
    "spread": "std_6h",
    "unchanged": "unchanged_6h",
    "reversal": "reversal_6h",
}
STATISTICS = {"6h": ["z", "std", "unchanged", "reversal"], "12h": ["mean_abs_z"]}


def tanks(root: Path, **changes: Any) -> Plant:
    """A fleet that learns in seconds; its probes wander by the day and nothing goes wrong."""
    told: dict[str, Any] = {
        "sampling": "1h",
        "sensors": {"oxygen": {"range": [0, 25], "measures": "mg/L"}},
        "features": {"windows": {name: {"length": name, "statistics": of} for name, of in STATISTICS.items()}},
        "training": {"window": {"first": "28d"}, "seed": 7},
        "detectors": {"rule_severity": {"kind": "rule_severity", "params": SEVERITY}},
        "drift": {},
        "retraining": {"window": "14d"},
        "forecast": {
            "sensor": "oxygen",
            "history": "60d",
            "lags": ["1h", "1d"],
            "means": ["6h", "3d"],
            "days": 3,
            "spread": "7d",
            "validation": "14d",
            "test": "14d",
            "grid": {"learning_rate": [0.1], "max_depth": [3]},
            "iterations": 15,
            "interval_iterations": 8,
            "min_rows_leaf": 50,
            "max_rows": 3000,
            "folds": 2,
            "strategies": ["direct"],
        },
        "simulation": document()["simulation"]
        | {
            "units": 4,
            "names": ["north|1 a", "north|1 b", "north|2", "south"],
            "levels": {"oxygen": 9},
            "scales": {"oxygen": 0.35},
            "faults": [],
            "edge_cases": [],
        },
    }
    return Plant(root, FIRST, KNOWN + 7 * WEEKS, **told | changes)


@pytest.fixture(scope="session")
def tanks_original(tmp_path_factory: pytest.TempPathFactory, empty_registry: Path) -> Plant:
    """Learnt from the first days; the files of the weeks after them wait in ``later``. Never written to afterwards."""
    plant = registry_prepared(tanks(tmp_path_factory.mktemp("tanks")).simulated(3).arrive(KNOWN), empty_registry)
    site, fleet = plant.site(), plant.fleet
    days_prepared(site, fleet, Span(FIRST, plant.day(KNOWN)))
    train_all(site, fleet)
    assert choose_champion(site, fleet).decision.promote and train_forecaster(site, fleet).promoted
    forecast_days(site, fleet, Span(plant.day(KNOWN - HORIZON), plant.day(KNOWN)))
    return plant


@pytest.fixture(scope="session")
def tanks_known(tanks_original: Plant) -> dict[str, pl.DataFrame]:
    """What the warehouse knows at the end of the days that are learnt from."""
    site, fleet = tanks_original.site(), tanks_original.fleet
    return {name: site.warehouse.read(site.table(fleet, name)) for name in ("cleaned_sensors", "features", "forecast")}


@pytest.fixture
def watched(tanks_original: Plant, tmp_path: Path) -> Plant:
    """A copy that a test may spoil."""
    return tanks_original.copied(tmp_path / "copy")


@pytest.fixture
def living(watched: Plant, tanks_known: dict[str, pl.DataFrame]) -> Site:
    """That copy with its warehouse in memory."""
    site, fleet = watched.twin(), watched.fleet
    for name, frame in tanks_known.items():
        site.warehouse.replace(site.table(fleet, name), frame, FIRST, watched.day(KNOWN))
    return site


def risen(folder: Path, first: date, by: float, units: tuple[str, ...] = ()) -> None:
    """Let all readings of these units (of all when none is named) lie higher from a day on."""
    for file in sorted(folder.glob("????-??-??.csv")):
        if file.stem >= first.isoformat():
            rows = pl.read_csv(file)
            meant = pl.col("unit_id").is_in(units) if units else pl.lit(True)
            rows.with_columns(oxygen=pl.col("oxygen") + by * meant.cast(pl.Float64)).write_csv(file)


def came(plant: Plant, site: Site, days: int) -> Iterator[tuple[Span, datetime]]:
    """Let so many days come, one at a time: prepared, held against their forecasts, and forecast from.

    Yields each day and two in the morning after it.
    """
    plant.arrive(KNOWN + days)
    days_prepared(site, plant.fleet, Span(plant.day(KNOWN), plant.day(KNOWN + days)))
    for number in range(KNOWN, KNOWN + days):
        day = Span(plant.day(number), plant.day(number) + DAY)
        watch_days(site, plant.fleet, day)
        forecast_days(site, plant.fleet, day)
        yield day, midnight(day.end) + timedelta(hours=2)
