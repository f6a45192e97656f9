"""Cleaned readings become windows: causal, spike-safe features, and the scaling that is learnt from training alone."""

from .asked import Asked, build_asked
from .build import build_features
from .checks import check_features
from .conditioning import Conditioner, require_columns
from .preparing import build_conditioner, learn_preparation
from .recipe import Recipe
from .scaling import Scaler, missing_share
from .statistics import known_statistics, register, statistic
from .waveforms import condense, cut, indicators

__all__ = [
    "Asked",
    "Conditioner",
    "Recipe",
    "Scaler",
    "build_asked",
    "build_conditioner",
    "build_features",
    "check_features",
    "condense",
    "cut",
    "indicators",
    "known_statistics",
    "learn_preparation",
    "missing_share",
    "register",
    "require_columns",
    "statistic",
]
