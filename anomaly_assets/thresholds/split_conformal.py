"""The threshold, and the p-values, that hold for any distribution as long as windows are exchangeable."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from ..errors import ThresholdError
from .calibration import Calibration
from .threshold import Threshold

_ROUNDING = 1e-9  # so that 0.99 x 100 is rank 99 in floating point too


def split_conformal(calibration: Calibration, *, alpha: Annotated[float, Field(gt=0, lt=1)] = 0.01) -> Threshold:
    """The ceil((n + 1)(1 - alpha))-th smallest of n normal scores: a new exchangeable one exceeds it at most by alpha.

    The same windows alarm as have a p-value (`p_values`) of at most ``alpha``. Source: split conformal prediction,
    Papadopoulos et al. 2002; as an anomaly detector Laxhammar & Falkman 2011.

    Raises
    ------
    ThresholdError
        If ``alpha`` is below 1/(n + 1), the smallest p-value that n normal scores can give.
    """
    normal = calibration.normal()
    number = len(normal.score)
    rank = math.ceil((number + 1) * (1 - alpha) - _ROUNDING)
    if rank > number:
        raise ThresholdError(
            f"{number} normal windows give no p-value of {alpha:g}: the smallest attainable is {_smallest(number)}",
            found=number,
            expected=f"at least {math.ceil(1 / alpha - 1 - _ROUNDING)} normal windows",
            remedy="calibrate on a longer time, or raise threshold.params.alpha",
        )
    value = float(np.partition(normal.scores, rank - 1)[rank - 1])
    assumption = (
        f"normal windows to come are exchangeable with the {number} of calibration (no drift, no autocorrelation): "
        f"then at most a share {alpha:g} alarms on average; the smallest attainable p-value is {_smallest(number)}"
    )
    return normal.threshold(value, "split_conformal", {"alpha": alpha}, assumption)


def p_values(calibration_scores: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Share of calibration scores at least as high, each score itself counted among them: in [1/(n + 1), 1].

    Parameters
    ----------
    calibration_scores : (n,) of normal windows.
    scores : (n_windows,).

    Returns
    -------
    float64 (n_windows,), (1 + number of calibration scores >= score) / (n + 1).
    """
    ascending = np.sort(np.asarray(calibration_scores, dtype=np.float64))
    reaching = ascending.size - np.searchsorted(ascending, np.asarray(scores, dtype=np.float64), side="left")
    return (1 + reaching) / (ascending.size + 1)


def _smallest(number: int) -> str:
    return f"1/{number + 1} = {1 / (number + 1):.2g}"
