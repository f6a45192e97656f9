"""The threshold with the best F-beta on labelled windows."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ..errors import ThresholdError
from .calibration import Calibration
from .threshold import Threshold


def f_beta(calibration: Calibration, *, beta: Annotated[float, Field(gt=0)] = 1.0) -> Threshold:
    """The threshold whose flags have the highest F-beta against the labels; of equals, the one with fewest flags.

    ``beta`` is how many times recall counts as much as precision (van Rijsbergen 1979). The candidates are the distinct
    scores, and one below the lowest that flags everything.

    Raises
    ------
    ThresholdError
        If no window, or every window, is labelled anomalous: the best threshold would then flag all or nothing.
    """
    anomalous, scores = calibration.anomalous, calibration.scores
    if not anomalous.any() or anomalous.all():
        raise ThresholdError(
            "f_beta needs windows labelled anomalous and normal ones",
            found=f"{anomalous.sum()} anomalous of {anomalous.size} calibration windows",
            remedy="add labels to the calibration part, or choose threshold.method: alarm_budget or quantile",
        )
    distinct, place = np.unique(scores, return_inverse=True)
    flagged = np.cumsum(np.bincount(place)[::-1])[::-1]  # windows with score >= distinct[k]
    hits = np.cumsum(np.bincount(place, weights=anomalous)[::-1])[::-1]
    quality = (1 + beta**2) * hits / (beta**2 * anomalous.sum() + flagged)
    best = distinct.size - 1 - int(np.argmax(quality[::-1]))
    value = distinct[best - 1] if best else np.nextafter(distinct[0], -np.inf)
    assumption = f"anomalies and their share stay as labelled in calibration, where F{beta:g} was {quality[best]:.3f}"
    return calibration.threshold(float(value), "f_beta", {"beta": beta}, assumption)
