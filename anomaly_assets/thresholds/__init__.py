"""Scores become decisions: a threshold is a value with the method, the calibration and the assumption behind it.

A method is one file here whose public function has the file's name; its keyword-only arguments are the YAML ``params``.
No detectors and no metrics.
"""

from .calibration import Calibration
from .discovery import calibrate, check_threshold, methods
from .threshold import Threshold

__all__ = ["Calibration", "Threshold", "calibrate", "check_threshold", "methods"]
