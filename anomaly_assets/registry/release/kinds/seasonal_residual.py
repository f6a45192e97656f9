"""Seasonal residual as a graph; see detectors/seasonal_residual.py and detectors/seasons.py."""

from typing import Any

import numpy as np

from ..formulas import row_sums, squared, standardised, within
from ..graph import Graph
from ..preparation import Prepared
from ..tolerance import EXACT as TOLERANCE

__all__ = ["TOLERANCE", "build"]

_HOURS_OF_WEEK, _THURSDAY = np.array(168), np.array(72)
"""As in detectors/seasons.py: hours from Monday to the weekday that 1970 began with."""


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """Squared z values around the median of the hour of the week, added up."""
    if prepared.clock is None:
        raise AssertionError("the detector looks at the clock")
    hour = _hour_of_week(graph, prepared.clock)
    center, scale = (graph.gather(table, hour, axis=0) for table in (detector.center_, detector.scale_))
    z = within(graph, standardised(graph, prepared.matrix, center, scale), detector.cap)
    return row_sums(graph, squared(graph, z), detector.center_.shape[1])


def _hour_of_week(graph: Graph, days: str) -> str:
    """0 from Monday midnight on, of days since 1970, both UTC; an hour is no exact fraction of a day."""
    seconds = graph.rounded(graph.multiply(days, 86_400.0))
    hours = graph.cast(graph.floor(graph.divide(seconds, 3600.0)), "int64")
    return graph.modulo(graph.add(hours, _THURSDAY), _HOURS_OF_WEEK)
