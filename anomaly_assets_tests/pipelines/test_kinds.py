from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.config import FleetConfig
from anomaly_assets.contracts import feature_columns, kind_columns, tables
from anomaly_assets.evaluation import episodes
from anomaly_assets.features import build_features
from anomaly_assets.pipelines import score_features
from anomaly_assets.pipelines.learning import Lesson, learn, with_profile, with_threshold
from anomaly_assets.registry import Bundle
from anomaly_assets.synthetic import simulate

from ..conftest import small_fleet

DAY, DAYS, BEGIN, NOW = timedelta(days=1), 12, datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC)
KINDS = ("point", "collective", "contextual", "sensor_fault")
STATISTICS = {"1h": ["z", "std", "unchanged", "reversal"], "2h": ["mean_abs_z"]}


@lru_cache
def tanks() -> FleetConfig:
    """Two tanks with a daily cycle, every five minutes."""
    return small_fleet(
        sampling="5m",
        sensors={"oxygen": {}},
        features={"windows": {name: {"length": name, "statistics": of} for name, of in STATISTICS.items()}, "lags": []},
        training={"window": {"first": "8d"}},
        detectors={kind: {"kind": kind} for kind in ("rule_severity", "deviation")},
        threshold={"method": "quantile", "params": {"q": 0.999}, "merge_gap": "1h"},
        simulation={"days": DAYS, "units": 2, "levels": {"oxygen": 9.0}, "scales": {"oxygen": 0.3}, "quiet": "11d"},
    )


@lru_cache
def clean() -> pl.DataFrame:
    return simulate(tanks(), date(2024, 3, 1), DAYS, 3).readings


def built(readings: pl.DataFrame) -> pl.DataFrame:
    return build_features(readings, tanks(), BEGIN, BEGIN + DAYS * DAY)


@lru_cache
def learnt(kind: str) -> Bundle:
    windows = built(clean())
    ends = {"start": BEGIN, "split": BEGIN + 6 * DAY, "resume": BEGIN + 6 * DAY, "end": BEGIN + 8 * DAY}
    moments = [pl.lit(value).cast(pl.Datetime("us", "UTC")).alias(name) for name, value in ends.items()]
    spans = windows.select(pl.col("unit_id").unique().sort()).with_columns(moments)
    lesson = Lesson(windows, tables(tanks())["labels"].empty(), spans, {})
    return with_profile(tanks(), with_threshold(tanks(), learn(tanks(), kind, lesson), lesson), lesson)


@lru_cache
def spoilt() -> pl.DataFrame:
    """Windows of a frozen probe on the ninth day and of one that reads too much on the tenth, six hours each."""
    first = BEGIN + 9 * DAY + timedelta(hours=9)
    x, time, hit = pl.col("oxygen"), pl.col("time"), pl.col("unit_id") == "unit_01"
    frozen = hit & time.is_between(first, first + timedelta(hours=6))
    high = hit & time.is_between(first + DAY, first + DAY + timedelta(hours=6))
    return built(clean().with_columns(oxygen=pl.when(frozen).then(9.0).when(high).then(x + 5).otherwise(x)))


def scored(kind: str = "rule_severity", windows: pl.DataFrame | None = None) -> pl.DataFrame:
    return score_features(learnt(kind), spoilt() if windows is None else windows, scored_at=NOW)


def test_scores_hold_four_severities_and_the_largest_as_the_contract_says() -> None:
    told = tables(tanks())["scores"].validate(scored())
    assert told.select(pl.col(KINDS).is_null().any()).row(0) == (False,) * 4
    assert told["severity"].equals(told.select(severity=pl.max_horizontal(KINDS))["severity"])
    assert (told["anomaly_kind"].is_not_null() == told["is_anomaly"]).all()


def test_what_went_wrong_is_named_per_row_and_per_alarm() -> None:
    alarms = episodes(scored().filter(pl.col("window_start") >= BEGIN + 9 * DAY), timedelta(hours=1))
    for day, kind in ((9, "sensor_fault"), (10, "contextual")):
        hit = alarms.filter(pl.col("start").dt.date() == (BEGIN + day * DAY).date(), unit_id="unit_01")
        assert hit.sort("peak_score")["anomaly_kind"].to_list()[-1] == kind


def test_a_detector_that_knows_no_kinds_leaves_them_empty() -> None:
    told = tables(tanks())["scores"].validate(scored("deviation"))
    assert told.select(pl.col(list(kind_columns())).is_null().all()).row(0) == (True,) * 6


def test_any_cutting_names_the_same_kinds() -> None:
    parts = [scored(windows=spoilt()[start : start + 501]) for start in range(0, spoilt().height, 501)]
    assert_frame_equal(pl.concat(parts), scored(), check_exact=True)


def test_unscaled_features_are_given_as_measured_and_drift_is_measured_on_scaled_ones() -> None:
    bundle, names = learnt("rule_severity"), list(feature_columns(tanks()))
    assert bundle.prepared(spoilt()).select(names).equals(spoilt().select(names))
    assert bundle.scaled(clean_windows := built(clean()))["oxygen__raw"].median() == pytest.approx(0.0, abs=0.3)
    assert clean_windows["oxygen__raw"].to_numpy().mean() > 5


def test_a_kind_is_explained_by_what_is_usual_of_the_unit() -> None:
    high = scored().filter(pl.col("anomaly_kind") == "contextual", pl.col("window_start") > BEGIN + 10 * DAY)
    assert set(high["sensor_1"]) == {"oxygen"} and set(high["expected_from"]) == {"usual value"}
    assert high["observed_1"].null_count() == 0 and set(high["direction_1"]) <= {"above", "below"}
