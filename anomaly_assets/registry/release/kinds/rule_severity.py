"""Rule severity as a graph: every rule for all sensors at once; see detectors/rule_severity.py and rule_kernel.py."""

from typing import Any

import numpy as np

from ..graph import Graph
from ..preparation import LIMIT, Prepared
from ..tolerance import EXACT as TOLERANCE

__all__ = ["TOLERANCE", "build"]

SPIKE, NOISE = 4, 5
"""Places of the rules that count in typical deviations."""

_BEFORE = 2
"""Columns that stand before the features where the platform's own kernel counts them: unit and clock."""


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """The largest severity over rules and sensors."""
    from ....detectors.rule_kernel import COLLECTIVE, CONTEXTUAL, IMPOSSIBLE, POINT, REVERSAL, SPREAD, UNCHANGED

    if prepared.clock is None or prepared.unit is None:
        raise AssertionError("the detector looks at the clock and tells units apart")
    read = [_column(graph, prepared.matrix, places) for places in detector._places(detector.feature_names_in_).T]
    spread, typical = read[SPREAD], graph.gather(detector.typical_, prepared.unit, axis=0)
    calm = graph.less(spread, graph.multiply(detector.stuck_factor, typical))
    usual, scale = (
        _at_hour(graph, table, prepared.unit, prepared.clock) for table in (detector.center_, detector.scale_)
    )
    distance = graph.divide(_size(graph, graph.subtract(read[CONTEXTUAL], usual)), scale)
    still = graph.where(calm, read[UNCHANGED], 0.0)
    numbers = [_size(graph, read[POINT]), read[COLLECTIVE], distance, still, read[REVERSAL], spread, read[IMPOSSIBLE]]
    ones = np.moveaxis(detector.ease_, -1, 0).copy()  # of spikes and noise a typical deviation, as the kernel has it
    ones[SPIKE : NOISE + 1] *= detector.typical_
    rules = zip(numbers, detector._limits(), ones, strict=True)
    raised = [_severity(graph, number, limits, one, prepared.unit) for number, limits, one in rules]
    return graph.reduced("Max", graph.concatenate(raised, axis=1))


def _column(graph: Graph, matrix: str, places: np.ndarray) -> str:
    """One feature of every sensor, (n, n_sensors); NaN for a rule that is left out."""
    if (places >= 0).all():
        return graph.gather(matrix, (places - _BEFORE).tolist(), axis=1)
    return graph.multiply(graph.gather(matrix, [0] * len(places), axis=1), np.nan)


def _at_hour(graph: Graph, table: np.ndarray, unit: str, clock: str) -> str:
    """What is usual of a unit at the hour of the day, UTC, (n, n_sensors); an hour is no exact fraction of a day."""
    seconds = graph.rounded(graph.multiply(clock, 86_400.0))
    hour = graph.cast(graph.floor(graph.divide(seconds, 3600.0)), "int64")
    hours = np.array(table.shape[1], dtype=np.int64)
    row = graph.add(graph.multiply(unit, hours), graph.modulo(hour, hours))
    return graph.gather(table.reshape(-1, table.shape[2]), row, axis=0)


def _size(graph: Graph, tensor: str) -> str:
    return graph.node("Abs", tensor)


def _severity(graph: Graph, number: str, limits: np.ndarray, one: np.ndarray, unit: str) -> str:
    """Severity of every sensor, (n, n_sensors): 0 at low x one, 1 at high x one; what is no number counts as 0.

    ``one`` is (n_units + 1, n_sensors).
    """
    low, high = (float(limit) for limit in limits)
    floor, slope = (graph.gather(table, unit, axis=0) for table in (low * one, 1.0 / ((high - low) * one)))
    found = graph.multiply(graph.subtract(number, floor), slope)
    return graph.clip(graph.where(graph.is_nan(found), -low / (high - low), found), -LIMIT, LIMIT)
