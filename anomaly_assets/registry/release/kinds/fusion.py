"""Fusion as a graph: the members' own graphs, and how surprising their scores are; see detectors/fusion.py."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..discovery import module_of, tolerance_of
from ..formulas import count_below, log_of_one_plus, row_sums
from ..graph import Graph
from ..preparation import Prepared
from ..tolerance import Tolerance

TOLERANCE = Tolerance(
    relative=1e-9, absolute=1e-9, reason="members' scores within their own tolerance are told apart by logarithms"
)

HUGE = 1e300
"""As in detectors/tails.py: largest excess in spreads."""


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """The members' surprises, combined."""
    surprises = []
    for position, member in enumerate(detector._members):
        places = [detector.feature_names_in_.index(name) for name in member.feature_names_in_]
        score = module_of(member.kind).build(graph, member, Prepared(graph.gather(prepared.matrix, places, axis=1)))
        surprises.append(_surprise(graph, score, detector, position, tolerance_of(member)))
    return _combined(graph, surprises, detector.combine)


def _surprise(graph: Graph, score: str, detector: Any, member: int, tolerance: Tolerance) -> str:
    """As `detectors.tails.surprise`: counted up to the tail's start, Pareto's law beyond; (n,)."""
    start, spread, index = (float(getattr(detector, f"{name}_")[member]) for name in ("start", "spread", "index"))
    ordered = detector.ordered_[member]
    lower = ordered[ordered <= start]
    counted = graph.gather(
        _counted(len(lower), len(ordered)), count_below(graph, tolerance.above(lower), score), axis=0
    )
    excess = graph.clip(graph.divide(graph.subtract(score, start), spread), 0.0, HUGE)
    return graph.add(counted, graph.divide(log_of_one_plus(graph, excess), index))


def _counted(lower: int, every: int) -> NDArray[np.float64]:
    """Surprise of a score that lies above 0, 1, ... all ``lower`` of the held-out scores up to the tail's start."""
    reaching = every - np.arange(lower + 1)
    return np.log((every + 1) / (reaching + 1))


def _combined(graph: Graph, surprises: list[str], how: str) -> str:
    table = graph.concatenate([graph.new_axis(surprise, 1) for surprise in surprises], 1)
    if how == "max" or (how == "top2" and len(surprises) == 1):
        return graph.reduced("Max", table)
    if how == "top2":
        second, largest = graph.split(graph.negative(graph.least(graph.negative(table), 2)[0]), 2)
        return graph.without_axis(graph.divide(graph.add(second, largest), 2.0), 1)
    return row_sums(graph, table, len(surprises))
