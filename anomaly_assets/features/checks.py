"""Whether a fleet's file asks for features that can be made; nothing is computed here."""

from datetime import timedelta

from ..config import FleetConfig, format_duration
from ..contracts import setting_features, setting_terms
from ..errors import ConfigError
from .statistics import statistic

_DAY = timedelta(days=1)


def check_features(fleet: FleetConfig) -> None:
    """Hold a fleet's features to what this room can make.

    Raises
    ------
    ConfigError
        If a statistic is unknown (with the nearest known name) or named twice, a window is shorter than a sampling
        step, a lag is no multiple of it, a stride is longer than a day without being the sampling step, or features
        are to be conditioned by regression and none is linear.
    """
    _check_conditioning(fleet)
    for name, window in fleet.features.windows.items():
        for wanted in window.statistics:
            statistic(wanted)
        if len(set(window.statistics)) < len(window.statistics):
            raise ConfigError(f"window {name} names a statistic twice", found=", ".join(window.statistics))
        if window.length < fleet.sampling:
            raise _off_grid(fleet, f"window {name} is shorter than a sampling step", window.length)
    for lag in fleet.features.lags:
        if lag % fleet.sampling:
            raise _off_grid(fleet, "a lag falls between two sampling instants", lag)
    if fleet.stride > _DAY and fleet.stride != fleet.sampling:
        raise _off_grid(fleet, "features.every would cross the daily partitions", fleet.stride)


def _check_conditioning(fleet: FleetConfig) -> None:
    if fleet.features.conditioning and not setting_features(fleet):
        raise ConfigError(
            f"fleet {fleet.fleet}: no feature can be conditioned by regression",
            expected="raw: true, a lag, or a window with the statistic mean",
            remedy="add one under features, or condition by modes",
        )
    if taken := sorted({name for name, factors in setting_terms(fleet).items() if len(factors) > 1} & {*fleet.sensors}):
        raise ConfigError(
            f"fleet {fleet.fleet}: a sensor is called like a product of settings",
            found=", ".join(taken),
            remedy="rename the sensor; column: keeps its name in the files",
        )


def _off_grid(fleet: FleetConfig, wrong: str, found: timedelta) -> ConfigError:
    return ConfigError(
        f"fleet {fleet.fleet}: {wrong}",
        found=format_duration(found),
        expected=f"a multiple of the sampling step, {format_duration(fleet.sampling)}; features.every at most 1d",
        remedy="change the duration under features",
    )
