"""The start of a threshold that follows the realised share of alarms; `follow` walks it over scores."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from ..errors import ThresholdError
from .calibration import Calibration
from .threshold import Threshold

Count = Annotated[int, Field(ge=1)]


def adaptive_budget(
    calibration: Calibration,
    *,
    share: Annotated[float, Field(gt=0, lt=0.5)] = 0.01,
    step: Annotated[float, Field(gt=0, le=1)] = 0.1,
    clear: Annotated[float, Field(gt=1)] = 2.0,
    persistence: Count = 20,
    hold_off: Annotated[int, Field(ge=0)] = 60,
    max_freeze: Count = 10_000,
    growth: Annotated[float, Field(gt=1)] = 4.0,
    growth_windows: Count = 1000,
    floor: Annotated[float, Field(gt=0, le=1)] = 0.5,
    hard_limit: Annotated[float, Field(ge=1)] = 10.0,
    absolute_limit: float | None = None,
) -> Threshold:
    """A threshold that starts where a share ``share`` of normal windows exceeds it and then keeps to that share.

    All lengths are counted in windows of a unit. Everything moves in the *width*, the distance of the threshold from
    the median of calibration, so that shifting or stretching all scores changes nothing.

    Each window that alarms widens by ``step``, each that doesn't narrows by ``step * share / (1 - share)`` (both in
    logarithms): over T windows the realised share differs from the asked one by little more than
    log(last width / first width) / (step T), however scores drift (adaptive conformal inference: Gibbs & Candes 2021;
    as a quantile tracker Angelopoulos et al. 2023).

    What it must not learn is an anomaly. Windows beyond ``clear`` widths (as the width was before the unit began to
    alarm) are evidence of an incident: one for each, one against for each other window. ``persistence`` of them open
    an incident, which takes back what was learnt since its alarms began and freezes the threshold until the evidence
    is gone and ``hold_off`` windows more have passed. An incident longer than ``max_freeze`` is reported as expired
    and stays frozen: no threshold can tell a new normal from a lasting fault. People can, by a label or a retraining.

    A detector whose scores saturate, such as an isolation forest, may never reach ``clear`` widths: its lasting
    anomalies are then learnt as drift, and only their onset alarms.

    A slow fault can't be told from drift at all. So growth is bounded: by ``growth`` times within each
    ``growth_windows`` windows; and for ever by ``hard_limit`` times the calibrated width, or the score
    ``absolute_limit`` where that is lower. ``floor`` is the smallest share of the calibrated width.

    Raises
    ------
    ThresholdError
        If there are too few normal windows to see the share, or the absolute limit lies below the calibrated value.
    """
    params = {k: v for k, v in locals().items() if k != "calibration"}
    normal = calibration.normal()
    needed = math.ceil(1 / share - 1e-9)
    if len(normal.score) < needed:
        raise ThresholdError(
            f"too few normal windows to start from a share of {share:g}",
            found=len(normal.score),
            expected=f"at least {needed}",
            remedy="calibrate on a longer time, or raise threshold.params.share",
        )
    value = float(np.quantile(normal.scores, 1 - share, method="inverted_cdf"))
    if absolute_limit is not None and absolute_limit < value:
        raise ThresholdError(
            "the absolute limit lies below the calibrated threshold",
            found=absolute_limit,
            expected=f"at least {value:.6g}",
            remedy="raise threshold.params.absolute_limit, or ask for a larger share",
        )
    learnt = {"centre_": float(np.median(normal.scores))}
    assumption = _assumption(share, value > learnt["centre_"], hard_limit)
    return normal.threshold(value, "adaptive_budget", params | learnt, assumption)


def _assumption(share: float, moves: bool, hard_limit: float) -> str:
    if not moves:
        return "scores of normal windows were all but constant in calibration, so the threshold has no width to move by"
    return (
        f"it moves so that a share {share:g} of windows alarms; normal scores change more slowly than in an incident, "
        f"and within {hard_limit:g} times the calibrated width; a fault that grows that slowly is learnt as normal"
    )
