"""The job an operator starts from the launchpad: what it asks, what it says of a mistake, what it leaves."""

from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
import yaml

from anomaly_assets.orchestration.batch_job import EXAMPLE
from anomaly_assets.registry.release.joblib_file import write_joblib
from anomaly_assets_tests.pipelines.batch.works import features_of

from .conftest import Installation


@pytest.fixture(scope="module")
def features(original: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("input") / "features.parquet"
    features_of(original.plant).write_parquet(path)
    return path


@pytest.fixture
def asked(features: Path, tmp_path: Path) -> dict[str, Any]:
    return {"model": "ponds", "inputs": [str(features)], "output": str(tmp_path / "scored")}


def run_config(asked: dict[str, Any]) -> dict[str, Any]:
    return {"ops": {"score_files": {"config": asked}}}


def run(original: Installation, asked: dict[str, Any]) -> dg.ExecuteInProcessResult:
    job = original.defs.resolve_job_def("batch_scores")
    return job.execute_in_process(run_config=run_config(asked), raise_on_error=False)


def told(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    (event,) = [event for event in result.all_events if event.is_successful_output]
    return {name: value.value for name, value in event.step_output_data.metadata.items()}


def test_it_scores_a_file_and_says_what_came_of_it(
    original: Installation, asked: dict[str, Any], tmp_path: Path
) -> None:
    result = run(original, asked | {"explain": True})
    assert result.success
    scored, facts = pl.read_parquet(tmp_path / "scored.parquet"), told(result)
    assert (facts["rows"], facts["alarms"]) == (scored.height, scored["is_anomaly"].sum())
    assert facts["csv"] == str(tmp_path / "scored.csv") and Path(facts["metadata"]).is_file()
    assert facts["seconds"] > 0 and facts["rows_per_second"] > 0
    assert facts["worst_alarms"].count("\n") == 11, "ten alarms, a heading and a line"
    assert "training window" in facts["warnings"]
    site = original.site
    scores = site.warehouse.read(site.table(original.plant.fleet, "scores")).sort("window_start", "unit_id")
    assert scored["anomaly_score"].equals(scores["score"]), "what the daily assets said"


def test_two_models_are_compared(original: Installation, asked: dict[str, Any]) -> None:
    facts = told(run(original, asked | {"compare_with": "ponds/random_score"}))
    assert {"jaccard", "spearman", "flagged_by_both", "largest_disagreements"} <= set(facts)
    assert facts["flagged_by_first"] > 0


def test_a_mistake_fails_the_run_in_its_own_words_and_leaves_nothing(
    original: Installation, asked: dict[str, Any], tmp_path: Path
) -> None:
    result = run(original, asked | {"model": "ponds/nosuch"})
    assert not result.success
    assert "has no model 'nosuch'" in failure(result)
    assert list(tmp_path.glob("scored*")) == []


def failure(result: dg.ExecuteInProcessResult) -> str:
    (event,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    return str(event.user_failure_data.description)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"threshold": float("nan")}, "threshold makes no sense. Found: nan"),
        ({"batch_size": 0}, "batch size makes no sense. Found: 0"),
        ({"contamination": 1.5}, "contamination makes no sense. Found: 1.5"),
        ({"unit_column": "pond"}, "no column 'pond'"),
        ({"time_column": "when"}, "no column 'when'"),
        ({"keep": ["note"]}, "no column 'note'"),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else "",
)
def test_what_the_launchpad_cannot_check_is_told_by_the_run(
    original: Installation, asked: dict[str, Any], tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    result = run(original, asked | change)
    assert not result.success and said in failure(result)
    assert list(tmp_path.glob("scored*")) == []


def test_a_pickle_is_opened_only_where_it_is_trusted(
    original: Installation, asked: dict[str, Any], tmp_path: Path
) -> None:
    pickled = tmp_path / "model.joblib"
    write_joblib(original.site.registry.load("ponds"), pickled)
    asked |= {"model": str(pickled), "keep": ["window_start"], "batch_size": 100}
    assert "can run any code" in failure(run(original, asked))
    assert run(original, asked | {"trust_pickle": True}).success


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"modle": "ponds"}, 'unexpected config entry "modle"'),
        ({"source": "reading"}, "not in enum type Source got reading"),
        ({"threshold": "high"}, "threshold"),
        ({"inputs": "a.csv"}, "must be list"),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else "",
)
def test_the_launchpad_says_what_is_wrong_before_anything_runs(
    original: Installation, asked: dict[str, Any], change: dict[str, Any], said: str
) -> None:
    job = original.defs.resolve_job_def("batch_scores")
    dg.validate_run_config(job, run_config(asked))
    with pytest.raises(dg.DagsterInvalidConfigError, match=said):
        dg.validate_run_config(job, run_config(asked | change))


def test_its_example_is_one(original: Installation) -> None:
    job = original.defs.resolve_job_def("batch_scores")
    assert EXAMPLE in (job.description or "")
    dg.validate_run_config(job, yaml.safe_load(EXAMPLE))
