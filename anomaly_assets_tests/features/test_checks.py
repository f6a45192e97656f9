from typing import Any

import pytest

from anomaly_assets.errors import ConfigError
from anomaly_assets.features import check_features
from anomaly_assets_tests.conftest import small_fleet
from anomaly_assets_tests.features.frames import one_sensor


def test_a_good_fleet_passes() -> None:
    check_features(one_sensor())


@pytest.mark.parametrize(
    ("features", "wrong"),
    [
        ({"lags": ["90s"]}, "between two sampling instants.*1m"),
        ({"windows": {"w": {"length": "30s"}}}, "window w is shorter"),
        ({"windows": {"w": {"length": "1h", "statistics": ["mean", "mean"]}}}, "twice"),
        ({"every": "2d"}, "daily partitions"),
    ],
)
def test_what_the_grid_cannot_give_is_refused_before_anything_is_read(features: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong):
        check_features(one_sensor(**features))


def test_a_sampling_of_several_days_is_its_own_stride() -> None:
    check_features(small_fleet(sampling="3d", features={"windows": {}, "lags": ["6d"]}))


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"windows": {"1h": {"length": "1h", "statistics": ["std"]}}, "raw": False}, "no feature can be conditioned"),
        ({"raw": True}, "called like a product of settings.*s_x_s"),
    ],
)
def test_what_conditioning_cannot_do_is_refused(change: dict[str, Any], wrong: str) -> None:
    sensors: dict[str, Any] = {"s": {"role": "setting"}, "s_x_s": {}}
    with pytest.raises(ConfigError, match=wrong):
        check_features(small_fleet(sensors=sensors, features={"conditioning": {}} | change))


def test_operating_modes_need_no_linear_feature() -> None:
    windows = {"1h": {"length": "1h", "statistics": ["std"]}}
    features = {"windows": windows, "raw": False, "conditioning": {"method": "modes"}}
    check_features(small_fleet(sensors={"s": {"role": "setting"}, "a": {}}, features=features))
