from datetime import UTC, datetime

import pytest

from anomaly_assets.errors import RegistryError
from anomaly_assets.registry import AliasChange, ModelVersion
from anomaly_assets.registry.versions import before, find

NOW = datetime(2024, 1, 1, tzinfo=UTC)


def version(number: int, detector: str = "deviation", *aliases: str) -> ModelVersion:
    return ModelVersion("small", number, detector, detector, NOW, f"run{number}", aliases)


VERSIONS = [version(1), version(2, "forest", "champion"), version(3), version(4, "forest")]


@pytest.mark.parametrize(
    ("reference", "number"),
    [("champion", 2), (1, 1), ("3", 3), ("deviation", 3), ("forest", 4), ("deviation/1", 1), ("forest/2", 2)],
)
def test_a_version_is_found_by_alias_number_or_detector(reference, number):
    assert find(VERSIONS, "small", reference).version == number


@pytest.mark.parametrize("reference", ["challenger", 5, "forest/1", "", "deviation/", "/1", "champion/2"])
def test_what_does_not_exist_is_answered_with_what_does(reference):
    with pytest.raises(RegistryError, match=r"deviation/1, forest/2 \(champion\), deviation/3, forest/4"):
        find(VERSIONS, "small", reference)


def test_a_fleet_without_models_is_told_to_train():
    with pytest.raises(RegistryError, match=r"no model at all.*anomaly-assets train small"):
        find([], "small", "champion")


def changes(*steps: int) -> list[AliasChange]:
    """Promotions as positive numbers, rollbacks as negative ones."""
    return [AliasChange(NOW, "champion", abs(step), "", back=step < 0) for step in steps]


@pytest.mark.parametrize(
    ("steps", "current", "earlier"),
    [
        ((1,), 1, None),
        ((1, 2), 2, 1),
        ((1, 2, 3, -2), 2, 1),  # a second rollback goes further back, not forth again
        ((1, 2, -1), 1, None),
        ((1, 2, -1, 3), 3, 1),
        ((1, 2, 2), 2, 1),
        ((1, 2, 1), 1, 2),
        ((1, 2), 7, 2),  # the alias was moved by other means
        ((), 7, None),
    ],
)
def test_the_champion_before_is_the_one_that_was_replaced(steps, current, earlier):
    assert before(changes(*steps), current) == earlier


def test_versions_can_be_keys():
    assert {version(1): "x"}[version(1)] == "x"
    assert version(3).name == "deviation/3"
