"""A benchmark from folders to records: what is broken is named, the rest runs."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from anomaly_assets.detectors.deviation import Deviation
from anomaly_assets.errors import ConfigError, DetectorError
from anomaly_assets.pipelines.benchmark import check_names, headline, run_suite, suite_names
from anomaly_assets.pipelines.benchmark.engine import Outcome, _rounds

from .layouts import LAYOUTS
from .trying import CHEAP

SUITES = tuple(LAYOUTS)
BASELINES = {"random_score", "always_alarm", "age", "range_check"}

DAMAGED = {
    "asd": "web-1_train.parquet",
    "cmapss": "train_FD003.txt.gz",
    "cwru": "1797_IR_7_DE12.npz",
    "femto": "Learning_set_Bearing1_1.csv.gz",
    "ims": "merged_dataset_BearingTest_1.csv.gz",
    "lro": "MainStreet2019.csv.gz",
    "nab": "speed.csv.gz",
    "skab": "0.csv.gz",
    "smd": "machine-1-1.txt.gz",
    "tep": "d00_te.dat.gz",
    "ucr": "001_UCR_Anomaly_wave_500_701_720.txt.gz",
}


def detectors(outcome: Outcome) -> set[str]:
    return {record["detector"] for record in outcome.records}


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_a_kind_stands_for_all_its_detectors_and_runs_beside_the_baselines(recorded: Callable[[str], Path]) -> None:
    steps: list[tuple[str, int, int]] = []
    outcome = run_suite("oddwater", recorded("oddwater").parent, ["deviation"], lambda *step: steps.append(step))
    assert outcome.problems == []
    assert detectors(outcome) == {"deviation", "deviation_mean", "deviation_scales", "selected", *BASELINES}
    assert steps[0] == ("oddwater", 0, 1)
    assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)
    assert steps[-1][1] == steps[-1][2] == len(BASELINES) + 3


def test_a_suite_with_labels_of_other_rounds_is_told_without_any_too(recorded: Callable[[str], Path]) -> None:
    outcome = run_suite("skab", recorded("skab").parent, ["deviation_mean"])
    by_group = {(r["group"], r["detector"]): r for r in outcome.records}
    assert {group for group, _ in by_group} == {"all", "label-free"}
    assert by_group["all", "deviation_mean"]["auc_pr"] == by_group["label-free", "deviation_mean"]["auc_pr"]
    assert by_group["all", "deviation_mean"]["far"] != by_group["label-free", "deviation_mean"]["far"]


@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_without_a_folder_is_named(suite: str, tmp_path: Path) -> None:
    outcome = run_suite(suite, tmp_path)
    ((place, why),) = outcome.problems
    assert place == suite and "no recordings" in why and str(tmp_path) in why
    assert outcome.records == []


@pytest.mark.parametrize("suite", SUITES)
def test_an_empty_folder_is_named(suite: str, tmp_path: Path) -> None:
    (tmp_path / suite).mkdir()
    outcome = run_suite(suite, tmp_path)
    ((place, why),) = outcome.problems
    assert place == suite and "layout" in why
    assert outcome.records == []


def damaged(suite: str, root: Path) -> str:
    """Make a suite's recordings and cut one file short, in all folders that have it."""
    folder, name = LAYOUTS[suite](root, packed=True), DAMAGED[suite]
    if suite == "cmapss":
        (folder / name).write_bytes((folder / "train_FD001.txt.gz").read_bytes())
    for path in folder.rglob(name):
        truncate(path)
    return name


@pytest.mark.parametrize("suite", DAMAGED)
def test_a_truncated_file_is_named_and_leaves_the_other_rounds(suite: str, tmp_path: Path) -> None:
    name, outcome = damaged(suite, tmp_path), Outcome()
    assert _rounds(suite, tmp_path, outcome)
    assert any(name in place + why for place, why in outcome.problems)


def test_beside_a_truncated_file_the_rest_runs(tmp_path: Path) -> None:
    name = damaged("asd", tmp_path)
    outcome = run_suite("asd", tmp_path, ["deviation_mean"])
    assert any(name in place + why for place, why in outcome.problems)
    assert {"deviation_mean", "selected"} <= detectors(outcome)
    assert {record["rounds"] for record in outcome.records} == {1}


@pytest.mark.parametrize("suite", ["gecco", "oddwater", "asd", "cwru", "tep"])
def test_a_suite_whose_every_file_is_damaged_is_named_with_them(suite: str, tmp_path: Path) -> None:
    folder = LAYOUTS[suite](tmp_path, packed=True)
    paths = [path for path in folder.rglob("*") if path.suffix in {".gz", ".parquet", ".npz"}]
    for path in paths:
        truncate(path)
    outcome = run_suite(suite, tmp_path)
    assert outcome.records == []
    assert all(path.name in str(outcome.problems) for path in paths)


@pytest.mark.parametrize(
    ("suite", "missing", "told"),
    [
        ("tep", "d00.dat", "normal operation"),
        ("cwru", "1797_Normal.npz", "healthy bearing"),
        ("asd", "web-1_train.parquet", "web-1_train"),
        ("asd", "web-1_test.parquet", "web-1"),
    ],
)
def test_a_missing_file_is_named(suite: str, missing: str, told: str, tmp_path: Path) -> None:
    next(LAYOUTS[suite](tmp_path).rglob(missing)).unlink()
    outcome = Outcome()
    assert len(_rounds(suite, tmp_path, outcome)) == (suite == "asd")
    assert told in str(outcome.problems)


def test_empty_files_are_named(tmp_path: Path) -> None:
    folder = LAYOUTS["nab"](tmp_path)
    (folder / "data" / "realTraffic" / "speed.csv").write_bytes(b"")
    (folder / "data" / "realTraffic" / "packed.csv.gz").write_bytes(gzip.compress(b""))
    outcome = run_suite("nab", tmp_path, ["deviation_mean"])
    assert {place.rpartition("/")[2] for place, _ in outcome.problems} == {"speed.csv", "packed.csv.gz"}
    assert {record["group"] for record in outcome.records} == {"realTweets"}


def test_a_detector_that_fails_is_named_and_not_selected(
    recorded: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = Deviation._fit

    def fails(self: Deviation, matrix: object, names: tuple[str, ...]) -> None:
        if names == ("level__raw", "conductivity__raw", "turbidity__raw"):
            raise DetectorError("it would not learn")
        fit(self, matrix, names)  # type: ignore[arg-type]

    monkeypatch.setattr(Deviation, "_fit", fails)
    outcome = run_suite("oddwater", recorded("oddwater").parent, ["deviation", "deviation_mean"])
    assert [(place.rpartition("/")[2], why) for place, why in outcome.problems] == [
        ("deviation", "it would not learn.")
    ]
    assert {"deviation_mean", "selected"} <= detectors(outcome) and "deviation" not in detectors(outcome)


@pytest.mark.parametrize(
    ("suite", "wanted", "near"), [("skap", (), "skab"), ("nosuch", (), None), ("skab", ("deviatoin",), "deviation")]
)
def test_a_name_that_nobody_knows_is_refused_with_the_nearest(
    suite: str, wanted: tuple[str, ...], near: str | None, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=f"did you mean '{near}'" if near else "there is no suite 'nosuch'"):
        run_suite(suite, tmp_path, wanted)


def test_every_name_and_kind_of_any_suite_may_be_asked_for() -> None:
    check_names(suite_names(), ["deviation_scales", "hotelling_t2_q", "one_class_svm", "random_score"])
    with pytest.raises(ConfigError):
        headline("nosuch")
    assert {headline(suite) for suite in suite_names()} <= {
        "vus_pr",
        "auc_pr",
        "f1",
        "recall",
        "event_recall",
        "at_budget",
        "hit_rate",
    }


@pytest.mark.real_data
@pytest.mark.parametrize("suite", ["cwru", "oddwater"])
def test_real_recordings_run_to_the_end(suite: str, real: Callable[[str], Path]) -> None:
    outcome = run_suite(suite, real(suite).parent, list(CHEAP))
    assert outcome.problems == []
    by_detector = {record["detector"]: record for record in outcome.records}
    assert by_detector["always_alarm"]["recall"] == 1.0
    assert by_detector["random_score"]["roc_auc"] == pytest.approx(0.5, abs=0.05)
    assert by_detector["selected"]["auc_pr"] > by_detector["random_score"]["auc_pr"]
