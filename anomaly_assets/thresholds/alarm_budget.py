"""The threshold that keeps to a number of false alarms per unit and day."""

import math
from datetime import timedelta
from typing import Annotated

import numpy as np
from pydantic import Field

from ..config import Duration, format_duration
from ..errors import ThresholdError
from .alarm_counting import count_alarms
from .calibration import Calibration
from .threshold import Threshold

Share = Annotated[float, Field(gt=0, lt=1)]


def alarm_budget(
    calibration: Calibration,
    *,
    per_unit_day: Annotated[float, Field(gt=0)] = 0.1,
    merge_gap: Duration = timedelta(hours=1),
    tail: Share = 0.05,
    min_excesses: Annotated[int, Field(ge=2)] = 10,
) -> Threshold:
    """The smallest threshold that, like every higher one, raises no more alarms than the budget on normal windows.

    An alarm is a run of anomalous windows of a unit with no more than ``merge_gap`` between them; one that stays on
    counts again every UTC day. Thresholds so low
    that alarms only merge (below the one with most alarms) are not considered.

    A budget of less than one alarm in the calibration time can't be observed there. The threshold is then
    extrapolated beyond the highest score: the rate of alarms is taken to fall exponentially with the mean excess of
    the highest share ``tail`` of the scores (at least ``min_excesses`` of them), from one alarm at the highest score
    (peaks over threshold with shape 0; Coles 2001, chapter 4).

    Raises
    ------
    ThresholdError
        If there are too few normal windows for a tail.
    """
    normal = calibration.normal()
    if len(normal.score) <= min_excesses:
        raise ThresholdError(
            "too few normal windows to count alarms on",
            found=len(normal.score),
            expected=f"more than {min_excesses}",
            remedy="calibrate on a longer time, or raise training.validation_share",
        )
    params = {"per_unit_day": per_unit_day, "merge_gap": merge_gap, "tail": tail, "min_excesses": min_excesses}
    allowed = per_unit_day * normal.unit_days
    value = _observed(normal, merge_gap, allowed)
    if allowed < 1:
        value += _mean_excess(normal.scores, tail, min_excesses) * math.log(1 / allowed)
    return normal.threshold(value, "alarm_budget", params, _assumption(normal, allowed, merge_gap))


def _observed(normal: Calibration, merge_gap: timedelta, allowed: float) -> float:
    """The smallest threshold that keeps the budget as counted; the highest score when no alarm is allowed."""
    thresholds, count = count_alarms(normal, merge_gap)
    busiest = count.size - 1 - int(np.argmax(count[::-1]))
    broken = np.flatnonzero(count > allowed)
    kept = broken[-1] + 1 if broken.size else busiest
    return float(max(thresholds[kept], normal.scores.min()))


def _mean_excess(scores: np.ndarray, tail: float, min_excesses: int) -> float:
    """Mean of the highest scores' excess over the next lower one."""
    number = min(max(min_excesses, math.ceil(tail * scores.size)), scores.size - 1)
    highest = np.partition(scores, -number - 1)[-number - 1 :]
    return float(np.mean(highest - highest.min()) * (number + 1) / number)


def _assumption(normal: Calibration, allowed: float, merge_gap: timedelta) -> str:
    length = f"{normal.unit_days:.3g} unit-days of calibration, merged over {format_duration(merge_gap)}"
    if allowed >= 1:
        return f"normal scores keep alarming as often as in calibration: at most {allowed:.3g} alarms in {length}"
    return (
        f"extrapolated: the budget allows {allowed:.2g} alarms in {length}, too few to observe; beyond the highest "
        "calibration score the rate of alarms is assumed to fall exponentially, as the highest scores do"
    )
