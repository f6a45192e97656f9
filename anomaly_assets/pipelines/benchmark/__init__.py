"""Public recordings as fleets: every detector measured on them, and what the platform itself would have shipped.

Suites run over the same road as a fleet: staging, cleaning, features, learning, calibration, exam, promotion.
"""

from .engine import Outcome, beside, check_names, headline, run_suite, suite_names
from .records import Record
from .summary import Regret, pooled_ranks, regrets

__all__ = [
    "Outcome",
    "Record",
    "Regret",
    "beside",
    "check_names",
    "headline",
    "pooled_ranks",
    "regrets",
    "run_suite",
    "suite_names",
]
