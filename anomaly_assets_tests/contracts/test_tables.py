"""What each table promises is kept: good frames pass unchanged, bad ones are refused with the rule and the count."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from anomaly_assets.contracts import NAMED, explanation_columns, feature_columns, kind_columns, tables
from anomaly_assets.errors import ContractError

from ..conftest import small_fleet

START = datetime(2024, 3, 1, tzinfo=UTC)
SENSORS = {"a": {"range": [0, 10]}, "b": {"description": "flow", "measures": "l/s"}}
FLEET = small_fleet(sensors=SENSORS, forecast={"sensor": "a", "levels": [0.8, 0.975]})
TABLES = tables(FLEET)


UNEXPLAINED = dict.fromkeys(["top_sensor", *explanation_columns(), *kind_columns()])


def cleaned(**columns: list[Any]) -> pl.DataFrame:
    rows = {"unit_id": ["u", "u"], "time": [START, START + timedelta(minutes=1)], "a": [1.0, 2.0], "b": [None, 3.0]}
    rows |= {"a__quality": [0, 1], "b__quality": [0, 0]} | columns
    return pl.DataFrame(rows, strict=False)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_an_empty_table_keeps_its_own_contract(table: Any) -> None:
    assert table.validate(table.empty()).schema == table.dtypes


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_column_says_what_it_means_or_is_a_feature(table: Any) -> None:
    silent = set(table.columns) - set(table.meanings) - set(feature_columns(FLEET))
    assert silent == set()


def test_a_sensor_is_described_with_its_engineering_unit() -> None:
    assert TABLES["cleaned_sensors"].meanings["b"] == "flow, l/s"


def test_columns_are_matched_by_name_and_extra_ones_dropped() -> None:
    shuffled = cleaned(more=[1, 2]).select("more", "b", "a", "time", "unit_id", "b__quality", "a__quality")
    assert TABLES["cleaned_sensors"].validate(shuffled).columns == list(TABLES["cleaned_sensors"].columns)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"a": [1.0, 11.0]}, "1 of 2 rows.*a_in_range: 1"),
        ({"a": [1.0, float("inf")]}, "a"),
        ({"b": [float("nan"), 1.0]}, "b"),
        ({"unit_id": ["u", None]}, r"unit_id\|nullability: 1"),
        ({"time": [START, START]}, "1 of 2 rows.*unique_key: 1"),
    ],
)
def test_a_broken_rule_is_named_and_counted(columns: dict[str, list[Any]], told: str) -> None:
    with pytest.raises(ContractError, match=told):
        TABLES["cleaned_sensors"].validate(cleaned(**columns))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ContractError, match=r"columns are missing.*b__quality"):
        TABLES["cleaned_sensors"].validate(cleaned().drop("b__quality"))


def test_a_column_of_another_type_is_refused() -> None:
    with pytest.raises(ContractError, match="types differ"):
        TABLES["cleaned_sensors"].validate(cleaned(a=["much", "little"]))


def test_a_decision_that_does_not_follow_its_score_is_refused() -> None:
    row = {"unit_id": "u", "window_start": START, "window_end": START + timedelta(minutes=1), "detector": "d"}
    row |= {"model_version": 1, "score": 2.0, "threshold": 2.0, "is_anomaly": True, "in_training": False}
    row |= UNEXPLAINED | {"missing_share": 0.0, "scored_at": START}
    with pytest.raises(ContractError, match="decision_follows_score"):
        TABLES["scores"].validate(pl.DataFrame([row]))
    equal_is_normal = pl.DataFrame([row | {"is_anomaly": False}])
    assert TABLES["scores"].validate(equal_is_normal).height == 1


def test_an_explanation_is_flat_and_may_be_absent() -> None:
    parts = ("sensor", "share", "feature", "observed", "expected", "direction")
    assert set(explanation_columns()) == {
        *("explained_by", "expected_from"),
        *(f"{part}_{rank}" for part in parts for rank in range(1, NAMED + 1)),
    }
    assert not any(isinstance(dtype, pl.List | pl.Struct) for dtype in TABLES["scores"].dtypes.values())
    row = {"unit_id": "u", "window_start": START, "window_end": START + timedelta(minutes=1), "detector": "d"}
    row |= {"model_version": 1, "score": 3.0, "threshold": 2.0, "is_anomaly": True, "in_training": False}
    row |= UNEXPLAINED | {"missing_share": 0.0, "scored_at": START}
    assert TABLES["scores"].validate(pl.DataFrame([row], schema_overrides=TABLES["scores"].dtypes)).height == 1
    too_much = pl.DataFrame([row | {"share_1": 1.5}], schema_overrides=TABLES["scores"].dtypes)
    with pytest.raises(ContractError, match="share_1"):
        TABLES["scores"].validate(too_much)


def test_a_window_has_one_shadow_score_of_each_version() -> None:
    row = {"unit_id": "u", "window_start": START, "window_end": START + timedelta(minutes=1), "detector": "d"}
    row |= {"score": 1.0, "threshold": 2.0, "is_anomaly": False, "in_training": False}
    row |= UNEXPLAINED | {"missing_share": 0.0, "scored_at": START}
    two = pl.DataFrame([row | {"model_version": 1}, row | {"model_version": 2}])
    assert TABLES["shadow_scores"].validate(two).height == 2
    for table, frame in (("scores", two), ("shadow_scores", pl.concat([two, two.head(1)]))):
        with pytest.raises(ContractError, match="unique_key"):
            TABLES[table].validate(frame)


def test_features_are_named_by_sensor_statistic_and_window() -> None:
    assert feature_columns(small_fleet(features={"windows": {"1h": {"length": "1h"}}, "lags": ["90m"]})) == (
        *("a__raw", "a__mean_1h", "a__std_1h", "a__lag_90m"),
        *("b__raw", "b__mean_1h", "b__std_1h", "b__lag_90m"),
    )


def test_settings_have_linear_features_where_features_are_conditioned_on_them() -> None:
    sensors = {"a": {}, "s": {"role": "setting"}, "t": {"role": "setting"}}
    features = {"windows": {"1h": {"length": "1h"}}, "raw": False, "conditioning": {"degree": 2}}
    terms = ("s", "t", "s_x_s", "s_x_t", "t_x_t")
    conditioned = small_fleet(sensors=sensors, features=features)
    assert feature_columns(conditioned) == ("a__mean_1h", "a__std_1h", *(f"{term}__mean_1h" for term in terms))
    by_modes = small_fleet(sensors=sensors, features=features | {"conditioning": {"method": "modes"}})
    assert feature_columns(by_modes) == ("a__mean_1h", "a__std_1h", "s__raw", "t__raw")
    unconditioned = small_fleet(sensors=sensors, features=features | {"conditioning": None})
    assert feature_columns(unconditioned) == ("a__mean_1h", "a__std_1h")


def expected(**columns: Any) -> pl.DataFrame:
    row = {"unit_id": "u", "origin": START, "time": START + timedelta(minutes=1), "horizon_minutes": 1.0}
    row |= {"horizon_day": 1, "forecast": 5.0, "lower_80": 4.0, "upper_80": 6.0, "lower_97_5": None, "upper_97_5": None}
    row |= {"model_version": 1, "in_training": False, "made_at": START} | columns
    return pl.DataFrame([row], schema=TABLES["forecast"].dtypes)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"time": START}, "ahead_of_origin: 1"),
        ({"lower_80": 5.5}, "within_80: 1"),
        ({"lower_97_5": 1.0, "upper_97_5": 2.0}, "within_97_5: 1"),
        ({"forecast": None}, r"forecast\|nullability: 1"),
    ],
)
def test_a_forecast_lies_ahead_and_within_its_intervals(columns: dict[str, Any], told: str) -> None:
    assert TABLES["forecast"].validate(expected()).height == 1
    with pytest.raises(ContractError, match=told):
        TABLES["forecast"].validate(expected(**columns))


def test_a_fleet_that_is_not_forecast_has_no_table_of_forecasts() -> None:
    assert set(TABLES) - set(tables(small_fleet())) == {"forecast", "forecast_monitoring"}
