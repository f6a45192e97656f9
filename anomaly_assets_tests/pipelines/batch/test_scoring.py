"""Scores of files are the platform's own, bit for bit, whatever the size of the batches."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import feature_columns
from anomaly_assets.errors import ScoringError
from anomaly_assets.pipelines import Site, train_all
from anomaly_assets.pipelines.batch.models import open_model
from anomaly_assets.pipelines.batch.scoring import Scoring
from anomaly_assets.pipelines.batch.voices import Voice
from anomaly_assets.registry import Bundle

from ...conftest import small_fleet
from ..plant import Plant
from ..test_following import MOVING
from .works import DETECTORS, NETWORK, features_of, platform_scores, request, scored

Write = Callable[..., Path]
TOLD = ("explained_by", "sensor_1", "share_1", "feature_1", "observed_1", "expected_1", "direction_1", "sensor_3")
QUIET = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
ORDERED = ("patterns", "seasonal")


def assert_platforms(found: pl.DataFrame, own: pl.DataFrame) -> None:
    """Score, verdict and threshold equal those of the platform's ``scores``, whose rows are sorted alike."""
    for name, of_platform in (
        ("anomaly_score", "score"),
        ("is_anomaly", "is_anomaly"),
        ("threshold_used", "threshold"),
    ):
        assert found[name].equals(own[of_platform].alias(name)), name


@pytest.mark.parametrize("name", DETECTORS)
def test_score_samples(works: Plant, at: Site, features: pl.DataFrame, written: Write, name: str) -> None:
    """Scores of the features' file are those of the platform's own partitions: one path, equal bits."""
    found, facts = scored(at, request(written(features, "input.csv"), model=f"ponds/{name}", batch_size=500))
    own = platform_scores(works, name)
    assert found.height == own.height == facts.rows_scored
    assert_platforms(found, own)
    assert found["model_name"].unique().to_list() == [f"ponds_{name}"]
    assert facts.in_training == {0: own["in_training"].sum()}


def test_networks_score_files_as_they_score_days(
    works: Plant, features: pl.DataFrame, written: Write, tmp_path: Path
) -> None:
    plant = works.copied(tmp_path / "plant", detectors=NETWORK)
    site = plant.site()
    train_all(site, plant.fleet)
    found, _ = scored(site, request(written(features), model="ponds/autoencoder", batch_size=333))
    assert_platforms(found, platform_scores(plant, "autoencoder"))


@QUIET
@given(name=st.sampled_from(list(DETECTORS)), size=st.integers(1, 90))
def test_any_batch_size_gives_the_same_numbers(
    at: Site, features: pl.DataFrame, written: Write, name: str, size: int
) -> None:
    path = written(features.slice(700, 250))
    asked = {"model": f"ponds/{name}", "explain": True, "threshold": None}
    whole, of_whole = scored(at, request(path, **asked))
    cut, of_cut = scored(at, request(path, batch_size=size, **asked))
    assert_frame_equal(cut, whole, check_exact=True)
    assert of_cut == of_whole


@QUIET
@given(data=st.data())
def test_a_history_is_found_among_rows_of_other_units(
    at: Site, features: pl.DataFrame, written: Write, data: st.DataObject
) -> None:
    """Units may come one after the other, or mixed in any way that keeps each one's rows in order of time."""
    few = features.slice(300, 150)
    turns = data.draw(st.permutations(few["unit_id"].to_list()))
    by_unit = {unit: iter(rows.iter_rows()) for (unit,), rows in few.group_by("unit_id")}
    mixed = pl.DataFrame([next(by_unit[unit]) for unit in turns], schema=few.schema, orient="row")
    sizes = data.draw(st.integers(1, 60))
    asked = {"model": "ponds/patterns", "batch_size": sizes}
    found, _ = scored(at, request(written(mixed), **asked))
    sorted_, _ = scored(at, request(written(few, "sorted.parquet"), model="ponds/patterns"))
    keys = ["unit_id", "window_start"]
    assert found.select(keys).equals(mixed.select(keys)), "output comes in the order of the input"
    assert_frame_equal(found.sort(keys), sorted_.sort(keys), check_exact=True)


def test_a_history_matters_at_all(at: Site, features: pl.DataFrame, written: Write) -> None:
    late = features.filter(pl.col("window_start") > features["window_start"].median())
    whole, _ = scored(at, request(written(features), model="ponds/patterns"))
    without, _ = scored(at, request(written(late, "late.parquet"), model="ponds/patterns"))
    differs = whole.tail(late.height)["anomaly_score"] != without["anomaly_score"]
    assert 0 < differs.sum() <= 5 * late["unit_id"].n_unique(), "only the first windows lack a history"


class TestModelsThatNeedTime:
    @pytest.mark.parametrize("name", ORDERED)
    def test_refuse_an_input_without_it(self, at: Site, features: pl.DataFrame, written: Write, name: str) -> None:
        timeless = written(features.drop("window_start", "window_end"))
        with pytest.raises(ScoringError, match="--time-column") as told:
            scored(at, request(timeless, model=f"ponds/{name}"))
        assert f"ponds_{name} looks at" in str(told.value)
        assert scored(at, request(timeless))[1].first is None, "others do without"

    @pytest.mark.parametrize("name", ORDERED)
    def test_refuse_rows_without_a_readable_one(
        self, at: Site, features: pl.DataFrame, written: Write, name: str
    ) -> None:
        words = features.with_columns(pl.col("window_start").cast(pl.String))
        words[17, "window_start"] = "noon"
        with pytest.raises(ScoringError, match="1 rows have no time"):
            scored(at, request(written(words, "input.csv"), model=f"ponds/{name}"))

    @pytest.mark.parametrize("size", [1, 40, 1000])
    def test_refuse_rows_out_of_order_however_batches_fall(
        self, at: Site, features: pl.DataFrame, written: Write, size: int
    ) -> None:
        swapped = features.head(80)[[*range(40), 60, *range(40, 60), *range(61, 80)]]
        with pytest.raises(ScoringError, match="not in order of time") as told:
            scored(at, request(written(swapped), model="ponds/patterns", batch_size=size))
        assert "unit_" in str(told.value) and "sort the rows" in str(told.value)
        assert scored(at, request(written(swapped), batch_size=size))[0].height == 80, "others don't mind"

    def test_refuse_two_rows_in_one_window(self, at: Site, features: pl.DataFrame, written: Write) -> None:
        doubled = pl.concat([features.head(9), features[8:12]])
        with pytest.raises(ScoringError, match="not in order of time"):
            scored(at, request(written(doubled), model="ponds/patterns"))

    def test_mixed_units_without_a_column_that_tells_them_apart_are_found_out(
        self, at: Site, features: pl.DataFrame, written: Write
    ) -> None:
        with pytest.raises(ScoringError, match="--unit-column"):
            scored(at, request(written(features.drop("unit_id")), model="ponds/patterns"))


@pytest.fixture(scope="module")
def moving(works: Plant, tmp_path_factory: pytest.TempPathFactory) -> Plant:
    changes: dict[str, Any] = {"threshold": MOVING, "detectors": {"deviation": {"kind": "deviation"}}}
    plant = works.copied(tmp_path_factory.mktemp("moving") / "plant", **changes)
    train_all(plant.site(), plant.fleet)
    return plant


class TestAThresholdThatMoves:
    def test_moves_over_a_file_as_it_moves_over_days(
        self, moving: Plant, features: pl.DataFrame, written: Write
    ) -> None:
        found, facts = scored(moving.site(), request(written(features), batch_size=101))
        assert_platforms(found, platform_scores(moving, "deviation"))
        assert found["threshold_used"].n_unique() > 10
        assert any("moves" in sentence for sentence in facts.warnings)

    @QUIET
    @given(size=st.integers(1, 300))
    def test_moves_alike_in_any_batches(self, moving: Plant, features: pl.DataFrame, written: Write, size: int) -> None:
        site, path = moving.site(), written(features.head(300))
        whole, cut = (scored(site, request(path, batch_size=n))[0] for n in (100_000, size))
        assert_frame_equal(cut, whole, check_exact=True)

    def test_needs_rows_in_order_unless_it_is_replaced(
        self, moving: Plant, features: pl.DataFrame, written: Write
    ) -> None:
        site, path = moving.site(), written(features.reverse())
        with pytest.raises(ScoringError, match="threshold of ponds_deviation moves"):
            scored(site, request(path))
        assert scored(site, request(path, threshold=5.0))[0]["threshold_used"].unique().to_list() == [5.0]


def test_threshold_application(at: Site, features: pl.DataFrame, written: Write) -> None:
    """A row alarms exactly where its score is above the threshold that was given; equality is normal."""
    path = written(features)
    scores = scored(at, request(path))[0]["anomaly_score"]
    for threshold in (0.0, float(scores[17]), float(scores.max()), -1.0):
        found, _ = scored(at, request(path, threshold=threshold))
        assert found["anomaly_score"].equals(scores)
        assert found["is_anomaly"].equals((scores > threshold).alias("is_anomaly"))
        assert found["threshold_used"].unique().to_list() == [threshold]


def test_a_model_without_a_threshold_gives_scores_and_no_verdict(
    at: Site, features: pl.DataFrame, written: Write, tmp_path: Path
) -> None:
    bundle = at.registry.load("ponds", "deviation")
    Bundle(bundle.detector, bundle.scaler, None, None, bundle.manifest).save(tmp_path / "draft")
    path = written(features)
    found, _ = scored(at, request(path, model=str(tmp_path / "draft"), explain=True))
    assert found["anomaly_score"].equals(scored(at, request(path))[0]["anomaly_score"])
    for name, dtype in (("is_anomaly", pl.Boolean), ("threshold_used", pl.Float64)):
        assert found[name].dtype == dtype and found[name].null_count() == found.height
    given_one, _ = scored(at, request(path, model=str(tmp_path / "draft"), threshold=3.0))
    assert given_one["is_anomaly"].null_count() == 0


def test_alarms_are_explained_as_the_platform_explains_them(
    works: Plant, at: Site, features: pl.DataFrame, written: Write
) -> None:
    found, _ = scored(at, request(written(features), model="ponds/deviation", explain=True, batch_size=77))
    own = platform_scores(works, "deviation")
    assert own["is_anomaly"].any()
    assert_frame_equal(found.select(TOLD), own.select(TOLD), check_exact=True)
    plain, _ = scored(at, request(written(features), model="ponds/deviation"))
    assert not set(TOLD) & set(plain.columns)


def test_a_model_that_explains_nothing_says_so_when_it_is_asked_to(
    at: Site, features: pl.DataFrame, written: Write
) -> None:
    path = written(features)
    found, facts = scored(at, request(path, model="ponds/random_score", explain=True, threshold=0.9))
    assert found["is_anomaly"].any() and found["sensor_1"].null_count() == found.height
    assert any("can't say which sensors" in sentence for sentence in facts.warnings)
    for model, explain in (("ponds/random_score", False), ("ponds/deviation", True)):
        _, facts = scored(at, request(path, model=model, explain=explain))
        assert not any("which sensors" in sentence for sentence in facts.warnings)


def test_two_models_judge_the_same_rows(at: Site, features: pl.DataFrame, written: Write) -> None:
    path, names = written(features), ("ponds/deviation", "ponds/patterns")
    both, facts = scored(at, request(path, model=names, explain=True, batch_size=200))
    assert [model.name for model in facts.models] == ["ponds_deviation", "ponds_patterns"]
    for place, name in enumerate(names, start=1):
        alone, own = scored(at, request(path, model=name, explain=True))
        verdict = [column for column in alone.columns if column not in (*own.kept, *own.features)]
        renamed = both.select(pl.col(f"{column}_{place}").alias(column) for column in verdict)
        assert_frame_equal(renamed, alone.select(verdict), check_exact=True)
        assert facts.in_training[place - 1] == own.in_training[0]


def test_progress_ends_with_all_rows(at: Site, features: pl.DataFrame, written: Write) -> None:
    steps: list[tuple[str, int, int]] = []
    scoring = Scoring(at, request(written(features), batch_size=300), lambda *step: steps.append(step))
    list(scoring.frames())
    assert [done for _, done, _ in steps] == [300, 600, 900, 1200, features.height]
    assert {of for _, _, of in steps} == {features.height}


def test_scoring_twice_gives_the_same(at: Site, features: pl.DataFrame, written: Write) -> None:
    asked = request(written(features, "input.csv"), model="ponds/isolation_forest", explain=True)
    assert_frame_equal(scored(at, asked)[0], scored(at, asked)[0], check_exact=True)


def test_no_leakage(at: Site, works: Plant, features: pl.DataFrame, written: Write) -> None:
    """Rows of the training window are counted and told; a file from after it has none of them."""
    after = features.filter(pl.col("window_start") >= works.day(10))
    assert after.height
    assert scored(at, request(written(after)))[1].in_training == {0: 0}
    _, facts = scored(at, request(written(features)))
    assert facts.in_training[0] == features.height - after.height
    assert any("training window" in sentence for sentence in facts.warnings)


def test_large_batch(at: Site, works: Plant, written: Write) -> None:
    """100,000 rows go through in bounded batches, each row as if it were alone."""
    few = features_of(works).head(1000)
    many = pl.concat([few] * 100)
    found, facts = scored(at, request(written(many), model="ponds/isolation_forest", batch_size=30_000))
    assert facts.rows_scored == 100_000
    once, _ = scored(at, request(written(few, "few.parquet"), model="ponds/isolation_forest"))
    assert np.array_equal(found["anomaly_score"].to_numpy().reshape(100, -1), [once["anomaly_score"].to_numpy()] * 100)


class TestABundleThatDoesNotTellItsFleet:
    """Bundles of earlier versions of the platform: how long a window is must stand in the file."""

    @pytest.fixture
    def old(self, at: Site, tmp_path: Path) -> str:
        bundle = at.registry.load("ponds", "patterns")
        replace(bundle, manifest=bundle.manifest.model_copy(update={"config": {}})).save(tmp_path / "old")
        return str(tmp_path / "old")

    def test_scores_files_that_say_when_a_window_ends(
        self, at: Site, features: pl.DataFrame, written: Write, old: str
    ) -> None:
        path = written(features)
        found, _ = scored(at, request(path, model=old))
        assert_frame_equal(found, scored(at, request(path, model="ponds/patterns"))[0], check_exact=True)

    def test_refuses_files_that_do_not(self, at: Site, features: pl.DataFrame, written: Write, old: str) -> None:
        path = written(features.drop("window_end"))
        with pytest.raises(ScoringError, match="window_end"):
            scored(at, request(path, model=old))
        assert scored(at, request(path, model="ponds/patterns"))[0].height == features.height


def test_settings_and_the_calendar_alone_say_nothing_of_a_machine(at: Site) -> None:
    opened = open_model(at, "ponds/deviation")
    sensors = {"a": {}, "b": {}, "speed": {"role": "setting"}}
    conditioning = {"method": "regress", "settings": ["speed"], "degree": 2}
    fleet = small_fleet(sensors=sensors, features={"calendar": ["hour_of_day"], "conditioning": conditioning})
    names = feature_columns(fleet)
    assert {"hour_of_day_sin", "speed__raw", "a__raw"} <= set(names)
    changes = {"features": names, "config": fleet.model_dump(mode="json")}
    told = replace(opened.bundle, manifest=opened.bundle.manifest.model_copy(update=changes))
    assert Voice(replace(opened, bundle=told), request("x")).sensors == ("a__raw", "b__raw")
    untold = replace(told, manifest=told.manifest.model_copy(update={"config": {}, "features": ("ch1_rms", "ch2_rms")}))
    assert Voice(replace(opened, bundle=untold), request("x")).sensors == ("ch1_rms", "ch2_rms")
