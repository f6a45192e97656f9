import polars as pl
import pytest

from anomaly_assets.features import build_conditioner, learn_preparation
from anomaly_assets_tests.features.regimes import features_of, regime_fleet, regime_readings

KEYS = ["unit_id", "window_start", "window_end"]
TERMS = (
    "altitude",
    "mach",
    "throttle",
    "altitude_x_altitude",
    "altitude_x_mach",
    "altitude_x_throttle",
    "mach_x_mach",
    "mach_x_throttle",
    "throttle_x_throttle",
)


def columns_left(conditioning: dict[str, object] | None, *, condition: bool = True) -> list[str]:
    fleet = regime_fleet(conditioning, windows={}, lags=[])
    windows = features_of(regime_readings(units=1), fleet)
    conditioner, scaler = learn_preparation(windows, fleet, condition=condition)
    prepared = scaler.transform(conditioner.transform(windows) if conditioner else windows)
    assert prepared.select(pl.exclude(KEYS).is_finite().all()).row(0) == (True,) * (prepared.width - 3)
    return prepared.columns[3:]


def test_nothing_is_conditioned_unless_the_file_says_so() -> None:
    assert build_conditioner(regime_fleet(None)) is None
    assert columns_left(None) == ["hot__raw", "cold__raw"]


@pytest.mark.parametrize("method", ["regress", "modes"])
def test_detectors_do_not_see_the_settings_of_conditioned_features(method: str) -> None:
    assert columns_left({"method": method}) == ["hot__raw", "cold__raw"]


def test_settings_are_kept_where_the_file_says_so() -> None:
    kept = columns_left({"method": "regress", "keep_settings": True})
    assert kept == ["hot__raw", "cold__raw", *(f"{term}__raw" for term in TERMS)]
    modes = columns_left({"method": "modes", "keep_settings": True})
    assert modes == ["hot__raw", "cold__raw", "altitude__raw", "mach__raw", "throttle__raw"]


def test_a_detector_that_wants_raw_features_gets_the_settings_beside_them() -> None:
    unconditioned = columns_left({"method": "regress", "degree": 1}, condition=False)
    assert unconditioned == ["hot__raw", "cold__raw", "altitude__raw", "mach__raw", "throttle__raw"]


def test_only_the_settings_that_are_named_are_conditioned_on() -> None:
    fleet = regime_fleet({"settings": ["mach"], "degree": 3}, windows={}, lags=[])
    built = features_of(regime_readings(units=1), fleet)
    assert built.columns[5:] == ["mach__raw", "mach_x_mach__raw", "mach_x_mach_x_mach__raw"]
