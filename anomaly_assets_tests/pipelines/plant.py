"""A plant: one installation with one small simulated fleet, whose daily files arrive when a test lets them."""

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from anomaly_assets.config import FleetConfig, Platform
from anomaly_assets.pipelines import (
    Site,
    Span,
    clean_days,
    drift_days,
    feature_days,
    label_days,
    score_days,
    stage,
)
from anomaly_assets.synthetic import simulate, write_raw

PROJECT = Path(__file__).parents[2]
FIRST = date(2024, 3, 1)
DAYS = 20
DAY = timedelta(days=1)
PATIENCE = 60_000.0
"""Milliseconds; how busy a machine is decides no test."""
TABLES = ("cleaned_sensors", "quarantine", "labels", "features", "scores", "drift_report")


def document(**changes: Any) -> dict[str, Any]:
    """Three ponds at 20 minutes: faults after the 12th day, one unit silent for a while."""
    written = {
        "fleet": "ponds",
        "sampling": "20m",
        "source": {
            "format": "table",
            "folder": "raw",
            "include": ["*.csv", "*.csv.gz"],
            "unit": {"by": "column", "column": "unit_id"},
            "sentinels": [-9999],
            "options": {"time": "time", "labels": "labels.csv"},
        },
        "sensors": {"oxygen": {"range": [-50, 100]}, "temperature": {}},
        "cleaning": {"impute_up_to": "1h", "stuck": {"longer_than": "3h"}},
        "features": {
            "every": "1h",
            "windows": {"6h": {"length": "6h", "statistics": ["mean", "std"]}},
            "lags": ["20m", "1d"],
        },
        "training": {"window": {"first": "10d"}, "seed": 7},
        "detectors": {"deviation": {"kind": "deviation"}, "random_score": {"kind": "random_score"}},
        "threshold": {"params": {"per_unit_day": 0.1}},
        "drift": {"min_rows": 12},
        "gates": {"latency": PATIENCE},
        "retraining": {"drifted_days": 2, "window": "5d"},
        "simulation": {
            "days": DAYS,
            "units": 3,
            "levels": {"oxygen": 8, "temperature": 15},
            "scales": {"oxygen": 1, "temperature": 2},
            "quiet": "12d",
            "faults": [
                {"kind": "spike", "share": 0.5, "magnitude": 12, "duration": "1h"},
                {"kind": "level_shift", "share": 0.5, "magnitude": 8, "duration": "1d"},
                {"kind": "dropout", "share": 0.5, "duration": "5h"},
                {"kind": "stuck", "share": 0.5, "duration": "8h"},
            ],
            "edge_cases": ["long_gap"],
        },
    }
    return written | changes


class Plant:
    """An installation below ``root``; files that have not arrived yet lie in ``later``."""

    def __init__(self, root: Path, first: date = FIRST, days: int = DAYS, **changes: Any) -> None:
        self.root, self.first, self.days = root, first, days
        self.written = document(**changes)

    @property
    def fleet(self) -> FleetConfig:
        return FleetConfig.model_validate(self.written)

    @property
    def raw(self) -> Path:
        return self.root / "raw"

    @property
    def later(self) -> Path:
        return self.root / "later"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def span(self) -> Span:
        return Span(self.first, self.first + self.days * DAY)

    @property
    def platform(self) -> Platform:
        uri = f"sqlite:///{self.home / 'registry' / 'mlflow.sqlite'}"
        configs, warehouse = self.root / "configs", self.home / "warehouse.duckdb"
        return Platform(home=self.home, configs=configs, tracking_uri=uri, warehouse=warehouse)

    def day(self, number: int) -> date:
        return self.first + number * DAY

    def file(self, number: int) -> Path:
        return self.raw / f"{self.day(number)}.csv"

    def site(self) -> Site:
        """The installation, opened afresh."""
        return Site(self.platform, {"ponds": self.raw})

    def twin(self) -> Site:
        """The same raw files and the same registry, with an empty warehouse of its own in memory."""
        return Site(self.platform.model_copy(update={"warehouse": Path(":memory:")}), {"ponds": self.raw})

    def simulated(self, seed: int = 7, **drift: Any) -> "Plant":
        """Simulate every day; the files wait in ``later``."""
        write_raw(simulate(self.fleet, self.first, self.days, seed, **drift), self.fleet, self.later)
        self.raw.mkdir(parents=True, exist_ok=True)
        for name in ("labels.csv", "metadata.csv"):
            shutil.move(self.later / name, self.raw / name)
        return self.configured()

    def dirtied(self, *days: int) -> "Plant":
        """Let the files of some days say things twice, out of order and beyond what is possible."""
        for number in days:
            rows = (self.later / f"{self.day(number)}.csv").read_text().splitlines()
            time, unit, *_ = rows[4].split(",")
            doubled = [rows[0], *rows[9:4:-1], f"{time},{unit},500,15", *rows[1:]]
            (self.later / f"{self.day(number)}.csv").write_text("\n".join(doubled) + "\n")
        return self

    def configured(self) -> "Plant":
        """Write the fleet's file and the shipped settings of Dagster's instance."""
        fleets = self.root / "configs" / "fleets"
        fleets.mkdir(parents=True, exist_ok=True)
        (fleets / "ponds.yaml").write_text(yaml.safe_dump(self.written))
        shutil.copy(PROJECT / "configs" / "dagster.yaml", self.root / "configs" / "dagster.yaml")
        return self

    def arrive(self, until: int | None = None) -> "Plant":
        """Let the files of the days before number ``until`` arrive, all when none is given."""
        for file in sorted(self.later.glob("*.csv")):
            if until is None or file.stem < self.day(until).isoformat():
                shutil.move(file, self.raw / file.name)
        return self

    def copied(self, root: Path, **changes: Any) -> "Plant":
        """An installation just like this one, with another fleet file if something changes."""
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        return Plant(root, self.first, self.days, **(self.written | changes)).configured()


def registry_prepared(plant: Plant, template: Path) -> Plant:
    """Give a plant a registry without a version, which MLflow needs seconds to make, from a template made once."""
    place = plant.home / "registry"
    if not template.exists():
        assert plant.site().registry.versions("ponds") == []
        shutil.copytree(place, template)
    else:
        shutil.copytree(template, place)
    return plant


def days_prepared(site: Site, fleet: FleetConfig, span: Span) -> None:
    """Everything before the models: stage, clean, label, features."""
    stage(site, fleet)
    for step in (clean_days, label_days, feature_days):
        step(site, fleet, span)


def days_scored(site: Site, fleet: FleetConfig, span: Span) -> None:
    """Everything that happens to a day once there is a champion."""
    days_prepared(site, fleet, span)
    score_days(site, fleet, span)
    drift_days(site, fleet, span)


def kept(site: Site, fleet: FleetConfig, span: Span | None = None) -> dict[str, pl.DataFrame]:
    """Everything the warehouse holds about a span of days, apart from the moment of scoring."""
    bounds = (span.start, span.end) if span else (None, None)
    read = {name: site.warehouse.read(site.table(fleet, name), *bounds) for name in TABLES}
    return {name: frame.drop("scored_at", strict=False) for name, frame in read.items()}
