"""What a forecaster tells of units seen and unseen, with gaps and without enough to go by."""

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.errors import ForecastError
from anomaly_assets.forecasting import Forecaster, Learnt

from .fleets import HOUR, LEVELS, START, readings

ORIGIN = START + timedelta(days=80, hours=5)


def test_every_unit_gets_every_hour_ahead_within_nested_intervals(learnt: Learnt) -> None:
    told, reasons = learnt.forecaster.forecast(readings(), ORIGIN)
    assert reasons == {} and set(told["unit_id"]) == set(LEVELS) and len(told) == 3 * 48
    assert told["time"].min() == ORIGIN + HOUR and told["horizon"].max() == timedelta(days=2)
    assert told.group_by("horizon_day").len().sort("horizon_day").rows() == [(1, 72), (2, 72)]
    ordered = told.select(pl.col("lower_80") <= pl.col("forecast"), up=pl.col("forecast") <= pl.col("upper_80"))
    assert ordered.to_series(0).all() and ordered["up"].all() and told.null_count().sum_horizontal().sum() == 0


def test_what_comes_after_the_origin_changes_nothing(learnt: Learnt) -> None:
    spoilt = readings().with_columns(pl.when(pl.col("time") > ORIGIN).then(1e6).otherwise("value").alias("value"))
    assert_frame_equal(
        learnt.forecaster.forecast(readings(), ORIGIN)[0],
        learnt.forecaster.forecast(spoilt, ORIGIN)[0],
        check_exact=True,
    )


def test_the_lookback_is_all_that_counts(learnt: Learnt) -> None:
    recent = readings().filter(pl.col("time") >= ORIGIN - learnt.forecaster.config.lookback)
    assert_frame_equal(
        learnt.forecaster.forecast(readings(), ORIGIN)[0],
        learnt.forecaster.forecast(recent, ORIGIN)[0],
        check_exact=True,
    )


def test_a_unit_never_seen_is_forecast_like_one_of_another_measure(learnt: Learnt) -> None:
    known = readings(levels={"b": 90.0})
    unseen = known.with_columns(pl.lit("new").alias("unit_id"), pl.col("value") * 4)
    ours, theirs = (learnt.forecaster.forecast(each, ORIGIN)[0] for each in (known, unseen))
    assert (theirs["forecast"] / ours["forecast"] - 4).abs().max() < 1e-9


def test_a_silent_or_new_unit_is_named_with_the_reason(learnt: Learnt) -> None:
    late, silent = pl.col("unit_id") == "b", pl.col("unit_id") == "c"
    history = readings().filter(
        ~(late & (pl.col("time") < ORIGIN - timedelta(days=2))),
        ~(silent & (pl.col("time") > ORIGIN - timedelta(hours=20))),
    )
    told, reasons = learnt.forecaster.forecast(history, ORIGIN, units=["a|1 x", "b", "c", "nobody"])
    assert set(told["unit_id"]) == {"a|1 x"}
    assert "quarter of the 14 days" in reasons["b"] and "half of the last" in reasons["c"]
    assert "no reading" in reasons["nobody"]


def test_gaps_are_no_obstacle(learnt: Learnt) -> None:
    chance = pl.int_range(pl.len()).hash(seed=1) % 5
    told, reasons = learnt.forecaster.forecast(readings().filter(chance != 0), ORIGIN)
    assert reasons == {} and told["forecast"].null_count() == 0


def test_saved_and_loaded_it_says_the_same_to_the_bit(learnt: Learnt, tmp_path: Path) -> None:
    learnt.forecaster.save(tmp_path / "f")
    again = Forecaster.load(tmp_path / "f")
    for ask in (lambda f: f.forecast(readings(), ORIGIN)[0], lambda f: f.one_step(readings(30))):
        assert_frame_equal(ask(learnt.forecaster), ask(again), check_exact=True)
    assert again.config == learnt.forecaster.config


def test_a_damaged_folder_is_refused(learnt: Learnt, tmp_path: Path) -> None:
    learnt.forecaster.save(tmp_path)
    state = bytearray((tmp_path / "forecaster.safetensors").read_bytes())
    state[-1] ^= 1
    (tmp_path / "forecaster.safetensors").write_bytes(bytes(state))
    with pytest.raises(ForecastError, match=r"forecaster\.safetensors is not the one"):
        Forecaster.load(tmp_path)


def test_one_step_ahead_errs_by_about_the_spread_it_tells(learnt: Learnt) -> None:
    told = learnt.forecaster.one_step(readings(60, seed=50)).join(readings(60, seed=50), on=["unit_id", "time"])
    off = told.drop_nulls().select(((pl.col("value") - pl.col("expected")) / pl.col("spread")).abs() < 1).to_series()
    assert 0.55 < off.mean() < 0.8 and len(off) > 3000


@pytest.mark.parametrize("origin", [ORIGIN + timedelta(minutes=1), ORIGIN + timedelta(seconds=1)])
def test_an_origin_between_two_instants_is_refused(learnt: Learnt, origin: datetime) -> None:
    with pytest.raises(ForecastError, match="multiple of 1h since"):
        learnt.forecaster.forecast(readings(), origin)


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda frame: frame.drop("value"), "no column value"),
        (lambda frame: pl.concat([frame, frame.head(1)]), "two readings of one instant"),
        (lambda frame: frame.with_columns(pl.col("time") + timedelta(minutes=7)), "off the forecast's grid"),
        (lambda frame: frame.with_columns(pl.col("time").dt.replace_time_zone(None)), "times of readings"),
    ],
)
def test_readings_that_cannot_be_laid_out_are_refused(learnt: Learnt, spoil, match: str) -> None:
    with pytest.raises(ForecastError, match=match):
        learnt.forecaster.forecast(spoil(readings(30)), START + timedelta(days=29))
