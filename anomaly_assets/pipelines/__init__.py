"""Domains joined into use cases; the one path that every face ends in. No framework and no printing here."""

from .calibration import CalibrationReport, calibration_report
from .check import FleetCheck, check_fleets
from .choose import Choice, Trial, choose_champion
from .days import Span, midnight, span_of
from .evaluate import Evaluation, evaluate
from .evaluation_report import report_of, save_report
from .forecast import ForecastChoice, forecast_ahead, forecast_days, forecaster_in_force, lacking, train_forecaster
from .gates import GATES, GateVerdict, judge_gates
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
from .release import Released, release, releases_folder
from .score import score_days, score_features
from .shadow import SideBySide, compare_shadows, shadow_days, shadow_versions
from .site import Progress, Site
from .status import FleetStatus, fleet_status
from .train import calibrate_detector, trailing, train_all, train_detector

__all__ = [
    "GATES",
    "CalibrationReport",
    "Choice",
    "Evaluation",
    "FleetCheck",
    "FleetStatus",
    "ForecastChoice",
    "GateVerdict",
    "Onboarded",
    "Progress",
    "Released",
    "SideBySide",
    "Site",
    "Span",
    "Staged",
    "Trial",
    "Written",
    "calibrate_detector",
    "calibration_report",
    "check_fleets",
    "choose_champion",
    "clean_days",
    "compare_shadows",
    "drift_days",
    "evaluate",
    "feature_days",
    "fleet_status",
    "forecast_ahead",
    "forecast_days",
    "forecaster_in_force",
    "judge_gates",
    "label_days",
    "lacking",
    "last_retraining",
    "lookback_days",
    "midnight",
    "onboard",
    "recorded_days",
    "release",
    "releases_folder",
    "report_of",
    "retraining_due",
    "save_report",
    "score_days",
    "score_features",
    "shadow_days",
    "shadow_versions",
    "span_of",
    "stage",
    "stage_days",
    "trailing",
    "train_all",
    "train_detector",
    "train_forecaster",
    "verdicts",
]
