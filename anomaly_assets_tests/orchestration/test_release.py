"""The champion becomes a package in every training run; a package that is not sound stops it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from anomaly_assets.orchestration import release_assets
from anomaly_assets.orchestration.release_assets import ASKS
from anomaly_assets.registry.release import package as packages
from anomaly_assets.registry.release.verify import verify

from .conftest import Installation

KEY = dg.AssetKey(["ponds", "release"])


def checks(here: Installation) -> dict[str, dg.AssetCheckEvaluation]:
    keys = {name: dg.AssetCheckKey(KEY, name) for name in ASKS}
    with here.instance() as instance:
        records = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys.values()))
    events = {name: records[key].event.dagster_event for name, key in keys.items() if key in records}  # type: ignore[union-attr]
    judged = {name: event for name, event in events.items() if event.event_type_value == "ASSET_CHECK_EVALUATION"}  # type: ignore[union-attr]
    return {name: event.asset_check_evaluation_data for name, event in judged.items()}  # type: ignore[union-attr]


def materialised(here: Installation) -> dg.ExecuteInProcessResult:
    job = here.defs.resolve_job_def("ponds_training")
    with here.instance() as instance:
        return job.execute_in_process(instance=instance, asset_selection=[KEY], raise_on_error=False)


class TestTheFirstBackfill:
    @pytest.fixture(scope="class")
    def told(self, original: Installation) -> dict[str, Any]:
        metadata = original.latest("release")["release"].metadata
        return {name: entry.value for name, entry in metadata.items()}

    def test_leaves_a_sound_package_of_the_champion(self, told: dict[str, Any], original: Installation) -> None:
        place = original.plant.home / "releases" / "ponds_deviation" / "1"
        assert (told["package"], told["version"], told["status"]) == (str(place), "deviation/1", "champion")
        assert verify(place).passed
        assert original.site.registry.get("ponds").released == "1"

    def test_shows_the_card_with_the_evaluation_that_came_before(self, told: dict[str, Any]) -> None:
        assert told["card"].startswith("# ponds_deviation 1")
        assert "Evaluated on the held-back part and every later day" in told["card"]

    def test_says_how_closely_it_agrees(self, told: dict[str, Any]) -> None:
        assert told["largest_difference"] <= 1e-9 and told["examples"] > 100 and told["size_bytes"] > 0

    def test_passes_every_check(self, original: Installation) -> None:
        found = checks(original)
        assert set(found) == set(ASKS)
        assert all(check.passed for check in found.values())


def test_a_model_that_disagrees_fails_the_check_and_the_run(here: Installation, monkeypatch: Any) -> None:
    def refuse(*given: Any) -> Any:
        raise packages.ReleaseError("onnxruntime and the platform disagree")

    monkeypatch.setattr(packages, "require_parity", refuse)
    assert not materialised(here).success
    assert not checks(here)["onnx_parity"].passed


def test_a_package_that_was_damaged_on_the_way_fails_its_hashes(here: Installation, monkeypatch: Any) -> None:
    released = release_assets.release

    def damaging(*given: Any, **named: Any) -> Any:
        made = released(*given, **named)
        (made.package.path / "model_card.md").write_text("better than it is")
        return made

    monkeypatch.setattr(release_assets, "release", damaging)
    materialised(here)
    found = checks(here)
    assert not found["hashes"].passed and "model_card.md was changed" in str(found["hashes"].metadata["verdict"].value)
    assert not found["onnx_parity"].passed


def test_a_champion_of_a_kind_that_is_not_exported_is_a_warning(here: Installation, monkeypatch: Any) -> None:
    monkeypatch.setattr(release_assets, "exportable_kinds", lambda: ("isolation_forest",))
    assert materialised(here).success
    found = checks(here)["onnx_parity"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "isolation_forest" in str(here.latest("release")["release"].metadata["note"].value)


def test_without_a_champion_there_is_nothing_to_release_and_that_is_green(
    copied: Callable[..., Installation], empty_registry: Path
) -> None:
    here = copied()
    shutil.rmtree(here.plant.home / "registry")
    shutil.copytree(empty_registry, here.plant.home / "registry")
    assert materialised(here).success
    assert all(check.passed for check in checks(here).values())
    assert "no champion yet" in str(here.latest("release")["release"].metadata["note"].value)
