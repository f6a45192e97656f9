"""The whole platform under a real daemon and webserver, driven the way the UI drives it.

One fleet lives through 90 quiet days, then its world moves; the claims follow each other in time.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from anomaly_assets.config import Platform, load_fleet
from anomaly_assets.orchestration import ui_environment
from anomaly_assets.pipelines import Site
from anomaly_assets.synthetic import simulate, write_raw

from .dagster_dev import PROJECT, DagsterDev, running, wait_for

pytestmark = pytest.mark.slow
TABLES = ["raw_readings", "cleaned_sensors", "quarantine", "labels", "features", "scores", "drift_report"]
DONE = {"SUCCESS", "FAILURE", "CANCELED"}
DAY = timedelta(days=1)


class Plant:
    """An installation with one fleet whose files are dropped into the raw folder bit by bit."""

    def __init__(self, root: Path) -> None:
        self.root, self.raw, self.later = root, root / "raw", root / "later"
        (root / "configs" / "fleets").mkdir(parents=True)
        self.raw.mkdir()
        (root / "configs" / "dagster.yaml").write_text((PROJECT / "configs" / "dagster.yaml").read_text())
        (root / "configs" / "fleets" / "ponds.yaml").write_text(yaml.safe_dump(self._document()))
        self.fleet = load_fleet(root / "configs" / "fleets" / "ponds.yaml")
        self.today = datetime.now(UTC).date()
        self.first = self.today - 93 * DAY
        moved = self.today - 3 * DAY
        made = simulate(self.fleet, self.first, 94, seed=7, drift_from=moved, drift_scales=8.0)
        write_raw(made, self.fleet, self.later)
        self.drop(until=moved)

    @property
    def environment(self) -> dict[str, str]:
        return ui_environment(self.platform) | {"PYTHONPATH": str(PROJECT)}

    @property
    def site(self) -> Site:
        return Site(self.platform)

    @property
    def platform(self) -> Platform:
        home = self.root / "home"
        uri = f"sqlite:///{home / 'registry' / 'mlflow.sqlite'}"
        return Platform(home=home, configs=self.root / "configs", tracking_uri=uri, warehouse=home / "warehouse.duckdb")

    def drop(self, until: date) -> None:
        """Let the daily files before a day arrive in the raw folder."""
        for file in sorted(self.later.glob("*")):
            stamp = file.name.split(".")[0][-10:]
            if file.suffix == ".csv" and stamp < until.isoformat() and stamp[:2] == "20":
                file.replace(self.raw / file.name)

    def scored_days(self) -> set[date]:
        return set(self.site.warehouse.days(self.site.table(self.fleet, "scores")))

    def champion(self) -> int:
        found = self.site.registry.alias("ponds", "champion")
        return found.version if found else 0

    def scoring_versions(self, day: date) -> list[int]:
        scores = self.site.warehouse.read(self.site.table(self.fleet, "scores"), day, day + DAY)
        return scores["model_version"].unique().sort().to_list()

    def _document(self) -> dict[str, object]:
        return {
            "fleet": "ponds",
            "sampling": "10m",
            "source": {
                "format": "table",
                "folder": str(self.raw),
                "include": ["*.csv"],
                "unit": {"by": "column", "column": "unit_id"},
                "options": {"time": "time"},
            },
            "sensors": {"oxygen": {"range": [-100, 1000]}, "temperature": {}},
            "features": {"windows": {"1h": {"length": "1h", "statistics": ["mean", "std"]}}},
            "training": {"window": {"first": "20d"}},
            "detectors": {"deviation": {"kind": "deviation"}, "random_score": {"kind": "random_score"}},
            "retraining": {"drifted_days": 3, "window": "3d", "cooldown": "1d"},
            "operations": {"scoring": "* * * * *", "watch_every": "5s"},
            "simulation": {
                "units": 3,
                "levels": {"oxygen": 8, "temperature": 15},
                "scales": {"oxygen": 1, "temperature": 2},
            },
        }


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    return Plant(tmp_path_factory.mktemp("plant"))


@pytest.fixture(scope="module")
def dev(plant: Plant) -> Iterator[DagsterDev]:
    with running(plant.environment, plant.root / "dagster-dev.log") as server:
        yield server


def test_a_backfill_of_90_days_ends_green_as_one_run(dev: DagsterDev, plant: Plant) -> None:
    days = [(plant.first + i * DAY).isoformat() for i in range(90)]
    backfill = dev.backfill([["ponds", name] for name in TABLES], days)
    ended = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "COMPLETED", "FAILED", "CANCELED"}
    wait_for("the backfill to end", lambda: dev.backfill_status(backfill) in ended, 240)
    runs = dev.runs(**{"dagster/backfill": backfill})
    assert [run["status"] for run in runs] == ["SUCCESS"], runs
    assert dev.backfill_status(backfill) == "COMPLETED_SUCCESS"
    assert plant.scored_days() == {date.fromisoformat(day) for day in days}


def test_files_that_are_dropped_are_scored(dev: DagsterDev, plant: Plant) -> None:
    dev.switch_on("sensor", "ponds_raw_files")
    plant.drop(until=plant.today)
    expected = {plant.first + i * DAY for i in range(93)}
    wait_for("the dropped days in scores", lambda: plant.scored_days() == expected, 180)


def test_drifted_days_launch_one_retraining_and_its_winner_scores_the_next_day(dev: DagsterDev, plant: Plant) -> None:
    before = plant.champion()
    dev.switch_on("sensor", "ponds_drift")
    launched = wait_for("a retraining", lambda: dev.runs(job="ponds_training"), 120)
    wait_for("its end", lambda: dev.runs(job="ponds_training")[0]["status"] in DONE, 180)
    assert [run["status"] for run in dev.runs(job="ponds_training")] == ["SUCCESS"]
    assert "drift" in launched[0]["tags"]["anomaly_assets/reason"]
    after = plant.champion()
    assert after > before, "the world moved by eight standard deviations, so the retrained model must win"
    plant.drop(until=plant.today + DAY)
    wait_for("today in scores", lambda: plant.today in plant.scored_days(), 180)
    assert plant.scoring_versions(plant.today) == [after]
    assert plant.scoring_versions(plant.first + 30 * DAY) == [before]


def test_a_schedule_tick_scores_yesterday(dev: DagsterDev, plant: Plant) -> None:
    yesterday = plant.today - DAY
    dev.switch_on("schedule", "ponds_daily_scoring")
    wanted = {"dagster/schedule_name": "ponds_daily_scoring", "dagster/partition": yesterday.isoformat()}
    ended = wait_for("the scheduled run", lambda: [r for r in dev.runs(**wanted) if r["status"] in DONE], 200)
    assert {run["status"] for run in ended} == {"SUCCESS"}, "a slow machine may be at a later minute's run already"
    assert plant.scoring_versions(yesterday) == [plant.champion()]
