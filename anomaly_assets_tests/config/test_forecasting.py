"""What a fleet's file may say about its forecast."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from anomaly_assets.config import ForecastConfig

from ..conftest import small_fleet


def test_a_fleet_that_names_a_sensor_has_said_enough() -> None:
    fleet = small_fleet(forecast={"sensor": "a"})
    assert fleet.forecast_step == timedelta(minutes=1) and fleet.forecast.horizon_days == 7
    assert fleet.forecast.lookback == timedelta(days=15)
    assert small_fleet().forecast is None


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"sensor": "c"}, "none of the sensors a, b"),
        ({"sensor": "a", "step": "90s"}, "multiple of the sampling"),
        ({"sensor": "a", "step": "7m"}, "divide a day"),
        ({"sensor": "a", "horizon": "36h"}, "whole number of days"),
        ({"sensor": "a", "test": "7d"}, "longer than the horizon"),
        ({"sensor": "a", "levels": [0.8, 0.8]}, "must be different"),
        ({"sensor": "a", "grid": {"max_depth": [0]}}, "depths are 1 and more"),
        ({"sensor": "a", "strategies": ["best"]}, "strategies"),
        ({"sensor": "a", "history": "69d"}, "shorter than the 70 days"),
        ({"sensor": "a", "watch": {"error": 0}}, "greater than 0"),
    ],
)
def test_what_nothing_could_mean_is_refused(wrong: dict[str, Any], match: str) -> None:
    with pytest.raises(ValidationError, match=match):
        small_fleet(forecast=wrong)


def test_settings_survive_json() -> None:
    config = ForecastConfig(sensor="a")
    assert ForecastConfig.model_validate(config.model_dump(mode="json")) == config
