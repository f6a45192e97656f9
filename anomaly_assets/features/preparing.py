"""What a fleet's file wants learnt from training windows before any detector is: conditioning, then scaling."""

import polars as pl

from .. import contracts
from ..config import FleetConfig
from .conditioning import Conditioner
from .modes import Modes
from .regress import Regress
from .scaling import Scaler


def learn_preparation(
    windows: pl.DataFrame, fleet: FleetConfig, *, condition: bool = True
) -> tuple[Conditioner | None, Scaler]:
    """Fit what stands between a fleet's features and a detector.

    Parameters
    ----------
    windows : rows of contracts.features to learn from.
    fleet : says how features are conditioned and scaled.
    condition : False leaves the features as they are, the settings' beside them.

    Returns
    -------
    The conditioner, None where nothing is conditioned, and the scaler of what it leaves.

    Raises
    ------
    FeatureError
        If a column is missing or there is nothing to learn from.
    """
    conditioner = build_conditioner(fleet) if condition else None
    left = conditioner.fit(windows).transform(windows) if conditioner else windows
    scaling = fleet.features.scaling
    scaler = Scaler(method=scaling.method, per=scaling.per, clip=scaling.clip)
    return conditioner, scaler.fit(left, [name for name in contracts.feature_columns(fleet) if name in left.columns])


def build_conditioner(fleet: FleetConfig) -> Conditioner | None:
    """Make the conditioner that a fleet's file asks for, unfitted; None where it asks for none."""
    wanted = fleet.features.conditioning
    if wanted is None:
        return None
    settings, features = contracts.settings_of(fleet), contracts.setting_features(fleet)
    if wanted.method == "modes":
        sensors = [
            name for name in contracts.feature_columns(fleet) if name.rpartition("__")[0] in fleet.feature_sensors
        ]
        return Modes(
            columns=sensors,
            settings=settings,
            modes=wanted.modes,
            keep_settings=wanted.keep_settings,
            seed=fleet.training.seed,
        )
    return Regress(
        sensors=fleet.feature_sensors,
        terms=tuple(contracts.setting_terms(fleet)),
        features=features,
        learn_from=features[0],
        keep_settings=wanted.keep_settings,
    )
