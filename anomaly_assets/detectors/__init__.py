"""Detectors learn what normal windows look like and score new ones; higher is more anomalous.

One file per detector, its name the YAML ``kind``. Deciding what score is too high belongs in thresholds/, choosing
between detectors in registry/. The check battery has its own door, ``anomaly_assets.detectors.checks``.
"""

from .asking import expected_windows, explain_windows, fit_detector, score_windows, tell_windows
from .base import Detector, DetectorTags
from .discovery import build_detector, check_detector, check_reads, detector_class, kinds, load_detector
from .periods import period_of
from .telling import Told

__all__ = [
    "Detector",
    "DetectorTags",
    "Told",
    "build_detector",
    "check_detector",
    "check_reads",
    "detector_class",
    "expected_windows",
    "explain_windows",
    "fit_detector",
    "kinds",
    "load_detector",
    "period_of",
    "score_windows",
    "tell_windows",
]
