import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.errors import FeatureError
from anomaly_assets.features import Scaler, missing_share


def windows(**columns: Any) -> pl.DataFrame:
    """Windows with these columns; `unit_id` is "u" unless given."""
    rows = len(next(iter(columns.values())))
    keys = {"unit_id": ["u"] * rows, "window_start": range(rows), "window_end": range(1, rows + 1)}
    return pl.DataFrame(keys | columns, strict=False)


def two_units(rows: int = 200) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(10, 1, rows), rng.normal(1000, 20, rows)])
    return windows(unit_id=["low"] * rows + ["high"] * rows, x=x, y=rng.normal(size=2 * rows))


def test_robust_scaling_is_median_and_mad() -> None:
    x = np.random.default_rng(0).normal(5, 2, 501)
    x[:50] = 1e6
    scaled = Scaler().fit(windows(x=x), ["x"]).transform(windows(x=x))["x"].to_numpy()
    median = np.median(x)
    np.testing.assert_allclose(scaled[50:], (x[50:] - median) / (1.4826 * np.median(np.abs(x - median))), rtol=1e-12)
    assert set(scaled[:50]) == {50.0}


def test_standard_scaling_is_mean_and_sample_deviation() -> None:
    x = np.random.default_rng(0).normal(5, 2, 100)
    scaled = Scaler(method="standard").fit(windows(x=x), ["x"]).transform(windows(x=x))["x"].to_numpy()
    np.testing.assert_allclose(scaled, (x - x.mean()) / x.std(ddof=1), rtol=1e-12)


def test_no_scaling_leaves_values_alone_but_for_the_missing() -> None:
    frame = windows(x=[1e9, None, -3.0])
    assert Scaler(method="none").fit(frame, ["x"]).transform(frame)["x"].to_list() == [1e9, 0.0, -3.0]


def test_every_unit_gets_its_own_scale() -> None:
    frame = two_units()
    scaled = Scaler().fit(frame, ["x"]).transform(frame)
    spread = scaled.group_by("unit_id").agg(pl.col("x").median().alias("centre"), pl.col("x").std().alias("spread"))
    assert spread["centre"].abs().max() < 1e-9  # type: ignore[operator]
    assert spread["spread"].is_between(0.8, 1.25).all()


def test_a_fleet_scale_tells_the_units_apart() -> None:
    frame = two_units()
    scaled = Scaler(per="fleet").fit(frame, ["x"]).transform(frame)
    means = dict(scaled.group_by("unit_id").agg(pl.col("x").mean()).iter_rows())
    assert means["high"] - means["low"] > 1


@pytest.mark.parametrize("seen", [0, 29])
def test_a_unit_that_training_hardly_knew_gets_the_scale_of_the_fleet(seen: int) -> None:
    few = windows(unit_id=["new"] * seen, x=np.zeros(seen), y=np.zeros(seen)).cast(two_units().schema)
    frame = pl.concat([two_units(), few])
    asked = windows(unit_id=["new"], x=[12.0], y=[0.0])
    fleet = Scaler(per="fleet").fit(frame, ["x"]).transform(asked)
    assert Scaler().fit(frame, ["x"]).transform(asked)["x"].to_list() == fleet["x"].to_list()


def test_a_mostly_equal_feature_falls_back_to_the_standard_deviation() -> None:
    x = np.array([3.0] * 80 + [4.0] * 20)
    scaled = Scaler().fit(windows(x=x), ["x"]).transform(windows(x=[4.0]))["x"][0]
    assert scaled == pytest.approx(1 / x.std(ddof=1))


@pytest.mark.parametrize(("constant", "later", "scaled"), [(518.67, 519.67, 1.0), (0.0, -2.0, -2.0), (1e-6, 3e-6, 2.0)])
def test_a_constant_feature_shows_when_it_changes_later(constant: float, later: float, scaled: float) -> None:
    scaler = Scaler().fit(windows(x=[constant] * 100), ["x"])
    assert scaler.transform(windows(x=[constant, later]))["x"].to_list() == pytest.approx([0.0, scaled])


def test_rounding_is_no_variation() -> None:
    x = np.where(np.arange(100) % 2, 0.3, 0.1 + 0.2)
    assert x.std() > 0
    assert Scaler().fit(windows(x=x), ["x"]).transform(windows(x=[0.6]))["x"][0] == pytest.approx(1.0)


def test_a_feature_that_is_constant_in_one_unit_takes_the_scale_of_the_fleet() -> None:
    frame = two_units().with_columns(pl.when(pl.col("unit_id") == "low").then(2.0).otherwise(pl.col("y")).alias("y"))
    asked = windows(unit_id=["low", "low"], x=[0.0, 0.0], y=[2.0, 5.0])
    scaled = Scaler().fit(frame, ["y"]).transform(asked)["y"]
    assert scaled[0] == 0.0
    assert 0.1 < scaled[1] < 50


def test_a_feature_that_training_never_saw_stays_neutral() -> None:
    frame = windows(x=[None] * 50).with_columns(pl.col("x").cast(pl.Float64))
    assert Scaler().fit(frame, ["x"]).transform(windows(x=[7.0]))["x"].to_list() == [0.0]


number = st.one_of(st.none(), st.floats(-1e300, 1e300), st.floats(-1, 1), st.just(0.1))


@settings(max_examples=60)
@given(
    x=st.lists(number, min_size=1, max_size=60),
    method=st.sampled_from(["robust", "standard", "none"]),
    per=st.sampled_from(["unit", "fleet"]),
)
def test_scaled_values_are_finite_and_survive_json_to_the_last_bit(
    x: list[float | None], method: Any, per: str
) -> None:
    frame = windows(unit_id=[f"u{place % 2}" for place in range(len(x))], x=pl.Series(x, dtype=pl.Float64))
    scaler = Scaler(method=method, per=per, min_rows=2).fit(frame, ["x"])
    again = Scaler.from_json(json.loads(json.dumps(scaler.to_json(), allow_nan=False)))
    scaled = scaler.transform(frame)
    assert scaled["x"].is_finite().all()
    assert scaled["x"].null_count() == 0
    assert_frame_equal(scaled, again.transform(frame), check_exact=True)
    assert again.to_json() == scaler.to_json()


def test_a_window_scales_alike_alone_and_among_others() -> None:
    frame = two_units()
    scaler = Scaler().fit(frame, ["x", "y"])
    whole = scaler.transform(frame)
    assert_frame_equal(whole, pl.concat([scaler.transform(frame[place]) for place in range(frame.height)]))


def test_unscaled_values_are_those_that_were_scaled_in_the_unit_they_were_measured_in() -> None:
    frame = pl.concat([two_units(), windows(unit_id=["new"], x=[12.0], y=[0.5])], how="vertical_relaxed")
    scaler = Scaler().fit(two_units(), ["x", "y"])
    again = scaler.unscaled(scaler.transform(frame))
    assert again.columns == ["x", "y"]
    assert_frame_equal(again, frame.select("x", "y"), rel_tol=1e-12)
    assert scaler.unscaled(scaler.transform(frame).select("unit_id", "y")).columns == ["y"]


def test_zero_unscaled_is_the_usual_value_and_no_scaling_has_learnt_none() -> None:
    frame = two_units()
    scaler = Scaler().fit(frame, ["x"])
    usual = scaler.usual(frame)
    assert usual is not None
    assert_frame_equal(scaler.unscaled(frame.select("unit_id", x=pl.lit(0.0))), usual, check_exact=True)
    assert usual["x"].to_list() == frame.select(pl.col("x").median().over("unit_id"))["x"].to_list()
    assert Scaler(method="none").fit(frame, ["x"]).usual(frame) is None


def test_of_a_feature_that_training_never_saw_nothing_is_usual() -> None:
    frame = windows(x=pl.Series([None] * 50, dtype=pl.Float64))
    scaler = Scaler().fit(frame, ["x"])
    assert scaler.unscaled(scaler.transform(frame))["x"].null_count() == 50
    assert scaler.usual(frame)["x"].null_count() == 50  # type: ignore[index]


def test_a_column_that_was_not_scaled_is_not_unscaled() -> None:
    with pytest.raises(FeatureError, match="not scaled by this scaler"):
        Scaler().fit(two_units(), ["x"]).unscaled(two_units())


def test_what_is_no_scaler_is_told() -> None:
    saved = Scaler().fit(two_units(), ["x"]).to_json()
    for spoilt in ({}, saved | {"centre": [[1.0]]}, saved | {"scale": "much"}):
        with pytest.raises(FeatureError, match="saved"):
            Scaler.from_json(spoilt)


def test_an_unfitted_scaler_a_missing_column_and_no_rows_are_told() -> None:
    with pytest.raises(FeatureError, match="not fitted"):
        Scaler().transform(two_units())
    with pytest.raises(FeatureError, match="missing"):
        Scaler().fit(two_units(), ["x", "nothing"])
    with pytest.raises(FeatureError, match="no windows"):
        Scaler().fit(two_units().clear(), ["x"])


def test_the_missing_share_counts_nulls_among_the_columns() -> None:
    frame = windows(x=[1.0, None, None], y=[1.0, 2.0, None])
    assert missing_share(frame, ["x", "y"]).to_list() == [0.0, 0.5, 1.0]
    assert missing_share(frame, []).to_list() == [0.0, 0.0, 0.0]


def test_a_missing_value_is_told_to_those_who_ask_for_gaps_and_all_else_stays_the_same() -> None:
    frame = two_units().with_columns(x=pl.when(pl.int_range(pl.len()) % 7 == 0).then(None).otherwise(pl.col("x")))
    scaler = Scaler().fit(frame, ["x", "y"])
    plain, told = scaler.transform(frame), scaler.transform(frame, gaps=True)
    assert (told["x"].is_nan() == frame["x"].is_null()).all()
    assert_frame_equal(told.with_columns(pl.col("x").fill_nan(0.0)), plain, check_exact=True)
