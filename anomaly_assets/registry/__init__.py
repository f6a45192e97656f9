"""Bundles, their versions and aliases, and the decision who is champion. MLflow is loaded at first use only."""

from .bundle import Bundle
from .forecast_bundle import ForecastBundle
from .manifest import Manifest, config_digest, fingerprint
from .promotion import PromotionDecision, Trial, decide_promotion, tournament
from .reference_scores import read_reference_scores, reference_of
from .store import Registry
from .versions import AliasChange, ModelVersion, fleet_of, forecaster_of

__all__ = [
    "AliasChange",
    "Bundle",
    "ForecastBundle",
    "Manifest",
    "ModelVersion",
    "PromotionDecision",
    "Registry",
    "Trial",
    "config_digest",
    "decide_promotion",
    "fingerprint",
    "fleet_of",
    "forecaster_of",
    "read_reference_scores",
    "reference_of",
    "tournament",
]
