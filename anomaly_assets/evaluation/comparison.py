"""Which of several detectors is best, and which are as good within what the blocks can tell."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .resampling import Interval, bootstrap, paired_bootstrap

Values = Mapping[str, float | None]


@dataclass(frozen=True)
class Standing:
    """One detector beside the best one.

    Attributes
    ----------
    name : of the detector.
    mean : over the compared blocks, with its own interval; NaN and infinite ends without any value.
    behind_best : mean of the paired differences to the best, in the direction of better, with its interval: negative
        is worse. All zero for the best.
    verdict : "best", "tie" when the interval of the differences includes 0, else "worse".
    ties_with_best : the verdict is "best" or "tie".
    """

    name: str
    mean: Interval
    behind_best: Interval
    verdict: str
    ties_with_best: bool


def compare(
    values: Mapping[str, Values],
    *,
    higher_is_better: bool = True,
    confidence: float = 0.95,
    resamples: int = 500,
    seed: int = 0,
) -> list[Standing]:
    """Set detectors side by side on the blocks that all of them have values for, best mean first.

    Differences are paired block by block, which removes what makes a block hard for everybody. With fewer than two
    common blocks everything ties. The interval is not widened for the number of detectors: of twenty equal ones, one
    may look worse.

    Parameters
    ----------
    values : detector to block (a unit, a series) to its measure; None where it is not defined. A detector without
        any value comes last and takes no blocks from the others.
    higher_is_better : false for measures such as false alarms per day.
    """
    known = {
        name: {block: v for block, v in row.items() if v is not None and not np.isnan(v)}
        for name, row in values.items()
    }
    some = [set(row) for row in known.values() if row]
    common = set.intersection(*some) if some else set()
    sign = 1.0 if higher_is_better else -1.0
    shared: dict[str, Values] = {n: {b: sign * row[b] for b in common if b in row} for n, row in known.items()}
    settings = {"confidence": confidence, "resamples": resamples, "seed": seed}
    order = sorted(shared, key=lambda name: _rank(name, shared[name]))
    return [_standing(name, shared, order[0], sign, settings) for name in order]


def _rank(name: str, values: Values) -> tuple[bool, float, str]:
    mean = float(np.mean(list(values.values()))) if values else 0.0
    return not values, -mean, name


def _standing(name: str, shared: Mapping[str, Values], best: str, sign: float, settings: dict) -> Standing:
    mean = bootstrap({block: sign * v for block, v in shared[name].items() if v is not None}, **settings)
    behind = paired_bootstrap(shared[name], shared[best], **settings)
    if name == best:
        behind, verdict = Interval(0.0, 0.0, 0.0, mean.units), "best"
    else:
        verdict = "tie" if behind.low <= 0 <= behind.high and shared[name] else "worse"
    return Standing(name, mean, behind, verdict, verdict != "worse")
