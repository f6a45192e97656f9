"""Severity of recorded readings by the series as a whole, as files: a report on what has been, nothing to alarm by."""

from .counting import Tally
from .judging import Rules
from .outcome import SeverityFiles
from .writing import write_severity

__all__ = ["Rules", "SeverityFiles", "Tally", "write_severity"]
