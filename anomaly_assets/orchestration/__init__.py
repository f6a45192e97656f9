"""The only home of Dagster: says when and in what order, never how. Assets of a fleet are generated from its file."""

from .build import build_defs
from .in_process import RunOutcome, dagster_home, run_job, ui_environment

__all__ = ["RunOutcome", "build_defs", "dagster_home", "run_job", "ui_environment"]
