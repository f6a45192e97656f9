"""The code location: every fleet of this installation, as Dagster definitions."""

import warnings

import dagster as dg

from .config import load_fleets, platform
from .orchestration import build_defs

warnings.filterwarnings("ignore", category=dg.BetaWarning)

PLATFORM = platform()
defs = build_defs(load_fleets(PLATFORM.configs / "fleets"), PLATFORM)
