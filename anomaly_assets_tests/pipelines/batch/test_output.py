"""What is written of scored rows: columns, bytes, ranks, and thresholds that models have not."""

import json
import math
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import explanation_columns
from anomaly_assets.errors import ScoringError
from anomaly_assets.pipelines.batch.judging import severity_ranks
from anomaly_assets.pipelines.batch.run import write_scores
from anomaly_assets.pipelines.batch.spool import Spool
from anomaly_assets.pipelines.batch.writing import write_rows

from .standing_in import MOMENT, Rows, request, scored_rows, written

CAME = ["timestamp", "window_id", "ch1_mean", "ch1_rms"]
MADE = ["anomaly_score", "is_anomaly", "threshold_used", "severity_rank", "model_name"]


def read(stem: Path) -> pl.DataFrame:
    return pl.read_parquet(f"{stem}.parquet")


def metadata(stem: Path) -> dict:
    return json.loads(Path(f"{stem}_metadata.json").read_text())


@pytest.fixture
def stem(tmp_path: Path) -> Path:
    return tmp_path / "scores"


class TestColumns:
    def test_come_in_the_order_of_the_schema(self, stem: Path) -> None:
        written(stem, Rows(scored_rows()))
        assert read(stem).columns == [*CAME, *MADE, "scored_at"]

    def test_of_two_models_are_numbered(self, stem: Path) -> None:
        written(stem, Rows(scored_rows(models=2), models=2))
        assert read(stem).columns == [*CAME, *(f"{name}_{n}" for n in (1, 2) for name in MADE), "scored_at"]

    def test_of_an_explanation_come_last(self, stem: Path) -> None:
        why = list(explanation_columns())
        written(stem, Rows(scored_rows().with_columns(pl.lit("x").alias(name) for name in why)), explain=True)
        assert read(stem).columns == [*CAME, *MADE, "scored_at", *why]

    def test_that_came_keep_their_place_when_nothing_is_explained(self, stem: Path) -> None:
        came = scored_rows().select(pl.lit("x").alias("sensor_1"), pl.all())
        written(stem, Rows(came))
        assert read(stem).columns[0] == "sensor_1"

    def test_that_would_be_there_twice_are_refused(self, stem: Path) -> None:
        with pytest.raises(ScoringError, match="columns that the output has for itself: scored_at"):
            written(stem, Rows(scored_rows().with_columns(scored_at=pl.lit("then"))))

    def test_of_lists_are_refused_by_name(self, stem: Path) -> None:
        with pytest.raises(ScoringError, match=r"column odd can't be written.*List"):
            written(stem, Rows(scored_rows(3).with_columns(odd=pl.lit([1, 2]))))


class TestBytes:
    @pytest.mark.parametrize("models", [1, 2])
    @pytest.mark.parametrize("threshold", [2.0, None])
    def test_do_not_depend_on_the_batches(self, stem: Path, models: int, threshold: float | None) -> None:
        found = set()
        for size in (1000, 999, 7):
            outcome = written(stem, Rows(scored_rows(models=models, threshold=threshold), size, models))
            found.add((outcome.files.csv.read_bytes(), outcome.files.parquet.read_bytes()))
        assert len(found) == 1

    def test_of_another_moment_differ_in_that_column_alone(self, stem: Path) -> None:
        written(stem, Rows(scored_rows()))
        first = read(stem)
        written(stem, Rows(scored_rows()), scored_at=None)
        assert_frame_equal(first.drop("scored_at"), read(stem).drop("scored_at"))
        assert first["scored_at"].unique().to_list() == [MOMENT]
        assert read(stem)["scored_at"][0] > MOMENT


class TestFiles:
    def test_agree_with_each_other(self, stem: Path) -> None:
        written(stem, Rows(scored_rows()))
        text = pl.read_csv(f"{stem}.csv", try_parse_dates=False)
        parquet = read(stem)
        assert text["is_anomaly"].dtype == pl.Int64 and parquet["is_anomaly"].dtype == pl.Boolean
        assert text["is_anomaly"].cast(pl.Boolean).equals(parquet["is_anomaly"])
        assert text["timestamp"].equals(parquet["timestamp"]), "as it came"
        for name in ("ch1_mean", "anomaly_score", "threshold_used"):
            assert text[name].equals(parquet[name]), "to the last bit"
        assert text["scored_at"][0] == "2025-11-27 10:30:00+00:00"

    def test_without_rows_have_their_columns(self, stem: Path) -> None:
        rows = Rows(scored_rows(0))
        rows.frames = lambda: iter([rows.frame])  # type: ignore[method-assign]
        written(stem, rows)
        assert read(stem).height == 0 and read(stem).columns == [*CAME, *MADE, "scored_at"]
        assert Path(f"{stem}.csv").read_text().count("\n") == 1
        assert metadata(stem)["scoring_results"]["anomaly_rate"] is None

    def test_of_nothing_at_all_are_none(self, stem: Path) -> None:
        with pytest.raises(ScoringError, match="no row to score"):
            written(stem, Rows(scored_rows(0)))
        assert list(stem.parent.iterdir()) == []

    @given(values=st.lists(st.floats(allow_nan=False), max_size=20))
    @settings(max_examples=60)
    def test_hold_numbers_that_are_read_back_exactly(self, values: list[float]) -> None:
        import io

        frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64), "f": pl.Series([True] * len(values))})
        csv, parquet = io.BytesIO(), io.BytesIO()
        write_rows([frame], ["f"], frame.schema, csv, parquet)
        again = [float(line.split(",")[0]) for line in csv.getvalue().decode().splitlines()[1:]]
        assert np.array(again).tobytes() == np.array(values, dtype=float).tobytes()
        parquet.seek(0)
        assert_frame_equal(pl.read_parquet(parquet), frame, check_exact=True)

    def test_write_moments_without_needless_digits(self) -> None:
        import io

        moments = pl.Series(["2003-11-01 00:00:00", "2003-11-01 00:00:00.5"]).str.to_datetime(time_unit="us")
        frame = pl.DataFrame({"t": moments, "z": moments.dt.replace_time_zone("UTC")})
        csv = io.BytesIO()
        write_rows([frame], [], frame.schema, csv, io.BytesIO())
        assert csv.getvalue().decode().splitlines()[1:] == [
            "2003-11-01 00:00:00,2003-11-01 00:00:00+00:00",
            "2003-11-01 00:00:00.500,2003-11-01 00:00:00.500+00:00",
        ]


class TestSpool:
    @given(sizes=st.lists(st.integers(0, 40), max_size=12), piece=st.integers(1, 30))
    @settings(max_examples=40)
    def test_gives_back_what_it_took_in_pieces_of_its_own(self, tmp_path_factory, sizes: list, piece: int) -> None:
        whole = pl.DataFrame({"n": np.arange(sum(sizes)), "s": [str(i) for i in range(sum(sizes))]})
        with Spool(tmp_path_factory.getbasetemp(), piece) as spool:
            start = 0
            for size in [0, *sizes]:
                spool.append(whole[start : start + size])
                start += size
            spool.close()
            pieces = list(spool.pieces())
            assert [part.height for part in pieces[:-1]] == [piece] * (len(pieces) - 1)
            assert pl.concat([whole[:0], *pieces]).equals(whole)
            assert spool.column("n", int).tolist() == whole["n"].to_list()
            places = list(range(0, whole.height, 3))[::-1]
            assert spool.rows_at(places, ["s"]).equals(whole[places].select("s"))

    def test_refuses_columns_that_change_on_the_way(self, tmp_path: Path) -> None:
        with Spool(tmp_path) as spool:
            spool.append(pl.DataFrame({"a": [1]}))
            with pytest.raises(ScoringError, match="change on the way"):
                spool.append(pl.DataFrame({"a": ["x"]}))

    def test_leaves_no_file(self, tmp_path: Path) -> None:
        with Spool(tmp_path) as spool:
            spool.append(pl.DataFrame({"a": [1]}))
            assert list(tmp_path.iterdir()) == []


class TestSeverity:
    @given(scores=st.lists(st.integers(0, 5), max_size=30), bound=st.integers(0, 5))
    def test_numbers_the_alarms_from_the_worst_and_of_equals_the_earlier_first(self, scores: list, bound: int) -> None:
        flags = np.array(scores, dtype=float) > bound
        expected = sorted((-score, place) for place, score in enumerate(scores) if score > bound)
        ranks = {place: rank for rank, (_, place) in enumerate(expected, start=1)}
        places, found = severity_ranks(np.array(scores, dtype=float), flags)
        assert dict(zip(places.tolist(), found.tolist(), strict=True)) == ranks

    def test_is_written_for_alarms_alone(self, stem: Path) -> None:
        outcome = written(stem, Rows(scored_rows()))
        frame = read(stem)
        alarms = frame.filter("is_anomaly").sort("severity_rank")
        assert alarms["severity_rank"].to_list() == list(range(1, alarms.height + 1))
        assert alarms["anomaly_score"].is_sorted(descending=True)
        assert frame.filter(~pl.col("is_anomaly"))["severity_rank"].null_count() == frame.height - alarms.height
        assert outcome.worst["window_id"].to_list() == alarms["window_id"].head(10).to_list()


class TestMissingThreshold:
    def test_becomes_the_score_that_the_share_of_alarms_exceeds(self, stem: Path) -> None:
        outcome = written(stem, Rows(scored_rows(threshold=None)), contamination=0.1)
        frame = read(stem)
        (used,) = frame["threshold_used"].unique()
        assert used == np.quantile(frame["anomaly_score"], 0.9, method="inverted_cdf")
        assert (frame["is_anomaly"] == (frame["anomaly_score"] > used)).all()
        assert 0.08 < outcome.alarming / 1000 <= 0.1
        assert any("pump_model0 has no threshold" in said for said in outcome.facts.warnings)
        told = metadata(stem)
        assert told["scoring_results"]["warnings"] == outcome.facts.warnings
        assert told["model_info"]["threshold_method"] == "contamination"

    def test_is_no_news_where_there_is_one(self, stem: Path) -> None:
        assert written(stem, Rows(scored_rows())).facts.warnings == []


class TestMetadata:
    def test_has_every_key_of_the_schema(self, stem: Path) -> None:
        written(stem, Rows(scored_rows()))
        told = metadata(stem)
        assert set(told) == {"run_info", "model_info", "input_info", "scoring_results"}
        assert {"timestamp", "script_version", "git_commit"} <= set(told["run_info"])
        assert told["run_info"]["timestamp"] == "2025-11-27T10:30:00Z"
        model = told["model_info"]
        assert model["model_path"] == "models/0" and model["model_type"] == "deviation"
        assert model["trained_on"] == "2025-11-26" and model["features_used"] == ["ch1_mean", "ch1_rms"]
        assert told["input_info"]["input_path"] == "in.csv" and told["input_info"]["total_samples"] == 1000
        assert "date_range" in told["input_info"]
        results = told["scoring_results"]
        alarms = read(stem)["is_anomaly"].sum()
        assert results["threshold_used"] == 2.0 and results["anomalies_detected"] == alarms
        assert math.isclose(results["anomaly_rate"], alarms / 1000)
        assert results["processing_time_seconds"] > 0

    @pytest.mark.parametrize("models", [1, 2])
    def test_gives_a_cron_script_the_number_of_anomalies_alone(self, stem: Path, models: int) -> None:
        outcome = written(stem, Rows(scored_rows(models=models), models=models))
        lines = [
            line for line in Path(f"{stem}_metadata.json").read_text().splitlines() if "anomalies_detected" in line
        ]
        assert len(lines) == 1
        assert re.findall(r"\d+", lines[0]) == [str(outcome.judged[0].alarms)]

    def test_of_a_threshold_that_moves_says_from_where_to_where(self, stem: Path) -> None:
        moving = scored_rows().with_columns(threshold_used=pl.Series(np.linspace(1, 3, 1000)))
        written(stem, Rows(moving))
        results = metadata(stem)["scoring_results"]
        assert results["threshold_used"] is None and results["threshold_range"] == [1.0, 3.0]


def test_a_log_hears_of_the_start_every_batch_warnings_and_the_result(stem: Path) -> None:
    heard: list[tuple[str, str]] = []
    shown: list[tuple[str, int, int]] = []
    rows = Rows(scored_rows(threshold=None), 300)
    write_scores(lambda: rows, request(stem), lambda *told: shown.append(told), lambda *note: heard.append(note))
    assert [kind for kind, _ in heard] == ["start", *["batch"] * 4, "input", "warning", "result"]
    assert "pump on in.csv" in heard[0][1] and "1,000 rows" in heard[-1][1]
    assert shown[-1] == ("writing", 1000, 1000)


def test_too_little_memory_is_told_with_a_smaller_batch(stem: Path) -> None:
    rows = Rows(scored_rows())

    def greedy():  # type: ignore[no-untyped-def]
        yield rows.frame
        raise MemoryError

    rows.frames = greedy  # type: ignore[method-assign]
    with pytest.raises(ScoringError, match=r"not enough memory.*--batch-size 10000"):
        written(stem, rows)
    assert list(stem.parent.iterdir()) == []
