"""What is told of an alarm in a terminal: the sensor, its feature, and values in its unit."""

import pytest

from anomaly_assets.cli.facts import in_units, sensor_and_feature

from ..conftest import small_fleet

FLEET = small_fleet(sensors={"flow": {"measures": "l/s"}, "ph": {}})


@pytest.mark.parametrize(
    ("sensor", "feature", "told"),
    [("flow", "raw", "flow"), ("flow", "mean_1h", "flow mean_1h"), ("flow", None, "flow"), (None, None, None)],
)
def test_a_feature_is_named_unless_it_is_the_reading_itself(sensor: str, feature: str, told: str) -> None:
    assert sensor_and_feature(sensor, feature) == told


@pytest.mark.parametrize(
    ("sensor", "feature", "told"),
    [
        ("flow", "raw", "12.35 l/s"),
        ("flow", "mean_1h", "12.35 l/s"),
        ("flow", "lag_2h", "12.35 l/s"),
        ("flow", "kurtosis_1h", "12.35"),
        ("flow", "mean_abs_z_2h", "12.35"),
        ("ph", "raw", "12.35"),
        ("unheard_of", "raw", "12.35"),
        ("flow", None, None),
    ],
)
def test_values_come_with_the_unit_they_are_measured_in(sensor: str, feature: str, told: str) -> None:
    assert in_units(FLEET, sensor, feature, 12.3456) == told
    assert in_units(FLEET, sensor, feature, None) is None
