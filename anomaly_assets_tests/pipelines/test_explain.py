"""Why a window alarms: the right sensor, what it read and what it should have read, in its own unit."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.config import FleetConfig
from anomaly_assets.contracts import NAMED, explanation_columns, tables
from anomaly_assets.evaluation import diagnosis
from anomaly_assets.features import build_features
from anomaly_assets.pipelines import score_features
from anomaly_assets.pipelines.learning import Lesson, learn, with_threshold
from anomaly_assets.pipelines.rows import Rows
from anomaly_assets.pipelines.score import score_rows
from anomaly_assets.registry import Bundle
from anomaly_assets.synthetic import inject, simulate

from ..conftest import small_fleet
from ..features import regimes
from ..features.regimes import features_of, regime_fleet, regime_readings

FIRST, DAY = date(2024, 3, 1), timedelta(days=1)
BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
LEARNT, DAYS = 12, 20
BY = 80.0
LEVELS = {"oxygen": 8.0, "temperature": 15.0, "turbidity": 40.0, "salinity": 33.0, "flow": 250.0}
SCALES = {"oxygen": 1.0, "temperature": 2.0, "turbidity": 10.0, "salinity": 0.5, "flow": 30.0}
KINDS = {
    "deviation": {"kind": "deviation"},
    "hotelling_t2_q": {"kind": "hotelling_t2_q"},
    "isolation_forest": {"kind": "isolation_forest", "params": {"n_estimators": 50}},
    "random_score": {"kind": "random_score"},
    "patterns": {"kind": "kmeans_windows", "params": {"steps": 6}},
}


def ponds(**changes: Any) -> FleetConfig:
    """Six units with five sensors that go together, every half hour."""
    simulation = {"days": DAYS, "units": 6, "levels": LEVELS, "scales": SCALES, "quiet": "14d", "seasonal": 0.0}
    return small_fleet(
        **{
            "sampling": "30m",
            "sensors": {name: {} for name in LEVELS},
            "features": {"windows": {"3h": {"length": "3h", "statistics": ["mean", "std"]}}, "lags": []},
            "training": {"window": {"first": f"{LEARNT}d"}, "seed": 3},
            "detectors": KINDS,
            "simulation": simulation,
        }
        | changes
    )


@lru_cache
def clean(seed: int = 5) -> pl.DataFrame:
    return simulate(ponds(), FIRST, DAYS, seed).readings


def built(readings: pl.DataFrame, fleet: FleetConfig | None = None) -> pl.DataFrame:
    return build_features(readings, fleet or ponds(), BEGIN, BEGIN + DAYS * DAY)


@lru_cache
def learnt(kind: str, scaling: str = "robust") -> Bundle:
    q = 0.8 if kind == "isolation_forest" else 0.995  # one sensor in five hardly moves a forest's score
    fleet = ponds(threshold={"method": "quantile", "params": {"q": q}}, **scaled_by(scaling))
    windows = built(clean())
    ends = {"start": BEGIN, "split": BEGIN + 8 * DAY, "resume": BEGIN + 8 * DAY, "end": BEGIN + LEARNT * DAY}
    moments = [pl.lit(value).cast(pl.Datetime("us", "UTC")).alias(name) for name, value in ends.items()]
    spans = windows.select(pl.col("unit_id").unique().sort()).with_columns(moments)
    lesson = Lesson(windows, tables(fleet)["labels"].empty(), spans, {})
    return with_threshold(fleet, learn(fleet, kind, lesson), lesson)


def scaled_by(method: str) -> dict[str, Any]:
    windows = {"3h": {"length": "3h", "statistics": ["mean", "std"]}}
    return {"features": {"windows": windows, "lags": [], "scaling": {"method": method}}}


@lru_cache
def shifted(sensor: str, by: float) -> pl.DataFrame:
    """Windows of days in which one unit's sensor reads too much or too little."""
    hit = (pl.col("unit_id") == "unit_02") & pl.col("time").is_between(BEGIN + 14 * DAY, BEGIN + 15 * DAY)
    return built(clean().with_columns(pl.when(hit).then(pl.col(sensor) + by).otherwise(pl.col(sensor)).alias(sensor)))


def alarms(kind: str, windows: pl.DataFrame, scaling: str = "robust") -> pl.DataFrame:
    """What is said of the unit and the day that were spoilt."""
    scored = score_features(learnt(kind, scaling), windows)
    inside = pl.col("window_start").is_between(BEGIN + 14 * DAY + timedelta(hours=3), BEGIN + 15 * DAY, closed="left")
    return scored.filter("is_anomaly", inside, unit_id="unit_02").join(
        windows, on=["unit_id", "window_start"], how="left"
    )


@pytest.mark.parametrize("kind", ["deviation", "hotelling_t2_q"])
def test_of_one_sensor_with_a_shifted_level_at_least_four_alarms_in_five_name_that_sensor(kind: str) -> None:
    later = clean().filter(pl.col("time") >= BEGIN + LEARNT * DAY)
    faulty, labels = inject(later, list(LEVELS), seed=11, kinds=("level_shift",), per_unit=6, alone=1.0)
    whole = pl.concat([clean().filter(pl.col("time") < BEGIN + LEARNT * DAY), faulty]).sort("unit_id", "time")
    scored = score_features(learnt(kind), built(whole)).filter(pl.col("window_start") >= BEGIN + LEARNT * DAY)
    ranks = [f"sensor_{rank}" for rank in range(1, NAMED + 1)]
    ranked = scored.with_columns(ranked_sensors=pl.concat_list(ranks).list.drop_nulls())
    found = diagnosis(ranked, labels, sensors=len(LEVELS))
    assert found.events >= 20
    assert found.hit_at_1 is not None and found.hit_at_1 >= 0.8
    assert found.chance_at_1 == pytest.approx(0.2), "negative control: what guessing would reach"
    assert found.hit_at_3 >= 0.9


@pytest.mark.parametrize("kind", ["deviation", "hotelling_t2_q", "isolation_forest"])
@pytest.mark.parametrize(("by", "direction"), [(BY, "above"), (-BY, "below")])
def test_an_alarm_says_what_was_observed_and_expected_in_the_sensors_unit(kind: str, by: float, direction: str) -> None:
    said = alarms(kind, shifted("turbidity", by)).filter(sensor_1="turbidity")
    assert said.height > 20
    level = said.filter(pl.col("feature_1").is_in(["raw", "mean_3h"]))
    assert level.height > 0.8 * said.height
    feature = pl.when(feature_1="raw").then("turbidity__raw").otherwise("turbidity__mean_3h")
    assert level.select((pl.col("observed_1") == feature).all()).item(), "the very value of the features table"
    assert (level["expected_1"] - LEVELS["turbidity"]).abs().max() < 4 * SCALES["turbidity"]
    assert set(level["direction_1"]) == {direction}
    assert (level["observed_1"] - level["expected_1"] - by).abs().median() < 2 * SCALES["turbidity"]


def test_what_t2_and_q_expect_of_a_faulty_sensor_follows_the_others_and_not_the_fault() -> None:
    high, low = (alarms("hotelling_t2_q", shifted("turbidity", by)) for by in (BY, -BY))
    assert high.height == low.height > 20
    assert high["expected_1"].to_list() == pytest.approx(low["expected_1"].to_list())
    assert high["expected_1"].std() > 0.1 * SCALES["turbidity"], "it is no constant"


def test_methods_are_named_for_what_they_are() -> None:
    said = {kind: alarms(kind, shifted("turbidity", BY)) for kind in ("deviation", "isolation_forest")}
    assert set(said["deviation"].select("explained_by", "expected_from").unique().rows()) == {
        ("closed form", "detector")
    }
    assert set(said["isolation_forest"].select("explained_by", "expected_from").unique().rows()) == {
        ("ablation", "usual value")
    }


def test_without_scaling_nothing_is_known_to_be_usual_and_no_direction_is_made_up() -> None:
    said = alarms("isolation_forest", shifted("turbidity", 200.0), "none")
    assert said.height and said["observed_1"].null_count() == 0
    assert said["expected_1"].null_count() == said["direction_1"].null_count() == said.height


@pytest.mark.parametrize("kind", ["deviation", "hotelling_t2_q", "isolation_forest", "patterns"])
def test_shares_fall_from_rank_to_rank_and_every_alarm_is_explained(kind: str) -> None:
    scored = score_features(learnt(kind), shifted("turbidity", BY))
    quiet, loud = scored.filter(~pl.col("is_anomaly")), scored.filter("is_anomaly")
    assert loud.height > 10
    assert quiet.select(pl.col(list(explanation_columns())).is_null().all()).row(0) == (True,) * 20
    assert loud["sensor_1"].null_count() == 0
    assert loud["top_sensor"].equals(loud["sensor_1"].alias("top_sensor"))
    assert (loud["share_1"] >= loud["share_2"].fill_null(0.0)).all()
    assert (loud["share_2"].fill_null(0.0) >= loud["share_3"].fill_null(0.0)).all()
    assert loud.select(pl.sum_horizontal("share_1", "share_2", "share_3").max()).item() <= 1 + 1e-12
    named = loud.select(pl.concat_list("sensor_1", "sensor_2", "sensor_3").list.drop_nulls().alias("all"))["all"]
    assert (named.list.n_unique() == named.list.len()).all()


@pytest.mark.parametrize("kind", ["deviation", "hotelling_t2_q", "isolation_forest", "patterns"])
def test_an_explanation_depends_on_its_window_and_history_alone_to_the_last_bit(kind: str) -> None:
    windows, moment = shifted("turbidity", BY), datetime.now(UTC)
    whole = score_features(learnt(kind), windows, scored_at=moment)
    chosen = whole.with_row_index("row").filter("is_anomaly")["row"][::9]
    for row in chosen:
        wanted = np.arange(windows.height) == row
        alone = score_rows(learnt(kind), Rows(windows, wanted), scored_at=moment)
        assert_frame_equal(alone, whole[row], check_exact=True)


def test_a_method_that_explains_nothing_says_nothing() -> None:
    bundle = learnt("random_score")
    loud = replace(bundle, threshold=replace(bundle.require_threshold(), value=0.5))
    scored = score_features(loud, built(clean()))
    assert scored["is_anomaly"].mean() > 0.4
    assert scored.select(pl.col("top_sensor", *explanation_columns()).is_null().all()).row(0) == (True,) * 21


def test_a_sensor_that_is_silent_has_no_observed_value_and_no_direction() -> None:
    silent = shifted("turbidity", BY).with_columns(pl.col("^flow__.*$") * None)
    scored = score_features(learnt("hotelling_t2_q"), silent).filter("is_anomaly")
    for rank in range(1, NAMED + 1):
        flow = scored.filter(pl.col(f"sensor_{rank}") == "flow")
        assert flow[f"observed_{rank}"].null_count() == flow[f"direction_{rank}"].null_count() == flow.height
        assert flow[f"expected_{rank}"].null_count() == 0
    assert any((scored[f"sensor_{rank}"] == "flow").any() for rank in range(1, NAMED + 1))


def test_scores_of_nothing_are_a_frame_of_nothing() -> None:
    table = tables(ponds())["scores"]
    assert table.validate(score_features(learnt("deviation"), built(clean()).clear())).is_empty()


def test_an_explanation_keeps_the_contract() -> None:
    table = tables(ponds())["scores"]
    scored = score_features(learnt("isolation_forest"), shifted("turbidity", BY))
    assert table.validate(scored).height == scored.height


@pytest.mark.parametrize("method", ["regress", "modes"])
def test_of_a_conditioned_sensor_is_expected_what_suits_its_settings_of_that_instant(method: str) -> None:
    fleet = regime_fleet({"method": method}, windows={}, lags=[])
    truth, by = regime_readings(wear=0.0), 30.0
    late = pl.col("time") >= regimes.START + 110 * DAY
    moved = truth.with_columns(hot=pl.when(late).then(pl.col("hot") + by).otherwise("hot"))
    windows = features_of(moved, fleet)
    days = {
        name: regimes.START + day * DAY for name, day in {"start": 0, "split": 80, "resume": 80, "end": 100}.items()
    }
    moments = [pl.lit(value).cast(pl.Datetime("us", "UTC")).alias(name) for name, value in days.items()]
    spans = windows.select(pl.col("unit_id").unique().sort()).with_columns(moments)
    lesson = Lesson(windows, tables(fleet)["labels"].empty(), spans, {})
    bundle = with_threshold(fleet, learn(fleet, "deviation", lesson), lesson)
    said = score_features(bundle, windows).filter("is_anomaly", pl.col("window_start") >= days["start"] + 110 * DAY)
    beside = said.join(features_of(truth, fleet), on=["unit_id", "window_start"])
    assert beside.height > 60
    assert set(beside["sensor_1"]) == {"hot"} and set(beside["direction_1"]) == {"above"}
    assert (beside["observed_1"] - beside["hot__raw"]).to_list() == pytest.approx([by] * beside.height)
    assert (beside["expected_1"] - beside["hot__raw"]).abs().max() < 10
    assert beside["hot__raw"].std() > 50, "settings move it by much more"
