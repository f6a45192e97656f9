"""Promise against outcome: the share of clean windows that each method lets alarm after it was calibrated."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ..errors import ThresholdError
from .calibration import Calibration
from .discovery import calibrate
from .following import follow
from .threshold import Threshold

_PROMISES = {
    "quantile": lambda target: {"q": 1 - target},
    "split_conformal": lambda target: {"alpha": target},
    "peaks_over_threshold": lambda target: {"alpha": target},
    "adaptive_budget": lambda target: {"share": target},
}
"""Methods that promise a share of alarming windows, and the parameter that asks for it."""


def calibration_table(
    calibration: Calibration, later: Calibration, targets: Sequence[float] = (0.01, 0.001)
) -> pl.DataFrame:
    """Calibrate each method that promises a share of alarms, and count the share on later windows.

    Parameters
    ----------
    calibration : windows to calibrate on; those labelled anomalous are left out.
    later : windows after them that no threshold was found on; those labelled anomalous are left out.
    targets : promised shares.

    Returns
    -------
    One row per method and target: method, target, threshold (as calibrated), realised (share of later windows that
    alarm), ratio (realised / target), refused (why the method gave no threshold; the three before are null then).
    """
    later = later.normal()
    rows = [_row(method, target, calibration, later) for target in targets for method in _PROMISES]
    numbers = dict.fromkeys(("target", "threshold", "realised", "ratio"), pl.Float64)
    return pl.DataFrame(rows, schema={"method": pl.String, **numbers, "refused": pl.String})


def _row(method: str, target: float, calibration: Calibration, later: Calibration) -> dict[str, Any]:
    row: dict[str, Any] = {"method": method, "target": target}
    try:
        threshold = calibrate(method, _PROMISES[method](target), calibration)
    except ThresholdError as error:
        return row | {"refused": str(error)}
    share = realised_share(threshold, later)
    return row | {"threshold": threshold.value, "realised": share, "ratio": share / target}


def promised_share(threshold: Threshold) -> float | None:
    """Share of normal windows that a threshold promises to let alarm; None where its method promises something else."""
    params = threshold.params
    told = {"quantile": 1 - params.get("q", 1.0), "adaptive_budget": params.get("share")}
    return told.get(threshold.method, params.get("alpha"))


def realised_share(threshold: Threshold, windows: Calibration) -> float:
    """Share of the windows that alarm, the threshold moving if it adapts; NaN without windows."""
    if not len(windows.score):
        return float("nan")
    followed = follow(threshold, windows.unit_id, windows.window_start, windows.window_end, windows.scores, {})
    return float(np.mean(followed.flags))
