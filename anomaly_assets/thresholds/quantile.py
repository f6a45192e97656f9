"""The threshold that a given share of normal windows stays below."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from ..errors import ThresholdError
from .calibration import Calibration
from .threshold import Threshold


def quantile(calibration: Calibration, *, q: Annotated[float, Field(gt=0, lt=1)] = 0.99) -> Threshold:
    """The smallest score that at least a share ``q`` of the normal windows doesn't exceed.

    Raises
    ------
    ThresholdError
        If there are so few windows that less than one is expected above the quantile.
    """
    normal = calibration.normal()
    needed = math.ceil(1 / (1 - q) - 1e-9)
    if len(normal.score) < needed:
        raise ThresholdError(
            f"too few normal windows for the {q} quantile of scores",
            found=len(normal.score),
            expected=f"at least {needed}",
            remedy="calibrate on a longer time, or lower threshold.params.q",
        )
    value = np.quantile(normal.scores, q, method="inverted_cdf")
    assumption = f"scores of normal windows stay distributed as in calibration: a share {1 - q:.3g} of them is flagged"
    return normal.threshold(float(value), "quantile", {"q": q}, assumption)
