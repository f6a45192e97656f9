"""How good scores and decisions are, measured against labels; every number has a defined answer in every edge case.

numpy and polars only; no detectors, no thresholds, nothing stored.
"""

from .episodes import daily_alarms, episodes
from .events import EventMetrics, event_metrics
from .labelling import join_cut_labels, label_windows
from .ranking import auc_pr, prevalence, roc_auc
from .resampling import Interval, bootstrap, paired_bootstrap

__all__ = [
    "EventMetrics",
    "Interval",
    "auc_pr",
    "bootstrap",
    "daily_alarms",
    "episodes",
    "event_metrics",
    "join_cut_labels",
    "label_windows",
    "paired_bootstrap",
    "prevalence",
    "roc_auc",
]
