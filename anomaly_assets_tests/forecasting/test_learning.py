"""What is learnt from, what chooses, what is only reported; and that the forecasts are worth having."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.errors import ForecastError
from anomaly_assets.forecasting import NAIVE, Learnt, backtest, learn_forecaster
from anomaly_assets.forecasting.direct import draw
from anomaly_assets.forecasting.layout import Layout
from anomaly_assets.forecasting.panel import Panel

from .fleets import HOUR, LEVELS, START, readings, settings


def test_it_beats_what_anybody_could_have_said(learnt: Learnt) -> None:
    assert learnt.report.measured("skill", part="test") > 0.05
    assert learnt.report.measured("skill") > 0.05


def test_intervals_cover_what_they_promise(learnt: Learnt) -> None:
    assert learnt.report.measured("coverage_80", part="test") == pytest.approx(0.80, abs=0.1)
    assert learnt.report.measured("coverage_95", part="test") == pytest.approx(0.95, abs=0.04)


def test_the_winner_of_the_backtest_on_validation_is_in_force(learnt: Learnt) -> None:
    errors = {name: learnt.report.measured("rmse", strategy=name) for name in ("direct", "recursive")}
    assert learnt.forecaster.strategy == learnt.report.strategy == min(errors, key=lambda name: errors[name])


def test_the_report_has_every_unit_day_and_measure(learnt: Learnt) -> None:
    test = learnt.report.backtest.filter(part="test", strategy="forecaster")
    assert set(test["unit_id"].unique()) == {*LEVELS, None} and set(test["horizon_day"].unique()) == {1, 2, None}
    assert set(test["measure"]) == {"mae", "rmse", "mase", "skill", "coverage_80", "coverage_95"}
    assert {*NAIVE, "direct", "recursive", "forecaster"} == set(learnt.report.backtest["strategy"])


def test_parts_follow_each_other_and_forecasts_keep_to_theirs(learnt: Learnt) -> None:
    splits, told = learnt.report.splits, learnt.report.forecasts
    assert (
        splits["test_start"] - splits["validation_start"] == splits["end"] - splits["test_start"] == timedelta(days=14)
    )
    for part, low, high in (("validation", "validation_start", "test_start"), ("test", "test_start", "end")):
        times = told.filter(part=part)["time"]
        assert times.min() >= splits[low] and times.max() < splits[high]


def test_readings_of_the_test_part_decide_nothing(learnt: Learnt) -> None:
    changed = readings().with_columns(
        pl.when(pl.col("time") >= learnt.report.splits["test_start"])
        .then(pl.col("value") * 3)
        .otherwise("value")
        .alias("value")
    )
    again = learn_forecaster(changed, settings(), HOUR).forecaster
    origin = learnt.report.splits["test_start"] - HOUR
    assert_frame_equal(
        again.forecast(readings(), origin)[0], learnt.forecaster.forecast(readings(), origin)[0], check_exact=True
    )


def test_a_backtest_of_the_same_stretch_tells_the_same(learnt: Learnt) -> None:
    splits = learnt.report.splits
    told, _ = backtest(learnt.forecaster, readings(), splits["test_start"], splits["end"])
    kept = pl.col("measure") != "mase"  # its measure is the readings before the stretch
    report = learnt.report.backtest.filter(part="test").drop("part")
    assert_frame_equal(told.filter(kept), report.filter(kept))


def test_severe_rows_are_left_out_of_training() -> None:
    fleet = readings(60).with_columns(severity=pl.lit(0.0))
    wrong = pl.int_range(pl.len()).hash(seed=3) % 50 == 0
    spoilt = fleet.with_columns(
        pl.when(wrong).then(pl.col("value") * 2).otherwise("value").alias("value"),
        pl.when(wrong).then(1.0).otherwise(pl.int_range(pl.len()) / pl.len() / 10).alias("severity"),
    )
    report = learn_forecaster(spoilt, settings(severity_quantile=0.97), HOUR).report
    assert report.left_out == pytest.approx(0.03, abs=0.002) and report.severity_cutoff < 1
    assert report.severity_median == pytest.approx(0.05, abs=0.02)


def test_a_recording_too_short_is_refused() -> None:
    with pytest.raises(ForecastError, match="at least 37 days"):
        learn_forecaster(readings(30), settings(), HOUR)


def test_like_seeds_are_like_draws_and_unlike_seeds_are_not() -> None:
    panel = Panel.of(readings(40), HOUR // timedelta(microseconds=1))
    layout, wanted = Layout.of(settings(), panel.step), ~np.isnan(panel.values)
    one, again, other = (draw(panel, layout, settings(), wanted, seed)[1] for seed in (0, 0, 1))
    assert np.array_equal(one, again) and not np.array_equal(one[:100], other[:100])


@pytest.mark.parametrize(
    ("read", "part"),
    [
        (pl.lit(False), "training"),
        (pl.col("time") >= START + timedelta(days=32), "training"),
        (pl.col("time") < START + timedelta(days=31), "validation"),
    ],
)
def test_a_part_that_was_hardly_read_is_named(read: pl.Expr, part: str) -> None:
    silent = readings(60).with_columns(value=pl.when(read).then("value"))
    with pytest.raises(ForecastError, match=f"too little was read to learn a forecaster from {part}"):
        learn_forecaster(silent, settings(), HOUR)


def test_a_test_part_that_was_not_read_is_not_measured() -> None:
    silent = readings(60).with_columns(value=pl.when(pl.col("time") < START + timedelta(days=46)).then("value"))
    told = learn_forecaster(silent, settings(), HOUR).report.described()
    assert told["test_rmse"] is None and told["validation_rmse"] > 0
