"""How long one window takes when it is scored alone, as a live reading would be."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from ..config import FleetConfig
from ..registry import Bundle
from .days import DAY
from .learning import history
from .rows import Rows
from .score import score_rows
from .site import Site


@dataclass(frozen=True)
class Latency:
    """Milliseconds to score one window alone, from its features to a row of ``scores``.

    Attributes
    ----------
    median, p05, p95 : of the calls; all None where there was no window to score.
    calls : how many were timed.
    """

    median: float | None
    p05: float | None
    p95: float | None
    calls: int


def latency(site: Site, fleet: FleetConfig, bundle: Bundle, *, calls: int = 25) -> Latency:
    """Time the latest window, again and again, after one call that loads what has to be loaded.

    Wall time on this machine as busy as it is; the median forgives single interruptions.
    """
    table = site.table(fleet, "features")
    days = site.warehouse.days(table)
    if not days:
        return Latency(None, None, None, 0)
    windows = site.warehouse.read(table, max(days) - history(fleet, bundle.detector) - DAY, max(days) + DAY)
    unit = windows.filter(unit_id=windows.sort("window_start")["unit_id"][-1]).tail(bundle.detector.steps)
    wanted = np.zeros(unit.height, dtype=bool)
    wanted[-1] = True
    score_rows(bundle, Rows(unit, wanted))
    spent = [_timed(bundle, Rows(unit, wanted)) for _ in range(calls)]
    low, median, high = np.quantile(spent, [0.05, 0.5, 0.95])
    return Latency(float(median), float(low), float(high), calls)


def _timed(bundle: Bundle, rows: Rows) -> float:
    began = perf_counter()
    score_rows(bundle, rows)
    return 1_000 * (perf_counter() - began)
