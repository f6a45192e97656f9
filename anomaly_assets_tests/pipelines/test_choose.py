"""Who becomes champion, and who never does."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from anomaly_assets.errors import RegistryError
from anomaly_assets.pipelines import Choice, choose_champion, trailing, train_all

from .plant import Plant, days_prepared, days_scored, registry_prepared

RANDOM = {"random_score": {"kind": "random_score"}}
Copy = Callable[..., Plant]


def chosen(plant: Plant, **window: str) -> Choice:
    """Train every detector once more and choose."""
    site, fleet = plant.site(), plant.fleet
    train_all(site, fleet, trailing(fleet) if window else None)
    return choose_champion(site, fleet)


def champion(plant: Plant) -> str | None:
    found = plant.site().registry.alias("ponds", "champion")
    return found.name if found else None


@pytest.fixture
def untrained(tmp_path: Path, original: Plant, empty_registry: Path) -> Copy:
    """The original's days without any version of a model."""

    def make(**changes: object) -> Plant:
        plant = Plant(tmp_path / "untrained", **changes)
        plant.raw.mkdir(parents=True)
        for file in original.raw.iterdir():
            (plant.raw / file.name).symlink_to(file)
        registry_prepared(plant.configured(), empty_registry)
        days_prepared(plant.site(), plant.fleet, plant.span)
        return plant

    return make


class TestTheFirst:
    def test_is_the_detector_that_told_faults_from_quiet_best(self, original: Plant) -> None:
        assert champion(original) == "deviation/1"

    def test_needs_a_version_to_choose_from(self, untrained: Copy) -> None:
        plant = untrained()
        with pytest.raises(RegistryError, match=r"has no version.*Remedy: .*train"):
            choose_champion(plant.site(), plant.fleet)

    def test_is_never_a_random_score_even_when_it_is_alone(self, untrained: Copy) -> None:
        plant = untrained(detectors=RANDOM)
        choice = chosen(plant)
        assert not choice.decision.promote
        assert "sanity baseline" in choice.decision.reason
        assert champion(plant) is None

    def test_is_not_the_random_score_when_that_was_trained_last(self, untrained: Copy) -> None:
        plant = untrained(detectors={"a_deviation": {"kind": "deviation"}, "zufall": {"kind": "random_score"}})
        assert chosen(plant).decision.promote
        assert champion(plant) == "a_deviation/1"


class TestAChallenger:
    def test_that_is_no_better_stays_one(self, plant: Plant) -> None:
        before = champion(plant)
        choice = chosen(plant)
        assert choice.decision.promote is False
        assert choice.decision.difference == 0.0
        assert champion(plant) == before
        challenger = plant.site().registry.alias("ponds", "challenger")
        assert challenger is not None and challenger.detector == "deviation" and challenger.name != before

    def test_that_only_draws_lots_stays_one(self, copy: Copy) -> None:
        plant = copy(detectors=RANDOM)
        before = champion(plant)
        assert not chosen(plant).decision.promote
        assert champion(plant) == before

    def test_is_judged_on_the_same_windows_as_the_champion(self, plant: Plant) -> None:
        choice = chosen(plant)
        assert len(choice.trials) == 3, "the two retrained ones and the champion"
        assert len({(trial.unit_days, len(trial.statistic)) for trial in choice.trials.values()}) == 1
        assert "injected faults" in choice.judged_on

    def test_is_judged_on_labelled_events_where_there_are_enough(self, copy: Copy) -> None:
        plant = copy(training={"window": {"start": "2024-03-08", "end": "2024-03-21"}}, promotion={"min_events": 1})
        assert "labelled events" in chosen(plant).judged_on

    def test_of_features_that_the_fleet_no_longer_makes_is_none(self, copy: Copy) -> None:
        plant = copy(features={"every": "1h"})
        with pytest.raises(RegistryError, match=r"has no version.*Remedy: .*train"):
            choose_champion(plant.site(), plant.fleet)

    def test_replaces_a_champion_whose_bundle_is_damaged(self, plant: Plant) -> None:
        version = plant.site().registry.get("ponds", "champion")
        bundle = plant.platform.bundles / "ponds" / version.run_id / "artifacts" / "bundle"
        (bundle / "scaler.json").write_text("{}")
        choice = chosen(plant)
        assert choice.decision.promote, "no better than the champion was, but that one can't score any more"
        assert champion(plant) != version.name
        assert plant.site().registry.load("ponds", "champion").manifest.detector == "deviation"

    def test_without_a_newer_version_the_champion_stays(self, copy: Copy) -> None:
        plant = copy(detectors={"deviation": {"kind": "deviation"}})
        before = champion(plant)
        choice = choose_champion(plant.site(), plant.fleet)
        assert not choice.decision.promote
        assert champion(plant) == before


def test_in_a_moved_world_the_retrained_one_becomes_champion(tmp_path: Path, empty_registry: Path) -> None:
    quiet = {"units": 2, "levels": {"oxygen": 8, "temperature": 15}, "scales": {"oxygen": 1, "temperature": 2}}
    plant = Plant(tmp_path, simulation=quiet).simulated(drift_from=date(2024, 3, 14), drift_scales=8.0).arrive()
    site, fleet = registry_prepared(plant, empty_registry).site(), plant.fleet
    days_prepared(site, fleet, plant.span)
    train_all(site, fleet)
    first = choose_champion(site, fleet).challenger
    days_scored(site, fleet, plant.span)
    choice = chosen(plant, window="trailing")
    assert choice.decision.promote, choice.decision.reason
    assert first is not None and choice.champion is not None and choice.champion.version == first.version
    assert champion(plant) != first.name
    assert choice.trials[first.name].alarms > choice.trials[choice.challenger.name].alarms  # type: ignore[union-attr]
