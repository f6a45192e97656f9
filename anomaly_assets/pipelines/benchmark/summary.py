"""Suites side by side: which detector leads, what the selection lost against it, and pooled ranks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .engine import headline
from .records import Record

SELECTED = "selected"
BASELINES = ("random_score", "always_alarm", "age", "range_check")


@dataclass(frozen=True)
class Regret:
    """What the platform shipped for a group, beside the best single detector, seen afterwards.

    ``value`` and ``best_value`` are of the suite's headline number; ``tie`` says that the best one lies within the
    interval of what was selected.
    """

    suite: str
    group: str
    number: str
    chosen: str
    value: float | None
    interval: tuple[float, float] | None
    best: str
    best_value: float | None

    @property
    def regret(self) -> float | None:
        """How much better the best one was."""
        return None if self.value is None or self.best_value is None else self.best_value - self.value

    @property
    def tie(self) -> bool:
        """Whether the best one lies within the interval of what was selected."""
        return bool(self.interval and self.best_value is not None and self.best_value <= self.interval[1])


def regrets(records: Sequence[Record]) -> list[Regret]:
    """Compare what was selected with the best single detector of every group, of those that ran in all its rounds."""
    found = []
    for suite, group in dict.fromkeys((record["suite"], record["group"]) for record in records):
        number = headline(suite)
        mine = {r["detector"]: r for r in records if (r["suite"], r["group"]) == (suite, group)}
        whole = max(record["rounds"] for record in mine.values())
        single = {
            detector: record[number]
            for detector, record in mine.items()
            if detector not in (SELECTED, *BASELINES) and record[number] is not None and record["rounds"] == whole
        }
        if SELECTED in mine and single:
            best, shipped = max(single, key=lambda d: single[d]), mine[SELECTED]
            ends = shipped["intervals"].get(number)
            chosen = ", ".join(shipped["chosen"])
            interval = (float(ends[0]), float(ends[1])) if ends else None
            found.append(Regret(suite, group, number, chosen, shipped[number], interval, best, single[best]))
    return found


def pooled_ranks(records: Sequence[Record]) -> dict[str, float]:
    """Mean rank of every detector over all groups by their suites' headline numbers, as a share: near 0 is best.

    Ties share the mean of their ranks; a detector counts only if it ran in every group that another one ran in.
    """
    groups = dict.fromkeys((record["suite"], record["group"]) for record in records)
    ranks: dict[str, list[float]] = {}
    for suite, group in groups:
        number = headline(suite)
        mine = {r["detector"]: r[number] for r in records if (r["suite"], r["group"]) == (suite, group)}
        known = {detector: value for detector, value in mine.items() if value is not None}
        for detector, value in known.items():
            above = sum(other > value for other in known.values())
            equal = sum(other == value for other in known.values())
            ranks.setdefault(detector, []).append((above + (equal + 1) / 2) / len(known))
    full = max(map(len, ranks.values()), default=0)
    means = {detector: float(np.mean(found)) for detector, found in ranks.items() if len(found) == full}
    return dict(sorted(means.items(), key=lambda pair: pair[1]))
