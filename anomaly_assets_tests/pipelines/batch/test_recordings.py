"""Real recordings: trained on some files, all four models score others from the command line as the platform does."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.cli import main
from anomaly_assets.config import platform

from .recorded import FOLDERS, Recorded
from .test_scoring import assert_platforms

pytestmark = pytest.mark.real_data
FOUR = ("isolation_forest", "local_outlier_factor", "one_class_svm", "autoencoder")
KEYS = ["unit_id", "window_start", "window_end"]
Arrived = Callable[[str], Recorded]


@pytest.fixture(scope="module")
def arrived(real: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arrived]:
    """A fleet of the examples, trained on some files; others were scored by the command, then taken in."""
    with pytest.MonkeyPatch.context() as environment:
        environment.chdir(tmp_path_factory.mktemp("recorded"))
        environment.setenv("ANOMALY_HOME", "home")
        environment.setenv("ANOMALY_CONFIGS", "configs")
        environment.delenv("MLFLOW_TRACKING_URI", raising=False)

        @cache
        def arrive(name: str) -> Recorded:
            here = Recorded(platform(), name, real(FOLDERS[name]))
            for detector in FOUR:
                command(f"{name}/{detector}", "readings", *here.files)
            here.take_in()
            return here

        yield arrive


def command(model: str, source: str, *files: Path) -> None:
    """Call ``anomaly-assets score``; what it writes is called after the model."""
    inputs = [word for file in files for word in ("--input", str(file))]
    given = ["--model", model, *inputs, "--from", source, "--output", stem(model, source)]
    assert main(["score", *given]) == 0


def stem(model: str, source: str = "readings") -> str:
    return f"{model.replace('/', '_')}_{source}"


def result(model: str, source: str = "readings") -> pl.DataFrame:
    return pl.read_parquet(f"{stem(model, source)}.parquet")


def told(model: str) -> dict[str, Any]:
    return json.loads(Path(f"{stem(model)}_metadata.json").read_text())


@pytest.mark.parametrize("detector", FOUR)
@pytest.mark.parametrize("name", FOLDERS)
def test_files_that_no_model_saw_are_scored_as_the_platform_scores_them(
    arrived: Arrived, name: str, detector: str
) -> None:
    """Score, verdict and threshold of every window equal those of the partitions, bit for bit."""
    here = arrived(name)
    found, own = here.alone(result(f"{name}/{detector}")), here.own_scores(detector)
    assert found.height == own.height > 900
    assert found.select(KEYS).equals(own.select(KEYS)), "rows are windows, by time, then by unit"
    assert_platforms(found, own)
    assert found["anomaly_score"].n_unique() > 50 and found["is_anomaly"].n_unique() == 2
    assert told(f"{name}/{detector}")["model_info"]["rows_in_its_training"] == 0


def test_score_ims_iforest(arrived: Arrived) -> None:
    """Three files with predictions; the features of the same windows, as text, give them again."""
    arrived("ims")
    found = result("ims/isolation_forest")
    assert pl.read_csv("ims_isolation_forest_readings.csv").height == found.height
    assert told("ims/isolation_forest")["scoring_results"]["rows_scored"] == found.height
    failing = found.filter(pl.col("unit_id") == "test_2_bearing_1").tail(100)
    assert failing["is_anomaly"].mean() > 0.9, "the bearing that failed alarms in its last hours"
    command("ims/isolation_forest", "features", Path("ims_isolation_forest_readings.csv"))
    again, verdict = result("ims/isolation_forest", "features"), ["anomaly_score", "is_anomaly", "severity_rank"]
    assert_frame_equal(again.select(verdict), found.select(verdict), check_exact=True)


def test_score_cwru_lof(arrived: Arrived) -> None:
    """A healthy bearing is called healthy, damaged ones are not, at both speeds; units are named by their folder."""
    arrived("cwru")
    found = result("cwru/local_outlier_factor")
    alarming = dict(found.group_by("unit_id").agg(pl.col("is_anomaly").mean()).iter_rows())
    assert alarming.pop("1797 RPM_1797_Normal_later") < 0.1
    assert set(alarming) == {"1797 RPM_1797_B_7_DE12", "1772 RPM_1772_OR@6_7_DE12"}
    assert min(alarming.values()) > 0.9


def test_what_belongs_to_a_recording_is_no_stranger(arrived: Arrived) -> None:
    """The remaining lives of C-MAPSS's engines hold no readings, and nobody is warned of them."""
    names = [path.name for path in arrived("cmapss").files]
    assert names == ["RUL_FD001.txt", "test_FD001.txt"]
    assert told("cmapss/autoencoder")["scoring_results"]["warnings"] == []
