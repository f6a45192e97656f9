"""Which columns of the features table the operating settings have; what is learnt from them is told in features/.

Regressing a sensor on products of settings is linear, so that it may be done on trailing means as well as on readings.
Therefore every product is a sensor of its own in the features table, with the linear features that sensors have.
"""

from itertools import combinations_with_replacement

from ..config import FleetConfig, format_duration


def settings_of(fleet: FleetConfig) -> tuple[str, ...]:
    """Settings that features are conditioned on, in the file's order; none where nothing is conditioned."""
    conditioning = fleet.features.conditioning
    if conditioning is None:
        return ()
    settings = (name for name, sensor in fleet.sensors.items() if sensor.role == "setting")
    return tuple(name for name in settings if not conditioning.settings or name in conditioning.settings)


def setting_terms(fleet: FleetConfig) -> dict[str, tuple[str, ...]]:
    """Settings and, for regression, products of them up to the degree: ``altitude_x_mach`` from (altitude, mach)."""
    settings, conditioning = settings_of(fleet), fleet.features.conditioning
    degree = conditioning.degree if conditioning and conditioning.method == "regress" else 1
    factors = [of for size in range(1, degree + 1) for of in combinations_with_replacement(settings, size)]
    return {"_x_".join(of): of for of in factors}


def instant_features(fleet: FleetConfig) -> tuple[str, ...]:
    """Names of the features that are one reading: ``raw``, then lags from the shortest on."""
    lags = [f"lag_{format_duration(lag)}" for lag in sorted(fleet.features.lags)]
    return (*(["raw"] if fleet.features.raw else []), *lags)


def mean_features(fleet: FleetConfig) -> tuple[str, ...]:
    """Names of the features that are a trailing mean, from the shortest window on."""
    windows = sorted(fleet.features.windows.items(), key=lambda item: item[1].length)
    return tuple(f"mean_{name}" for name, window in windows if "mean" in window.statistics)


def setting_features(fleet: FleetConfig) -> tuple[str, ...]:
    """Names of the features that settings have: those that are linear in the readings; ``raw`` for operating modes."""
    conditioning = fleet.features.conditioning
    if conditioning is None:
        return ()
    return (*instant_features(fleet), *mean_features(fleet)) if conditioning.method == "regress" else ("raw",)


def setting_columns(fleet: FleetConfig) -> tuple[str, ...]:
    """Names of all columns of the settings, in order; none where nothing is conditioned."""
    return tuple(f"{term}__{feature}" for term in setting_terms(fleet) for feature in setting_features(fleet))
