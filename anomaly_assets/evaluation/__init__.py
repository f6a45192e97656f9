"""How good scores and decisions are, measured against labels; every number has a defined answer in every edge case.

numpy and polars only; no detectors, no thresholds, nothing stored. Point adjustment is refused, see catalogue.py.
"""

from .at_budget import at_budget
from .blocks import resampling_blocks
from .catalogue import METRICS, metric, refuse_point_adjustment
from .comparison import Standing, compare
from .curves import pr_curve, score_histogram
from .decisions import OF_DECISIONS, decisions_apart
from .diagnosis import Diagnosis, diagnosis, rank_sensors
from .episodes import daily_alarms, episodes
from .events import EventMetrics, event_metrics
from .folds import Split, blocked_folds, cross_validation, grouped_folds
from .labelling import join_cut_labels, label_windows
from .lead import LeadSummary, lead_summary, lead_times
from .naming import named_events
from .pairing import Versus, versus
from .pointwise import Confusion, confusion, f_beta, far, mar, precision, recall
from .ranking import auc_pr, prevalence, roc_auc
from .report import Measurement, measure
from .resampling import Interval, bootstrap, paired_bootstrap, wilson
from .strata import NOT_ENOUGH, by_stratum
from .stratum_columns import buckets, cold_start_days, failure_types, lead_buckets, missing_shares, seasons
from .vus import vus_pr

__all__ = [
    "METRICS",
    "NOT_ENOUGH",
    "OF_DECISIONS",
    "Confusion",
    "Diagnosis",
    "EventMetrics",
    "Interval",
    "LeadSummary",
    "Measurement",
    "Split",
    "Standing",
    "Versus",
    "at_budget",
    "auc_pr",
    "blocked_folds",
    "bootstrap",
    "buckets",
    "by_stratum",
    "cold_start_days",
    "compare",
    "confusion",
    "cross_validation",
    "daily_alarms",
    "decisions_apart",
    "diagnosis",
    "episodes",
    "event_metrics",
    "f_beta",
    "failure_types",
    "far",
    "grouped_folds",
    "join_cut_labels",
    "label_windows",
    "lead_buckets",
    "lead_summary",
    "lead_times",
    "mar",
    "measure",
    "metric",
    "missing_shares",
    "named_events",
    "paired_bootstrap",
    "pr_curve",
    "precision",
    "prevalence",
    "rank_sensors",
    "recall",
    "refuse_point_adjustment",
    "resampling_blocks",
    "roc_auc",
    "score_histogram",
    "seasons",
    "versus",
    "vus_pr",
    "wilson",
]
