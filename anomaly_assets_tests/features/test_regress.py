import json
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sklearn.metrics import average_precision_score

from anomaly_assets.errors import FeatureError
from anomaly_assets.features import Conditioner, build_conditioner, build_features, learn_preparation
from anomaly_assets.features.regress import Regress
from anomaly_assets_tests.features.regimes import DAY, START, features_of, healthy, regime_fleet, regime_readings

REGRESS = {"method": "regress"}


def precision(cleaned: pl.DataFrame, conditioning: dict[str, Any] | None) -> float:
    """How well squared distances of trailing means tell the last ten cycles from all others."""
    fleet = regime_fleet(conditioning, raw=False, lags=[])
    built = features_of(cleaned, fleet)
    conditioner, scaler = learn_preparation(healthy(built), fleet)
    scaled = scaler.transform(conditioner.transform(built) if conditioner else built)
    distance = (scaled["hot__mean_10d"] ** 2 + scaled["cold__mean_10d"] ** 2).to_numpy()
    return float(average_precision_score(built["window_start"] >= START + 110 * DAY, distance))


def test_wear_that_six_regimes_bury_is_seen_once_the_settings_are_known() -> None:
    buried, plain = regime_readings(wear=6.0), regime_readings(wear=6.0, regimes=1)
    assert precision(buried, None) < 0.2  # negative control: what it is without conditioning
    assert precision(buried, REGRESS) > precision(plain, None) - 0.05 > 0.85
    assert precision(plain, REGRESS) == precision(plain, None)


def test_what_is_left_of_a_mean_is_the_mean_of_what_is_left() -> None:
    fleet = regime_fleet(REGRESS)
    cleaned = regime_readings(units=4).sample(fraction=0.8, seed=1).sort("unit_id", "time")
    built = features_of(cleaned, fleet)
    left = build_conditioner(fleet).fit(healthy(built)).transform(built)  # type: ignore[union-attr]
    trailing = pl.col("hot__raw").rolling_mean_by("window_start", "10d").over("unit_id")
    assert np.allclose(left["hot__mean_10d"], left.select(trailing).to_series(), rtol=0, atol=1e-8)
    assert np.ptp(built["hot__mean_10d"].to_numpy()) > 100  # there was something to take out


@settings(max_examples=10)
@given(cuts=st.lists(st.integers(1, 119), max_size=4), rows=st.lists(st.integers(0, 3 * 120), max_size=4))
def test_any_cutting_of_readings_and_of_windows_gives_the_same_bits(cuts: list[int], rows: list[int]) -> None:
    fleet, cleaned = regime_fleet(REGRESS), regime_readings(units=3)
    cleaned = cleaned.with_columns(hot=pl.when(pl.col("altitude").mul(1e4).floor() % 7 != 0).then("hot"))
    built, edges = features_of(cleaned, fleet), [0, *sorted(set(cuts)), 120]
    parts = []
    for first, last in pairwise(edges):
        begin, end = START + first * DAY, START + last * DAY
        seen = cleaned.filter(pl.col("time").is_between(begin - fleet.lookback, end, closed="left"))
        parts.append(build_features(seen, fleet, begin, end))
    assert_frame_equal(pl.concat(parts).sort("unit_id", "window_start"), built, check_exact=True)
    conditioner = build_conditioner(fleet).fit(healthy(built))  # type: ignore[union-attr]
    pieces = [0, *sorted({row for row in rows if 0 < row < built.height}), built.height]
    whole = [conditioner.transform(built[a:b]) for a, b in pairwise(pieces)]
    assert_frame_equal(pl.concat(whole), conditioner.transform(built), check_exact=True)


def test_a_sensor_that_settings_do_not_explain_is_left_as_it_is_to_the_bit() -> None:
    fleet, random = regime_fleet(REGRESS), np.random.default_rng(3)
    cleaned = regime_readings()
    built = features_of(cleaned.with_columns(cold=pl.Series(random.normal(size=cleaned.height))), fleet)
    left = build_conditioner(fleet).fit(healthy(built)).transform(built)  # type: ignore[union-attr]
    assert left["cold__raw"].equals(built["cold__raw"])
    assert not left["hot__raw"].equals(built["hot__raw"])  # negative control


def test_only_linear_features_of_sensors_change_and_the_settings_go() -> None:
    fleet = regime_fleet(REGRESS)
    built = features_of(regime_readings(units=2), fleet)
    left = build_conditioner(fleet).fit(healthy(built)).transform(built)  # type: ignore[union-attr]
    features = [f"{name}__{part}" for name in ("hot", "cold") for part in ("raw", "mean_10d", "std_10d", "lag_2d")]
    assert left.columns == ["unit_id", "window_start", "window_end", *features]
    assert [name for name in features if left[name].equals(built[name])] == ["hot__std_10d", "cold__std_10d"]


def test_what_was_taken_out_is_put_back_at_the_windows_own_settings() -> None:
    fleet = regime_fleet(REGRESS)
    built = features_of(regime_readings(units=4), fleet)
    conditioner = build_conditioner(fleet).fit(healthy(built))  # type: ignore[union-attr]
    asked = ["hot__raw", "cold__mean_10d", "hot__std_10d"]
    left = conditioner.transform(built).select(asked)
    assert not np.allclose(left["hot__raw"], built["hot__raw"])
    assert_frame_equal(conditioner.restored(left, built), built.select(asked), rel_tol=1e-9)
    alone = [conditioner.restored(left[row], built[row]) for row in range(20)]
    assert_frame_equal(pl.concat(alone), conditioner.restored(left, built)[:20], check_exact=True)


def test_a_mean_over_other_instants_than_the_settings_has_no_value() -> None:
    fleet, cleaned = regime_fleet(REGRESS), regime_readings(units=2)
    silent = cleaned.with_columns(hot=pl.when(pl.col("time") != START + 50 * DAY).then("hot"))
    whole, built = features_of(cleaned, fleet), features_of(silent, fleet)
    without = built.filter(pl.col("hot__mean_10d").is_null())["window_start"].unique().sort().to_list()
    assert without == [START + day * DAY for day in range(50, 60)]
    seen = ~whole["window_start"].is_in(without)
    assert built.filter(seen)["hot__mean_10d"].equals(whole.filter(seen)["hot__mean_10d"])
    assert built["cold__mean_10d"].equals(whole["cold__mean_10d"])
    unconditioned = features_of(silent, regime_fleet(None))
    assert unconditioned["hot__mean_10d"].null_count() == 0  # negative control


def test_settings_are_missing_together_and_take_the_sensors_features_with_them() -> None:
    fleet, cleaned = regime_fleet(REGRESS), regime_readings(units=1)
    silent = cleaned.with_columns(mach=pl.when(pl.col("time") != START + 50 * DAY).then("mach"))
    built = features_of(silent, fleet)
    left = build_conditioner(fleet).fit(healthy(built)).transform(built)  # type: ignore[union-attr]
    there = built["window_start"] == START + 50 * DAY
    assert built.filter(there)["altitude__raw"].to_list() == [None]
    assert left.filter(there).select("hot__raw", "hot__mean_10d").row(0) == (None, None)
    assert left["hot__raw"].null_count() == 1


def test_a_sensor_that_training_never_heard_has_no_value_afterwards() -> None:
    fleet, cleaned = regime_fleet(REGRESS), regime_readings(units=2)
    late = cleaned.with_columns(hot=pl.when(pl.col("time") > START + 100 * DAY).then("hot"))
    built = features_of(late, fleet)
    left = build_conditioner(fleet).fit(healthy(built)).transform(built)  # type: ignore[union-attr]
    assert built["hot__raw"].null_count() < built.height
    assert left["hot__raw"].null_count() == built.height


def test_a_saved_conditioner_does_the_same_to_the_bit() -> None:
    fleet = regime_fleet(REGRESS)
    built = features_of(regime_readings(units=2), fleet)
    conditioner = build_conditioner(fleet).fit(healthy(built))  # type: ignore[union-attr]
    again = Conditioner.from_json(json.loads(json.dumps(conditioner.to_json(), allow_nan=False)))
    assert again.to_json() == conditioner.to_json()
    assert_frame_equal(again.transform(built), conditioner.transform(built), check_exact=True)
    assert conditioner.to_json() == build_conditioner(fleet).fit(healthy(built)).to_json()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "document", [{}, {"method": "guess"}, {"method": "regress"}, {"method": "modes"}, [], {"method": []}]
)
def test_what_is_no_conditioner_is_told(document: Any) -> None:
    with pytest.raises(FeatureError, match="no saved conditioner"):
        Conditioner.from_json(document)


def test_coefficients_of_a_wrong_shape_are_told() -> None:
    built = features_of(regime_readings(units=2), fleet := regime_fleet(REGRESS))
    document = build_conditioner(fleet).fit(built).to_json() | {"centre": [1.0]}  # type: ignore[union-attr]
    with pytest.raises(FeatureError, match="wrong shape"):
        Conditioner.from_json(document)


def test_an_unfitted_conditioner_a_missing_column_and_unknown_settings_are_told() -> None:
    frame = pl.DataFrame({"s__raw": [1.0, 2.0], "t__raw": [None, None]}, schema_overrides={"t__raw": pl.Float64})
    conditioner = Regress(sensors=["s"], terms=["t"], features=["raw"], learn_from="raw")
    with pytest.raises(FeatureError, match="not fitted"):
        conditioner.transform(frame)
    with pytest.raises(FeatureError, match=r"missing.*t__raw"):
        conditioner.fit(frame.drop("t__raw"))
    with pytest.raises(FeatureError, match="no window tells its settings"):
        conditioner.fit(frame)


def test_without_readings_coefficients_come_from_the_shortest_lag_or_the_shortest_mean() -> None:
    windows = {"30d": {"length": "30d", "statistics": ["mean"]}, "10d": {"length": "10d", "statistics": ["mean"]}}
    lagged = build_conditioner(regime_fleet(REGRESS, raw=False, windows=windows, lags=["3d", "1d"]))
    meant = build_conditioner(regime_fleet(REGRESS, raw=False, windows=windows, lags=[]))
    assert [made.to_json()["learn_from"] for made in (lagged, meant) if made] == ["lag_1d", "mean_10d"]


def test_products_are_products_of_the_readings() -> None:
    built = features_of(cleaned := regime_readings(units=2), regime_fleet(REGRESS))
    product = cleaned["altitude"] * cleaned["mach"]
    assert np.allclose(built["altitude_x_mach__raw"], product, rtol=1e-15)
    trailing = cleaned.select(pl.col("altitude").mul("mach").rolling_mean_by("time", "10d").over("unit_id"))
    assert np.allclose(built["altitude_x_mach__mean_10d"], trailing.to_series(), rtol=1e-12)
