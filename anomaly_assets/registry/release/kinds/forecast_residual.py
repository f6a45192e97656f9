"""Forecast residual as a graph: lines and one tree ensemble; see detectors/forecast_residual.py and one_step.py."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....detectors.columns import sensor_of
from ....detectors.one_step import spans_of
from ..ensemble import tree_sum
from ..graph import Graph
from ..preparation import Prepared
from ..tolerance import EXACT, Tolerance

_HOURS = ("hour_of_day_sin", "hour_of_day_cos")


def tolerance(detector: Any) -> Tolerance:
    """Lines are exact; trees that are heard are added up in another order, which a difference of near numbers shows."""
    if not detector.lift_.any():
        return EXACT
    leaves = np.add.reduceat(np.abs(detector.value_), detector.roots_).max() * len(detector.roots_)
    furthest = 2 * np.maximum(np.abs(detector.low_), np.abs(detector.high_))
    straight = np.abs(detector.constant_) + np.abs(detector.slope_).sum(axis=1) * np.maximum(furthest, 1.0)
    rounding = (detector.lift_ * (leaves + abs(detector.start_)) * len(detector.roots_) + 4 * straight) / detector.size_
    return Tolerance(
        relative=1e-15,
        absolute=float(np.finfo(np.float64).eps * rounding.max()),
        reason="the trees are added up in another order",
    )


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """Largest distance over the series of a reading from its forecast, in usual sizes."""
    names = detector.feature_names_in_
    series = [place for place, name in enumerate(names) if sensor_of(name)]
    hours = [names.index(hour) for hour in _HOURS if hour in names]
    own = graph.gather(prepared.matrix, series, axis=1)
    steps = [graph.without_axis(step, 2) for step in graph.split(own, detector.steps, axis=2)]
    past = [graph.minimum(graph.maximum(step, detector.low_), detector.high_) for step in steps[:-1]]
    filled = _filled(graph, past, detector.center_)
    told = _told(graph, filled, min(detector.lags, len(past)))
    told += [_hour(graph, prepared.matrix, hour, detector.steps, filled[0]) for hour in hours]
    expected = _forecast(graph, told, detector)
    reading = graph.where(_counts(graph, past, steps[-1], detector), steps[-1], expected)
    sizes = graph.divide(graph.node("Abs", graph.subtract(reading, expected)), detector.size_)
    return graph.reduced("Max", sizes)


def _filled(graph: Graph, past: Sequence[str], usual: np.ndarray) -> list[str]:
    """Steps with what is unknown filled in, (n, n_series) each, newest first."""
    before: Any = usual[None]
    for step in reversed(past):
        before = graph.where(graph.is_nan(step), before, step)
    filled = []
    for step in past:
        before = graph.where(graph.is_nan(step), before, step)
        filled.append(before)
    return filled[::-1]


def _told(graph: Graph, filled: Sequence[str], lags: int) -> list[str]:
    told, total, spans = [filled[0]], filled[0], spans_of(lags, len(filled))
    for number, step in enumerate(filled[1:], start=2):
        total = graph.add(total, step)
        told += [graph.subtract(filled[0], step)] if number <= lags else []
        told += [graph.subtract(filled[0], graph.divide(total, float(number)))] if number in spans else []
    return told


def _hour(graph: Graph, matrix: str, place: int, steps: int, like: str) -> str:
    """The newest step of a calendar feature, 0 where unknown, beside every series."""
    hour = graph.gather(graph.gather(matrix, [place], axis=1), [steps - 1], axis=2)
    hour = graph.without_axis(hour, 2)
    return graph.node("Expand", graph.where(graph.is_nan(hour), 0.0, hour), graph.node("Shape", like))


def _forecast(graph: Graph, told: Sequence[str], detector: Any) -> str:
    straight: Any = detector.constant_[None]
    for slope, column in zip(detector.slope_.T, told, strict=True):
        straight = graph.add(straight, graph.multiply(slope, column))
    if not detector.lift_.any():
        return str(straight)
    width, series = len(told) + 2, len(detector.lift_)
    number = graph.node("Expand", np.arange(float(series))[None], graph.node("Shape", straight))
    rows = graph.concatenate([graph.new_axis(column, 2) for column in (*told, straight, number)], axis=2)
    nodes = (detector.feature_, detector.threshold_, detector.child_, detector.value_)
    found = tree_sum(graph, graph.reshape(rows, [-1, width]), nodes, detector.roots_)
    lifted = graph.reshape(graph.add(found, float(detector.start_)), [-1, series])
    return graph.add(straight, graph.multiply(detector.lift_, lifted))


def _counts(graph: Graph, past: Sequence[str], reading: str, detector: Any) -> str:
    """Whether a reading came and enough was known before it."""
    seen = [graph.negated(graph.is_nan(step)) for step in past]
    known = graph.total(*(graph.cast(step, "float64") for step in seen))
    newest: Any = 0.0
    for number, step in enumerate(seen, start=1):
        newest = graph.where(step, float(number), newest)
    late = graph.greater(graph.subtract(len(past) + 1.0, newest), detector.patience_)
    few = graph.either(graph.less(known, detector.enough_), graph.less(known, 1.0))
    return graph.negated(graph.either(graph.either(late, few), graph.is_nan(reading)))
