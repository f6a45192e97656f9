"""``anomaly-assets score`` as an operator or a cron line calls it: results, warnings, mistakes, exit codes."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.cli import main
from anomaly_assets.registry import Bundle
from anomaly_assets_tests.pipelines.batch.works import features_of
from anomaly_assets_tests.pipelines.conftest import empty_registry, original  # noqa: F401 - fixtures
from anomaly_assets_tests.pipelines.plant import Plant

from .conftest import Ended

FILES = ["result.csv", "result.parquet", "result_metadata.json"]
MOMENT = "2025-11-27T10:30:00Z"


@pytest.fixture(scope="module")
def features(original: Plant) -> pl.DataFrame:  # noqa: F811 - the fixture
    return features_of(original)


@pytest.fixture(scope="module")
def bundle(original: Plant, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811 - the fixture
    folder = tmp_path_factory.mktemp("bundles") / "deviation"
    original.site().registry.load("ponds", "deviation").save(folder)
    return folder


@pytest.fixture(autouse=True)
def _installed(original: Plant, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811 - the fixture
    monkeypatch.setenv("ANOMALY_HOME", str(original.home))
    monkeypatch.setenv("ANOMALY_CONFIGS", str(original.root / "configs"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, features: pl.DataFrame) -> Path:
    """A folder with features as CSV and Parquet, and an empty folder for results."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    features.write_csv(tmp_path / "features.csv")
    features.write_parquet(tmp_path / "features.parquet")
    return tmp_path


@pytest.fixture
def score(here: Path, bundle: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Call the command; model, input and output are given unless they are named."""

    def run(*arguments: object) -> Ended:
        words = [str(argument) for argument in arguments]
        usual = {"--model": bundle, "--input": "features.csv", "--output": "out/result"}
        given = [word for name, value in usual.items() if name not in words for word in (name, str(value))]
        capfd.readouterr()
        code = main(["score", *given, *words])
        return Ended(code, *capfd.readouterr())

    return run


def result(stem: str = "out/result") -> pl.DataFrame:
    return pl.read_parquet(f"{stem}.parquet")


def metadata(stem: str = "out/result") -> dict:
    return json.loads(Path(f"{stem}_metadata.json").read_text())


def left(here: Path) -> list[str]:
    return sorted(path.name for path in (here / "out").iterdir())


class TestDone:
    def test_the_champion_scores_as_the_platform_did(
        self,
        score: Callable[..., Ended],
        original: Plant,  # noqa: F811 - the fixture
    ) -> None:
        ended = score("--model", "ponds")
        assert ended.code == 0, ended.err
        site = original.site()
        scores = site.warehouse.read(site.table(original.fleet, "scores")).sort("window_start", "unit_id")
        assert result()["anomaly_score"].equals(scores["score"], null_equal=False)
        assert result()["is_anomaly"].equals(scores["is_anomaly"])

    def test_the_summary_tells_rows_alarms_threshold_speed_and_files(self, score: Callable[..., Ended]) -> None:
        ended = score()
        told = metadata()["scoring_results"]
        for fact in (f"{told['rows_scored']:,}", f"{told['anomalies_detected']} (", "rows/s", *FILES):
            assert fact in ended.out
        assert f"{told['threshold_used']:.6g}" in ended.out

    def test_custom_threshold(self, score: Callable[..., Ended]) -> None:
        own = score() and result()
        assert score("--threshold", 4.5).code == 0
        given = result()
        assert given["threshold_used"].unique().to_list() == [4.5] != own["threshold_used"].unique().to_list()
        assert given["is_anomaly"].equals(given["anomaly_score"] > 4.5)
        assert given["is_anomaly"].sum() > own["is_anomaly"].sum()
        assert metadata()["model_info"]["threshold_method"] == "given"

    def test_large_batch(self, score: Callable[..., Ended], features: pl.DataFrame) -> None:
        times = 100_000 // features.height + 1
        pl.concat([features] * times)[:100_000].write_parquet("large.parquet")
        assert score("--input", "large.parquet", "--batch-size", 30_000).code == 0
        assert result().height == 100_000 == metadata()["scoring_results"]["rows_scored"]
        first = result()[: features.height]
        assert first["anomaly_score"].equals(result()["anomaly_score"][features.height : 2 * features.height])

    def test_idempotency(self, score: Callable[..., Ended], here: Path) -> None:
        found = []
        for size in (100_000, 100_000, 37):
            assert score("--scored-at", MOMENT, "--explain", "--batch-size", size).code == 0
            found.append([(here / "out" / name).read_bytes() for name in FILES[:2]])
        assert found[0] == found[1] == found[2]
        score("--explain")
        other = result()
        score("--scored-at", MOMENT, "--explain")
        assert_frame_equal(other.drop("scored_at"), result().drop("scored_at"), check_exact=True)

    def test_metadata_preserved(self, score: Callable[..., Ended], features: pl.DataFrame) -> None:
        came = features.with_columns(
            window_start=pl.col("window_start").dt.strftime("%Y-%m-%d %H:%M"), file_name=pl.lit("a.csv")
        )
        came.write_csv("features.csv")
        assert score().code == 0
        keys = ["unit_id", "window_start", "window_end", "file_name"]
        kept = pl.read_csv("out/result.csv", infer_schema=False).select(keys)
        assert kept.equals(pl.read_csv("features.csv", infer_schema=False).select(keys))

    def test_no_leakage(self, score: Callable[..., Ended], features: pl.DataFrame, bundle: Path) -> None:
        (end,) = {span[1] for span in Bundle.load(bundle).manifest.training_windows.values()}
        later = features.filter(pl.col("window_start") >= end)
        assert 0 < later.height < features.height
        later.write_csv("later.csv")
        assert score("--input", "later.csv").code == 0
        assert metadata()["model_info"]["rows_in_its_training"] == 0
        ended = score()
        assert metadata()["model_info"]["rows_in_its_training"] == features.height - later.height
        assert "rows lie in the training window" in ended.err

    def test_explanations_name_sensors_of_alarms_alone(self, score: Callable[..., Ended]) -> None:
        assert score("--explain").code == 0
        alarming, calm = result().filter("is_anomaly"), result().filter(~pl.col("is_anomaly"))
        assert set(alarming["sensor_1"]) <= {"oxygen", "temperature"}
        assert calm["sensor_1"].null_count() == calm.height

    def test_raw_readings_give_the_scores_of_their_windows(
        self,
        score: Callable[..., Ended],
        original: Plant,  # noqa: F811 - the fixture
    ) -> None:
        ended = score("--input", original.raw / "*.csv", "--from", "readings")
        assert ended.code == 0, ended.err
        raw = result()
        score()
        assert raw["anomaly_score"].sort().equals(result()["anomaly_score"].sort())

    def test_several_inputs_come_from_options_a_folder_or_a_shells_glob(
        self, score: Callable[..., Ended], features: pl.DataFrame, here: Path
    ) -> None:
        (here / "parts").mkdir()
        for place, part in enumerate(features.iter_slices(500)):
            part.write_csv(f"parts/{place}.csv")
        several = sorted(map(str, Path("parts").glob("*.csv")))
        ways = [
            ["--input", "parts"],
            ["--input", "parts/*.csv"],
            ["--input", *several],
            [word for name in several for word in ("--input", name)],
        ]
        scores = []
        for way in ways:
            assert score(*way).code == 0
            scores.append(result()["anomaly_score"])
            assert metadata()["input_info"]["total_samples"] == features.height
        assert all(one.equals(scores[0]) for one in scores)

    def test_a_cron_script_greps_the_number_of_anomalies(self, score: Callable[..., Ended]) -> None:
        score()
        script = "grep anomalies_detected out/result_metadata.json | grep -oP '\\d+'"
        told = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout
        assert told.split() == [str(result()["is_anomaly"].sum())]


class TestExitCodes:
    def test_alarms_are_told_only_where_that_is_asked(self, score: Callable[..., Ended]) -> None:
        assert score().code == 0
        assert score("--fail-on-alarm").code == 1
        assert score("--fail-on-alarm", "--threshold", 1e9).code == 0

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["--threshold", "nan"], "finite number"),
            (["--batch-size", "0"], "batch-size"),
            (["--contamination", "1"], "between 0 and 1"),
            (["--scored-at", "yesterday"], "ISO 8601"),
            (["--on-invalid", "drop"], "impute"),
            (["--from", "files"], "readings"),
            (["--keep", "nosuch"], "nosuch"),
            (["--unit-column", "nosuch"], "nosuch"),
            (["--model", "ponds", "--model", "ponds", "--model", "ponds"], "two are compared"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_a_mistake_is_two(self, score: Callable[..., Ended], here: Path, arguments: list, told: str) -> None:
        ended = score(*arguments)
        assert ended.code == 2
        assert told in " ".join(ended.err.split())
        assert "Traceback" not in ended.err and left(here) == []


class TestErrorTable:
    """Every row of the table: what is told, how it ends, and what is left."""

    @pytest.mark.parametrize("model", ["nosuch", "ponds/nosuch", "ponds/deviation/77", "/nowhere/a.joblib"])
    def test_model_not_found(self, score: Callable[..., Ended], here: Path, model: str) -> None:
        ended = score("--model", model)
        assert ended.code == 2
        assert "no model" in ended.err and "deviation/1" in ended.err, "says which there are"
        assert "anomaly-assets models list" in ended.err
        assert left(here) == []

    def test_input_not_found(self, score: Callable[..., Ended], here: Path) -> None:
        ended = score("--input", "nosuch.csv")
        assert ended.code == 2
        assert "no input file nosuch.csv" in ended.err
        assert left(here) == []

    def test_missing_features(self, score: Callable[..., Ended], here: Path, features: pl.DataFrame) -> None:
        features.drop("oxygen__std_6h", "temperature__lag_1d").write_csv("features.csv")
        ended = score()
        assert ended.code == 2
        first, found, expected, remedy = ended.err.splitlines()[:4]
        assert "lacks required features: ['oxygen__std_6h', 'temperature__lag_1d']" in first
        assert "oxygen__raw" in found and "oxygen__std_6h" not in found
        assert "oxygen__std_6h" in expected and "temperature__lag_1d" in expected
        assert "same configuration" in remedy or "with the configuration" in remedy
        assert left(here) == []

    def test_extra_columns(self, score: Callable[..., Ended], features: pl.DataFrame) -> None:
        shuffled = features.select(reversed(features.columns)).with_columns(surplus=pl.lit(1), other=pl.lit("x"))
        shuffled.write_csv("features.csv")
        ended = score()
        assert ended.code == 0
        assert "Warning" in ended.err and "surplus, other" in ended.err
        assert metadata()["input_info"]["dropped_columns"] == ["surplus", "other"]
        assert "surplus" not in result().columns
        kept = score("--keep", "surplus")
        assert kept.code == 0 and "surplus" in result().columns

    def test_missing_threshold(self, score: Callable[..., Ended], bundle: Path, tmp_path: Path) -> None:
        replace(Bundle.load(bundle), threshold=None).save(tmp_path / "raw")
        ended = score("--model", tmp_path / "raw", "--contamination", "0.1")
        assert ended.code == 0
        assert "ponds_deviation has no threshold" in ended.err and "--contamination" in ended.err
        assert 0.09 < result()["is_anomaly"].mean() <= 0.1
        assert metadata()["model_info"]["threshold_method"] == "contamination"

    def test_invalid_values(self, score: Callable[..., Ended], here: Path, features: pl.DataFrame) -> None:
        whole = features.drop_nulls()
        spoilt = whole.with_row_index().with_columns(
            oxygen__raw=pl.when(pl.col("index") == 3).then(float("inf")).otherwise("oxygen__raw"),
            oxygen__lag_20m=pl.when(pl.col("index") == 5).then(float("nan")).otherwise("oxygen__lag_20m"),
        )
        spoilt.drop("index").write_csv("features.csv")
        ended = score("--on-invalid", "impute")
        assert ended.code == 0 and "2 cells without a finite number" in ended.err
        told = metadata()
        assert told["input_info"]["invalid_cells"] == {"infinite": {"oxygen__raw": 1}, "nan": {"oxygen__lag_20m": 1}}
        assert (result().height, told["scoring_results"]["cells_imputed"]) == (whole.height, 2)
        ended = score("--on-invalid", "skip")
        assert ended.code == 0 and "2 rows were left out" in ended.err
        assert result().height == whole.height - 2
        assert metadata()["scoring_results"]["rows_skipped"] == {"a feature has no finite number": 2}
        before = [(here / "out" / name).read_bytes() for name in FILES]
        ended = score("--on-invalid", "fail")
        assert ended.code == 2 and "line 5: oxygen__raw is infinite" in ended.err
        assert [(here / "out" / name).read_bytes() for name in FILES] == before, "the old output is as it was"

    def test_output_not_writable(self, score: Callable[..., Ended], here: Path) -> None:
        ended = score("--output", "nowhere/result")
        assert ended.code == 2 and "nowhere" in ended.err and "mkdir -p" in ended.err
        ended = score("--output", "/proc/result")
        assert ended.code == 2 and "can't be written" in ended.err
        ended = score("--output", "out")
        assert ended.code == 2 and "is a folder" in ended.err
        assert left(here) == []

    def test_too_little_memory(self, score: Callable[..., Ended]) -> None:
        ended = score("--batch-size", 10**12)
        assert ended.code == 0 and "use --batch-size" in ended.err


class TestComparison:
    def test_both_models_and_their_agreement_are_told(self, score: Callable[..., Ended]) -> None:
        ended = score("--model", "ponds/deviation", "--model", "ponds/random_score", "--threshold", 0.9)
        assert ended.code == 0, ended.err
        told, rows = metadata(), result()
        assert {"anomaly_score_1", "anomaly_score_2", "severity_rank_2", "model_name_2"} <= set(rows.columns)
        a, b = rows["is_anomaly_1"], rows["is_anomaly_2"]
        assert told["comparison"]["flagged_by_both"] == (a & b).sum()
        assert told["second_model"]["rows_flagged"] == b.sum()
        assert len(told["comparison"]["largest_disagreements"]) == 10
        for word in ("Jaccard", "Cohen's kappa", "Spearman", "Rows on which they disagree most", "ponds/random_score"):
            assert word in ended.out


class TestLog:
    def test_has_a_line_for_every_event(self, score: Callable[..., Ended]) -> None:
        score("--log-file", "run.log", "--batch-size", 500)
        kinds = [line.split()[1] for line in Path("run.log").read_text().splitlines()]
        assert kinds[0] == "START" and kinds[-1] == "RESULT"
        assert kinds.count("BATCH") == 3 and "INPUT" in kinds and "WARNING" in kinds

    def test_keeps_what_was_there_and_tells_of_failures(self, score: Callable[..., Ended]) -> None:
        score("--log-file", "run.log")
        before = Path("run.log").read_text()
        assert score("--log-file", "run.log", "--input", "nosuch.csv").code == 2
        after = Path("run.log").read_text()
        assert after.startswith(before)
        assert "ERROR   there is no input file nosuch.csv" in after.splitlines()[-1]

    def test_that_cannot_be_written_stops_before_anything_happens(
        self, score: Callable[..., Ended], here: Path
    ) -> None:
        ended = score("--log-file", "nowhere/run.log")
        assert ended.code == 2 and "log file nowhere/run.log" in ended.err
        assert left(here) == []

    def test_verbose_tells_every_batch(self, score: Callable[..., Ended]) -> None:
        assert "batch: 500 rows scored" in score("--verbose", "--batch-size", 500).err
        assert "batch:" not in score("--batch-size", 500).err


def test_the_help_shows_examples(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "--help"]) == 0
    told = capfd.readouterr().out
    assert "anomaly-assets score --model river" in told and "--fail-on-alarm" in told
