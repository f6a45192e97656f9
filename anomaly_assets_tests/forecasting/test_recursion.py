"""The recursion over all units together is the loop over rows and steps written out in plain Python, to the bit."""

import math
from datetime import timedelta

import numpy as np

from anomaly_assets.forecasting import Learnt
from anomaly_assets.forecasting.layout import Layout
from anomaly_assets.forecasting.panel import Panel
from anomaly_assets.forecasting.recursive import spreads

from .fleets import HOUR, readings


def row(series: list[float], first: int, spread: float, layout: Layout) -> list[float]:
    """What the step after the last of a series is expected from."""
    now, after = series[-1], first + len(series)
    told = [(series[-1 - lag] - now) / spread for lag in layout.lags]
    for span in layout.short:
        known = [value for value in series[-span:] if not math.isnan(value)]
        mean = sum(known) / len(known) if len(known) >= span / 2 else math.nan
        told.append((mean - now) / spread)
    told += [(series[-back] - now) / spread for back in (layout.day, 7 * layout.day)]
    part, weekday = after % layout.day / layout.day, (after // layout.day + 3) % 7
    told += [part, math.sin(2 * math.pi * part), math.cos(2 * math.pi * part)]
    return [*told, weekday, math.sin(2 * math.pi * weekday / 7), math.cos(2 * math.pi * weekday / 7)]


def loop(learnt: Learnt, panel: Panel, unit: int, origin: int) -> list[float]:
    layout = learnt.forecaster.layout
    spread = float(spreads(panel, layout, np.array([unit]), np.array([origin]))[0])
    series = panel.values[unit, : origin + 1].tolist()
    for _ in range(layout.horizon):
        told = np.array([row(series, panel.first, spread, layout)])
        series.append(series[-1] + spread * float(learnt.forecaster.recursion.trees.predict(told)[0]))
    return series[origin + 1 :]


def test_bit_equal_to_the_loop(learnt: Learnt) -> None:
    panel = Panel.of(readings(), HOUR // timedelta(microseconds=1))
    panel.values[1, 1190:1198] = np.nan  # a gap in the past
    units, origins = np.array([0, 1, 2, 1]), np.array([1271, 1271, 1280, 1201])
    together = learnt.forecaster.recursion.run(panel, learnt.forecaster.layout, units, origins)
    for place, (unit, origin) in enumerate(zip(units, origins, strict=True)):
        assert together[place].tolist() == loop(learnt, panel, unit, origin)
