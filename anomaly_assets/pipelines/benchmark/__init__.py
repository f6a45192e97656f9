"""Public recordings as fleets: every detector measured on them, and what the platform itself would have shipped.

Suites run over the same road as a fleet: staging, cleaning, features, learning, calibration, exam, promotion.
"""

from .engine import Outcome, run_suite, suites
from .records import Record

__all__ = ["Outcome", "Record", "run_suite", "suites"]
