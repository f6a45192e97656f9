"""Severity of a whole recording at once, for reports: not causal, a detector for days as they come is rule_severity."""

from .whole_series import whole_series_severity

__all__ = ["whole_series_severity"]
