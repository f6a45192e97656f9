"""Adding a detector is one file and one YAML line; mistakes in that line are told with the nearest right word."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import anomaly_assets.detectors
from anomaly_assets.config import FleetConfig
from anomaly_assets.detectors import build_detector, check_detector, detector_class, kinds, load_detector
from anomaly_assets.detectors.checks import run_battery
from anomaly_assets.detectors.checks.recordings import windows
from anomaly_assets.errors import ConfigError, DetectorError
from anomaly_assets_tests.conftest import small_fleet

TOY = '''
import numpy as np

from anomaly_assets.detectors import Detector, DetectorTags


class FarthestReading(Detector):
    """The largest distance from the training mean."""

    statistics = ("raw", "mean")
    tags = DetectorTags(deterministic=True, explains=False, cannot_see=("stuck", "correlation_break"))

    def __init__(self, *, power: float = 1.0) -> None:
        self.power = power

    def _fit(self, matrix, names):
        self.mean_ = matrix.mean(axis=0)

    def _score(self, matrix):
        return np.abs(matrix - self.mean_).max(axis=1) ** self.power
'''

CARELESS = TOY.replace("FarthestReading", "Careless").replace(
    "return np.abs(matrix - self.mean_).max(axis=1) ** self.power",
    "return matrix[:, 0] - matrix[:, 0].mean()",  # depends on the batch
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A second folder of the package, as if the files in it were in detectors/."""
    monkeypatch.setattr(anomaly_assets.detectors, "__path__", [*anomaly_assets.detectors.__path__, str(tmp_path)])
    yield tmp_path
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(f"anomaly_assets.detectors.{path.stem}", None)
        vars(anomaly_assets.detectors).pop(path.stem, None)


def test_the_four_detectors_are_found_by_their_file_names() -> None:
    assert set(kinds()) >= {"deviation", "hotelling_t2_q", "isolation_forest", "random_score"}
    assert not set(kinds()) & {"base", "columns", "discovery", "forest", "storage"}


def test_a_new_detector_is_one_file_and_one_line_of_yaml(folder: Path) -> None:
    (folder / "farthest_reading.py").write_text(TOY)
    fleet: FleetConfig = small_fleet(detectors={"mine": {"kind": "farthest_reading", "params": {"power": 2}}})
    line = fleet.detectors["mine"]
    check_detector(line.kind, line.params)
    detector = build_detector(line.kind, line.params).fit(windows())
    detector.save(folder / "model")
    assert "farthest_reading" in kinds()
    assert detector.params == {"power": 2.0}
    assert load_detector(folder / "model").kind == "farthest_reading"
    assert run_battery("farthest_reading") == {}


def test_the_battery_finds_a_detector_whose_rows_know_of_each_other(folder: Path) -> None:
    (folder / "careless.py").write_text(CARELESS)
    failed = run_battery("careless")
    assert {"chunks_score_as_the_whole", "sees_spike"} <= set(failed)
    assert "round_trip_is_exact" not in failed


def test_a_file_without_its_class_says_what_the_class_must_be_called(folder: Path) -> None:
    (folder / "farthest_reading.py").write_text(TOY.replace("FarthestReading", "Farthestreading"))
    assert "farthest_reading" not in kinds()
    with pytest.raises(DetectorError, match="must be a class FarthestReading"):
        detector_class("farthest_reading")


def test_an_unknown_kind_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'isolation_forest'") as caught:
        check_detector("isolation_forrest")
    assert "deviation" in str(caught.value.expected)


@pytest.mark.parametrize("kind", ["../evil", "os", "checks", "", "base.Detector"])
def test_a_kind_is_never_a_way_to_import_something_else(kind: str) -> None:
    with pytest.raises(DetectorError, match="there is no detector"):
        detector_class(kind)


def test_an_unknown_parameter_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no parameter 'n_estimator'.*did you mean 'n_estimators'"):
        check_detector("isolation_forest", {"n_estimator": 10})


@pytest.mark.parametrize(
    ("kind", "params", "named"),
    [
        ("isolation_forest", {"n_estimators": 0}, "n_estimators"),
        ("isolation_forest", {"seed": "many"}, "seed"),
        ("hotelling_t2_q", {"explained": 1.5}, "explained"),
        ("deviation", {"weights": {"mean": -1}}, "weights.mean"),
        ("deviation", {"cap": 0}, "cap"),
    ],
)
def test_a_value_out_of_bounds_is_named(kind: str, params: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        check_detector(kind, params)


def test_a_bad_value_that_was_set_by_hand_is_found_when_fitting() -> None:
    detector = detector_class("isolation_forest")(n_estimators=-3)  # type: ignore[call-arg]
    with pytest.raises(DetectorError, match="n_estimators"):
        detector.fit(windows())


def test_the_training_seed_reaches_detectors_that_have_one_and_yields_to_their_own() -> None:
    assert build_detector("isolation_forest", seed=5).params["seed"] == 5
    assert build_detector("isolation_forest", {"seed": 3}, seed=5).params["seed"] == 3
    assert "seed" not in build_detector("deviation", seed=5).params


def test_importing_the_room_imports_no_heavy_library() -> None:
    """Neither the front door nor looking a kind up needs what only fitting and scoring need."""
    script = (
        "import sys; import anomaly_assets.detectors as d; [d.check_detector(k) for k in d.kinds()]; "
        "print([m for m in ('sklearn', 'torch', 'skops', 'scipy', 'numba', 'safetensors') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
