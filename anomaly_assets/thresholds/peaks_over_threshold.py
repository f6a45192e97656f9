"""The threshold that is extrapolated from the tail of normal scores by extreme value theory."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from ..errors import ThresholdError
from .calibration import Calibration
from .pareto_tail import fit_tail
from .threshold import Threshold

Share = Annotated[float, Field(gt=0, lt=1)]


def peaks_over_threshold(
    calibration: Calibration,
    *,
    alpha: Share = 0.001,
    level: Share = 0.95,
    min_excesses: Annotated[int, Field(ge=10)] = 50,
    max_shape: Annotated[float, Field(gt=0, le=1)] = 0.5,
) -> Threshold:
    """The score that a share ``alpha`` of normal windows exceeds, by a generalised Pareto tail above a high quantile.

    Excesses over the ``level`` quantile are fitted by maximum likelihood. Sources: Coles 2001, chapter 4; as a
    threshold for streams Siffer et al., KDD 2017.

    Raises
    ------
    ThresholdError
        If fewer than ``min_excesses`` scores lie above the quantile, no larger share than ``alpha`` does, or the
        fitted shape is ``max_shape`` or more: from 0.5 on the tail has no variance, and any extrapolation is a guess.
    """
    normal = calibration.normal()
    base = float(np.quantile(normal.scores, level)) if len(normal.score) else 0.0
    excesses = normal.scores[normal.scores > base] - base
    _require_tail(excesses.size, len(normal.score), alpha, level, min_excesses)
    shape, scale = fit_tail(excesses)
    if shape >= max_shape:
        raise ThresholdError(
            "the tail of normal scores is too heavy to extrapolate",
            found=f"shape {shape:.2f} from {excesses.size} excesses",
            expected=f"less than {max_shape:g}",
            remedy="clean the calibration part of anomalies, or choose threshold.method: split_conformal or quantile",
        )
    share = excesses.size / len(normal.score)
    ratio = math.log(share / alpha)
    value = base + scale * (math.expm1(shape * ratio) / shape if abs(shape) > 1e-12 else ratio)
    params = {"alpha": alpha, "level": level, "min_excesses": min_excesses, "max_shape": max_shape}
    assumption = (
        f"scores stay distributed as in calibration, and beyond {base:.4g} as a generalised Pareto tail of shape "
        f"{shape:.2f} and scale {scale:.3g}; its {excesses.size} excesses are counted as independent, but neighbouring "
        "windows are alike, so the tail is known less well than that number says"
    )
    return normal.threshold(value, "peaks_over_threshold", params, assumption)


def _require_tail(excesses: int, windows: int, alpha: float, level: float, least: int) -> None:
    if excesses < least:
        raise ThresholdError(
            f"too few normal scores above their {level:g} quantile to know the tail",
            found=f"{excesses} of {windows}",
            expected=f"at least {least}",
            remedy="calibrate on a longer time, or lower threshold.params.level",
        )
    if alpha >= excesses / windows:
        raise ThresholdError(
            "the asked share of false alarms lies below the tail",
            found=f"alpha {alpha:g}, and a share {excesses / windows:.3g} above the {level:g} quantile",
            expected="an alpha below that share",
            remedy="lower threshold.params.level or alpha, or choose threshold.method: quantile",
        )
