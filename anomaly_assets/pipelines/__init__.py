"""Domains joined into use cases; the one path that every face ends in. No framework and no printing here."""

from .check import FleetCheck, check_fleets
from .choose import Choice, Trial, choose_champion
from .days import Span, midnight, span_of
from .monitor import drift_days, last_retraining, retraining_due, verdicts
from .onboard import Onboarded, onboard
from .prepare import (
    Staged,
    Written,
    clean_days,
    feature_days,
    label_days,
    lookback_days,
    recorded_days,
    stage,
    stage_days,
)
from .score import score_days, score_features
from .site import Progress, Site
from .status import FleetStatus, fleet_status
from .train import calibrate_detector, trailing, train_all, train_detector

__all__ = [
    "Choice",
    "FleetCheck",
    "FleetStatus",
    "Onboarded",
    "Progress",
    "Site",
    "Span",
    "Staged",
    "Trial",
    "Written",
    "calibrate_detector",
    "check_fleets",
    "choose_champion",
    "clean_days",
    "drift_days",
    "feature_days",
    "fleet_status",
    "label_days",
    "last_retraining",
    "lookback_days",
    "midnight",
    "onboard",
    "recorded_days",
    "retraining_due",
    "score_days",
    "score_features",
    "span_of",
    "stage",
    "stage_days",
    "trailing",
    "train_all",
    "train_detector",
    "verdicts",
]
