"""Is the world still the one the model was trained in: reference profiles, drift reports, the retraining decision."""

from .distribution import Distances, Distribution
from .ordinary import Ordinary
from .profile import Profile, ReferenceProfile
from .report import day_verdicts, drift_report
from .retraining import RetrainDecision, decide_retrain

__all__ = [
    "Distances",
    "Distribution",
    "Ordinary",
    "Profile",
    "ReferenceProfile",
    "RetrainDecision",
    "day_verdicts",
    "decide_retrain",
    "drift_report",
]
