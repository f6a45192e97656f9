import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn.metrics import average_precision_score

from anomaly_assets.errors import FeatureError
from anomaly_assets.features import Conditioner, build_conditioner, learn_preparation
from anomaly_assets.features.modes import Modes
from anomaly_assets_tests.features.regimes import DAY, START, features_of, healthy, regime_fleet, regime_readings


def fitted(conditioning: dict[str, Any], built: pl.DataFrame) -> Modes:
    made = build_conditioner(regime_fleet(conditioning, windows={}, lags=[]))
    assert isinstance(made, Modes)
    return made.fit(healthy(built))


def built_from(cleaned: pl.DataFrame) -> pl.DataFrame:
    return features_of(cleaned, regime_fleet({"method": "modes"}, windows={}, lags=[]))


def precision(cleaned: pl.DataFrame, conditioning: dict[str, Any] | None) -> float:
    """How well squared distances of readings tell the last ten cycles from all others."""
    fleet = regime_fleet(conditioning, windows={}, lags=[])
    built = features_of(cleaned, fleet)
    conditioner, scaler = learn_preparation(healthy(built), fleet)
    scaled = scaler.transform(conditioner.transform(built) if conditioner else built)
    distance = (scaled["hot__raw"] ** 2 + scaled["cold__raw"] ** 2).to_numpy()
    return float(average_precision_score(built["window_start"] >= START + 110 * DAY, distance))


def test_readings_are_judged_by_their_mode() -> None:
    buried, plain = regime_readings(wear=9.0), regime_readings(wear=9.0, regimes=1)
    assert precision(buried, None) < 0.2  # negative control
    assert precision(buried, {"method": "modes"}) > precision(plain, None) - 0.02 > 0.85


def test_the_number_of_modes_is_found() -> None:
    assert fitted({"method": "modes"}, built_from(regime_readings())).modes_.shape == (6, 3)
    assert fitted({"method": "modes", "modes": 4}, built_from(regime_readings())).modes_.shape == (4, 3)


def test_spreads_are_made_equal_between_modes() -> None:
    cleaned = regime_readings(wear=0.0)
    loud = pl.when(pl.col("altitude") > 30).then(10 * (pl.col("hot") % 7)).otherwise(pl.col("hot") % 7)
    built = built_from(cleaned.with_columns(hot=loud))
    left = fitted({"method": "modes"}, built).transform(built)["hot__raw"].to_numpy()
    high = built["altitude__raw"].to_numpy() > 30
    before = built["hot__raw"].to_numpy()
    assert before[high].std() / before[~high].std() > 5
    assert left[high].std() / left[~high].std() == pytest.approx(1, abs=0.2)


def test_a_window_without_settings_has_no_value_and_no_mode() -> None:
    silent = regime_readings(units=4).with_columns(mach=pl.when(pl.col("time") != START + 50 * DAY).then("mach"))
    built = built_from(silent)
    conditioner = fitted({"method": "modes"}, built)
    left = conditioner.transform(built)
    there = built["window_start"] == START + 50 * DAY
    assert left.filter(there)["hot__raw"].to_list() == [None] * 4
    assert (conditioner.mode_of(built) == -1).sum() == left["hot__raw"].null_count() == 4


def test_a_mode_that_training_hardly_saw_has_no_value() -> None:
    fleet, cleaned = regime_fleet({"method": "modes"}, windows={}, lags=[]), regime_readings(units=2)
    built = features_of(cleaned, fleet)
    training = healthy(built).filter(pl.col("altitude__raw") < 30)
    rare = built.filter(pl.col("altitude__raw") > 38).head(5)
    conditioner = build_conditioner(fleet).fit(pl.concat([training, rare]))  # type: ignore[union-attr]
    high = conditioner.transform(built).filter(built["altitude__raw"] > 38)
    assert high["hot__raw"].null_count() == high.height > 0


def test_what_was_taken_out_is_put_back_at_the_windows_own_settings() -> None:
    built = built_from(regime_readings())
    modes = fitted({"method": "modes"}, built)
    left = modes.transform(built)
    again = modes.restored(left.select("hot__raw", "cold__raw"), built)
    assert_frame_equal(again, built.select("hot__raw", "cold__raw"), rel_tol=1e-9)
    usual = modes.restored(left.select(hot__raw=pl.lit(modes.usual_[0, 0])), built)["hot__raw"]
    assert usual.n_unique() == 6, "what is usual differs from mode to mode"


def test_a_saved_one_does_the_same_to_the_bit_and_row_by_row() -> None:
    built = built_from(regime_readings(units=3))
    conditioner = fitted({"method": "modes"}, built)
    again = Conditioner.from_json(json.loads(json.dumps(conditioner.to_json(), allow_nan=False)))
    assert again.to_json() == conditioner.to_json() == fitted({"method": "modes"}, built).to_json()
    rows = [again.transform(built[row : row + 7]) for row in range(0, built.height, 7)]
    assert_frame_equal(pl.concat(rows), conditioner.transform(built), check_exact=True)


def test_a_setting_that_never_changed_makes_one_mode_and_no_difference() -> None:
    built = built_from(regime_readings().with_columns(altitude=1.0, mach=0.5, throttle=100.0))
    conditioner = fitted({"method": "modes"}, built)
    assert conditioner.modes_.tolist() == [[0.0, 0.0, 0.0]]
    assert np.allclose(conditioner.transform(built)["hot__raw"], built["hot__raw"])


def test_an_unfitted_one_unknown_settings_and_wrong_tables_are_told() -> None:
    built = built_from(regime_readings(units=1))
    with pytest.raises(FeatureError, match="not fitted"):
        Modes(columns=["hot__raw"], settings=["mach"]).transform(built)
    with pytest.raises(FeatureError, match="no window tells its settings"):
        Modes(columns=["hot__raw"], settings=["mach"]).fit(built.with_columns(mach__raw=pl.lit(None, pl.Float64)))
    document = fitted({"method": "modes"}, built).to_json()
    with pytest.raises(FeatureError, match="wrong shape"):
        Conditioner.from_json(document | {"settings": ["mach"]})
