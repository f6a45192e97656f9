"""Fleet files that lie ready for published recordings: good, complete, and fitted on healthy windows alone."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.config import FleetConfig, Platform, load_fleet
from anomaly_assets.evaluation import label_windows, roc_auc
from anomaly_assets.features import condense
from anomaly_assets.ingest import Source
from anomaly_assets.pipelines.benchmark.recordings import Recordings
from anomaly_assets.pipelines.check import check_fleets
from anomaly_assets.pipelines.learning import Lesson, learn, raw_scores
from anomaly_assets.pipelines.rows import Rows
from anomaly_assets.registry import Bundle
from anomaly_assets.registry.manifest import fingerprint

EXAMPLES = Path(__file__).parents[2] / "configs" / "examples"
RECORDED = {"cmapss": "cmapss", "cwru": "cwru", "ims": "ims_features"}
FOUR = {"isolation_forest", "local_outlier_factor", "one_class_svm", "autoencoder"}


def example(name: str) -> FleetConfig:
    return load_fleet(EXAMPLES / f"{name}.yaml")


def a_platform(root: Path) -> Platform:
    (root / "fleets").mkdir()
    for path in EXAMPLES.glob("*.yaml"):
        (root / "fleets" / path.name).write_text(path.read_text())
    return Platform(home=root, configs=root, tracking_uri="sqlite://", warehouse=root / "w.duckdb")


def test_every_example_is_good(tmp_path: Path) -> None:
    looked = check_fleets(a_platform(tmp_path))
    assert {one.name: one.faults for one in looked} == dict.fromkeys(RECORDED, ())
    assert all({config.kind for config in one.fleet.detectors.values()} == FOUR for one in looked if one.fleet)


@pytest.mark.parametrize(
    ("right", "wrong"), [("hop: 256", "hop: 0"), ("rate: 12000", "rate: 1200"), ("step: 100ms}", "hop: 4}")]
)
def test_an_example_that_somebody_spoilt_is_not(tmp_path: Path, right: str, wrong: str) -> None:
    platform = a_platform(tmp_path)
    path = tmp_path / "fleets" / "cwru.yaml"
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong))
    (looked,) = check_fleets(platform, ["cwru"])
    assert len(looked.faults) == 1


@pytest.mark.real_data
@pytest.mark.parametrize("name", sorted(RECORDED))
def test_an_example_reads_the_recordings_it_is_for(name: str, real: Callable[[str], Path], tmp_path: Path) -> None:
    fleet = example(name)
    source = Source(fleet, real(RECORDED[name]), tmp_path, condense)
    assert source.refresh().problems == {}
    first, last = source.first_day, source.last_day
    assert first is not None and last is not None
    failed = source.labels(first, last + timedelta(days=1))
    units = {"cmapss": 245, "cwru": 15, "ims": 3}  # 45 engines of the test files stop within their last 30 cycles
    assert failed.filter(pl.col("sensor").is_null())["unit_id"].n_unique() == units[name]


@pytest.fixture(scope="module")
def bench(real: Callable[[str], Path]) -> tuple[Recordings, Lesson, dict[str, Bundle]]:
    """CWRU's example, and models of the first part of every recording, damaged or not."""
    fleet = example("cwru")
    recordings = Recordings.read(fleet, real("cwru"))
    length = fleet.training.window.early_life
    assert length is not None
    start = pl.col("start")
    spans = recordings.lives().select(
        "unit_id", "start", split=start + length * 0.7, resume=start + length * 0.75, end=start + length
    )
    lesson = Lesson(recordings.windows, recordings.labels, spans, {})
    return recordings, lesson, {name: learn(fleet, name, lesson) for name in fleet.detectors}


@pytest.mark.real_data
def test_models_learn_from_healthy_files_alone(bench: tuple[Recordings, Lesson, dict[str, Bundle]]) -> None:
    recordings, lesson, learnt = bench
    damaged = ~pl.col("unit_id").str.contains("Normal")
    rows = lesson.part("start", "split", unlabelled=True).only()
    assert rows.height > recordings.fleet.training.min_windows and rows.filter(damaged).is_empty()
    assert not lesson.part("start", "split", unlabelled=False).only().filter(damaged).is_empty()
    fingerprints = {name: draft.manifest.fingerprint for name, draft in learnt.items()}
    assert fingerprints == dict.fromkeys(FOUR, fingerprint(rows))


@pytest.mark.real_data
def test_they_tell_damaged_bearings_from_healthy_ones(bench: tuple[Recordings, Lesson, dict[str, Bundle]]) -> None:
    recordings, lesson, learnt = bench
    later = recordings.windows.join(lesson.spans.select("unit_id", "end"), on="unit_id", maintain_order="left")
    rows = Rows.where(recordings.windows, later["window_start"] >= later["end"])
    damaged = label_windows(rows.only(), recordings.labels)
    assert 0.5 < damaged.mean() < 1
    for name, draft in learnt.items():
        assert roc_auc(damaged, pl.Series(raw_scores(draft, rows))) >= 0.99, name
