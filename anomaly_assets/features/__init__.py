"""Cleaned readings become windows: causal, spike-safe features, and the scaling that is learnt from training alone."""

from .build import build_features
from .checks import check_features
from .conditioning import Conditioner
from .scaling import Scaler, missing_share
from .statistics import known_statistics, register, statistic

__all__ = [
    "Conditioner",
    "Scaler",
    "build_features",
    "check_features",
    "known_statistics",
    "missing_share",
    "register",
    "statistic",
]
