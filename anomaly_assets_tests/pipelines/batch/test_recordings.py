"""Real recordings: models trained on some bearings' health score files of them as the platform scores their days."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.config import Platform, load_fleet
from anomaly_assets.pipelines import (
    Site,
    calibrate_detector,
    clean_days,
    feature_days,
    label_days,
    score_days,
    span_of,
    stage,
    train_detector,
)

from .test_scoring import assert_platforms
from .works import request, scored

EXAMPLES = Path(__file__).parents[3] / "configs" / "examples"
Parity = tuple[pl.DataFrame, Site, Path]


def lived(root: Path, name: str, detector: str) -> tuple[pl.DataFrame, pl.DataFrame, Site]:
    """Backfill the files below ``root/raw``; gives scores and features by time and unit."""
    configs = root / "configs" / "fleets"
    configs.mkdir(parents=True)
    shutil.copy(EXAMPLES / f"{name}.yaml", configs)
    uri, home = f"sqlite:///{root / 'registry' / 'mlflow.sqlite'}", root / "home"
    platform = Platform(home=home, configs=configs.parent, tracking_uri=uri, warehouse=home / "warehouse.duckdb")
    site, fleet = Site(platform, {name: root / "raw"}), load_fleet(configs / f"{name}.yaml")
    stage(site, fleet)
    span = span_of(site.source(fleet).days())
    assert span is not None
    for step in (clean_days, label_days, feature_days):
        step(site, fleet, span)
    train_detector(site, fleet, detector)
    calibrate_detector(site, fleet, detector)
    score_days(site, fleet, span, detector)
    tables = [site.warehouse.read(site.table(fleet, table)) for table in ("scores", "features")]
    scores, features = (table.sort("window_start", "unit_id") for table in tables)
    return scores, features, site


def assert_scores_alike(root: Path, name: str, detector: str, least: int) -> pl.DataFrame:
    scores, features, site = lived(root, name, detector)
    assert scores.height == features.height >= least
    asked = request(root / "raw", model=f"{name}/{detector}", output=root / "result", batch_size=997)
    found, facts = scored(site, request(*asked.inputs, model=asked.models, source="readings", output=asked.output))
    assert_platforms(found, scores)
    assert facts.rows_scored == scores.height
    features.write_csv(root / "features.csv")
    of_features, _ = scored(site, request(root / "features.csv", model=asked.models, batch_size=997))
    assert_platforms(of_features, scores)
    assert_frame_equal(of_features.select(facts.features), found.select(facts.features), check_exact=True)
    return found


@pytest.mark.real_data
def test_score_ims_iforest(real: Callable[[str], Path], tmp_path: Path) -> None:
    """The bearings' own test: raw tables and their features in text give the platform's scores, bit for bit."""
    (tmp_path / "raw").mkdir()
    shutil.copy(real("ims_features") / "merged_dataset_BearingTest_2.csv", tmp_path / "raw")
    found = assert_scores_alike(tmp_path, "ims", "isolation_forest", 3_000)
    assert found["model_name"].unique().to_list() == ["ims_isolation_forest"]
    failing = found.filter(pl.col("unit_id") == "test_2_bearing_1").tail(100)
    assert failing["is_anomaly"].mean() > 0.9, "the bearing that failed alarms in its last hours"


@pytest.mark.real_data
def test_score_cwru_lof(real: Callable[[str], Path], tmp_path: Path) -> None:
    """Vibration of a healthy bearing and of damaged ones: named by the folder they lie in, scored alike."""
    for name in ("1797_Normal", "1797_IR_7_DE12", "1797_B_7_DE12"):
        (tmp_path / "raw" / "1797 RPM").mkdir(parents=True, exist_ok=True)
        shutil.copy(real("cwru") / "1797 RPM" / f"{name}.npz", tmp_path / "raw" / "1797 RPM")
    found = assert_scores_alike(tmp_path, "cwru", "local_outlier_factor", 900)
    alarming = dict(found.group_by("unit_id").agg(pl.col("is_anomaly").mean()).iter_rows())
    assert alarming.pop("1797 RPM_1797_Normal") < 0.1
    assert set(alarming) == {"1797 RPM_1797_IR_7_DE12", "1797 RPM_1797_B_7_DE12"} and min(alarming.values()) > 0.9
