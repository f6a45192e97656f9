"""Scores become decisions: a threshold is a value with the method, the calibration and the assumption behind it.

A method is one file here whose public function has the file's name; its keyword-only arguments are the YAML ``params``.
No detectors and no metrics.
"""

from .calibration import Calibration
from .discovery import calibrate, check_threshold, methods
from .fallback import calibrate_or_fall_back
from .following import Followed, follow
from .realised import calibration_table, promised_share, realised_share
from .split_conformal import p_values
from .threshold import Threshold

__all__ = [
    "Calibration",
    "Followed",
    "Threshold",
    "calibrate",
    "calibrate_or_fall_back",
    "calibration_table",
    "check_threshold",
    "follow",
    "methods",
    "p_values",
    "promised_share",
    "realised_share",
]
