"""The only home of Dagster: says when and in what order, never how. Assets of a fleet are generated from its file."""

from .build import build_defs
from .in_process import RunOutcome, dagster_home, run_job, ui_environment
from .model_assets import TRAILING_TAG
from .partitions import days_of

__all__ = ["TRAILING_TAG", "RunOutcome", "build_defs", "dagster_home", "days_of", "run_job", "ui_environment"]
