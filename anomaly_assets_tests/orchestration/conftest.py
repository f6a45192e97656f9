"""One plant whose 20 days end today, backfilled once through Dagster; who changes something takes a copy."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from anomaly_assets.orchestration import RunOutcome, build_defs, dagster_home, run_job
from anomaly_assets.pipelines import Site, Span
from anomaly_assets_tests.pipelines.plant import DAY, DAYS, Plant, registry_prepared


@dataclass
class Installation:
    """A plant, and Dagster on top of it."""

    plant: Plant

    @property
    def site(self) -> Site:
        return self.plant.site()

    @property
    def defs(self) -> dg.Definitions:
        return build_defs({"ponds": self.plant.fleet}, self.plant.platform, raw={"ponds": self.plant.raw})

    def run(self, job: str, *days: int) -> RunOutcome:
        """Run a job for one day or from one day to another (not included), given by number."""
        plant = self.plant
        span = Span(plant.day(days[0]), plant.day(days[-1] if len(days) > 1 else days[0] + 1)) if days else None
        return run_job(plant.platform, "ponds", job, span, raw={"ponds": plant.raw})  # type: ignore[arg-type]

    def instance(self) -> dg.DagsterInstance:
        return dg.DagsterInstance.from_config(str(dagster_home(self.plant.platform)))

    def latest(self, *names: str) -> dict[str, dg.AssetMaterialization]:
        """The latest materialisation of some assets."""
        with self.instance() as instance:
            events = {name: instance.get_latest_materialization_event(dg.AssetKey(["ponds", name])) for name in names}
        return {name: event.asset_materialization for name, event in events.items()}  # type: ignore[union-attr, misc]


@pytest.fixture(scope="session")
def empty_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registry") / "template"


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory, empty_registry: Path) -> Installation:
    """Backfilled by one run of everything; never written to afterwards."""
    first = datetime.now(UTC).date() - (DAYS - 1) * DAY
    plant = Plant(tmp_path_factory.mktemp("plant"), first).simulated().dirtied(3, 14).arrive()
    made = Installation(registry_prepared(plant, empty_registry))
    outcome = made.run("everything", 0, DAYS)
    assert outcome.success, outcome
    return made


@pytest.fixture
def copied(original: Installation, tmp_path: Path) -> Callable[..., Installation]:
    return lambda **changes: Installation(original.plant.copied(tmp_path / "copy", **changes))


@pytest.fixture
def here(copied: Callable[..., Installation]) -> Installation:
    """A copy of the original that a test may spoil."""
    return copied()
