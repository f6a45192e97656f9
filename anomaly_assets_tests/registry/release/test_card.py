"""The card tells what the records say, with intervals and beside detectors that know nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from anomaly_assets.registry import Bundle
from anomaly_assets.registry.release.card import MEASURES
from anomaly_assets.registry.release.examples import Examples
from anomaly_assets.registry.release.package import Package, write_package

from .tiny import subject


class TestTheCard:
    @pytest.fixture(scope="class")
    def record(self) -> dict[str, Any]:
        """As an evaluation's record holds it, with figures that stand nowhere else."""
        measured = dict.fromkeys((*MEASURES, "mar"), None)
        counted = {"windows": 4321, "events": 17, "blocks": 5}
        long = {"lead_time_median_s": 236_340.0}
        intervals = {"auc_pr": [0.7, 0.9], "lead_time_median_s": [86_400.0, 250_000.5]}
        own = measured | counted | long | {"auc_pr": 0.8123, "intervals": intervals}
        return {
            "version": "deviation/3",
            "judged_on": "the held-back part",
            "first": "2024-01-02T00:00:00+00:00",
            "last": "2024-01-09T00:00:00+00:00",
            "confidence": 0.95,
            "measured": own,
            "trivial": {
                name: measured | {"auc_pr": 0.1 + place / 1000} for place, name in enumerate(("age", "random"))
            },
            "against": [
                {
                    "name": "age",
                    "auc_pr": 0.1,
                    "difference": {"estimate": 0.7123, "low": 0.6, "high": None, "units": 3},
                    "verdict": "better",
                }
            ],
            "strata": {"part": {"held back": "not enough events"}},
            "gates": [{"name": "auc", "sentence": "auc 0.9 holds the bound 0.8"}],
        }

    @pytest.fixture(scope="class")
    def told(self, tiny: Bundle, examples: Examples, record: dict[str, Any], tmp_path_factory: Any) -> str:
        return write_package(subject(tiny, evaluation=record), examples, tmp_path_factory.mktemp("card")).card

    def test_gives_the_figures_of_the_record_with_intervals(self, told: str) -> None:
        assert "| average precision (AUC-PR) | 0.8123 | 0.7 to 0.9 |" in told
        assert "| median lead time before failures, s | 236,340 | 86,400 to 250,000 |" in told
        assert "4,321 windows, 17 labelled events" in told
        assert "auc 0.9 holds the bound 0.8" in told

    def test_gives_the_trivial_detectors_beside_them(self, told: str) -> None:
        assert "| age | 0.1 |" in told and "| random | 0.101 |" in told
        assert "0.7123, better" in told

    def test_gives_what_is_known_from_training(self, told: str, tiny: Bundle) -> None:
        assert "| validation alarm share | 0.0125 |" in told
        assert "600 windows, 1 unit." in told
        assert "| u | 2024-01-01 00:00 | 2024-01-01 10:00 | 2024-01-01 06:40 |" in told
        assert tiny.manifest.fingerprint in told

    def test_says_what_the_model_can_not_see(self, told: str, tiny: Bundle) -> None:
        for fault in tiny.detector.tags.cannot_see:
            assert fault.replace("_", " ") in told
        assert "Too few labelled events to judge: held back (part)." in told

    def test_of_a_version_without_an_evaluation_says_that_nothing_is_known(self, released: Package) -> None:
        assert "was not evaluated" in released.card

    def test_lies_in_the_package_with_the_whole_record_beside_it(
        self, tiny: Bundle, examples: Examples, record: dict[str, Any], tmp_path: Path
    ) -> None:
        package = write_package(subject(tiny, evaluation=record), examples, tmp_path)
        assert (package.path / "model_card.md").read_text() == package.card
        assert json.loads((package.path / "metrics.json").read_text())["evaluation"] == record
