"""Is the world still the one the model was trained in: reference profiles, drift reports, the retraining decision."""

from .distribution import Distances, Distribution
from .forecast_baseline import ForecastBaseline, fleet_ratios, unit_ratios
from .forecast_errors import exceeded, forecast_errors, forecast_verdicts
from .ordinary import Ordinary
from .profile import Profile, ReferenceProfile
from .report import day_verdicts, drift_report
from .retraining import RetrainDecision, decide_retrain, drifted_rows, either
from .usual_severity import UsualSeverity

__all__ = [
    "Distances",
    "Distribution",
    "ForecastBaseline",
    "Ordinary",
    "Profile",
    "ReferenceProfile",
    "RetrainDecision",
    "UsualSeverity",
    "day_verdicts",
    "decide_retrain",
    "drift_report",
    "drifted_rows",
    "either",
    "exceeded",
    "fleet_ratios",
    "forecast_errors",
    "forecast_verdicts",
    "unit_ratios",
]
