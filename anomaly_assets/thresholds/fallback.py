"""What happens when a method needs labels and there are none: another method, and a sentence that says so."""

from dataclasses import replace
from typing import Any

from ..errors import ConfigError
from .calibration import Calibration
from .discovery import calibrate, check_parameters
from .threshold import Threshold

_FROM_LABELS = frozenset({"f_beta"})


def calibrate_or_fall_back(
    method: str, params: dict[str, Any], calibration: Calibration, fallback: tuple[str, dict[str, Any]]
) -> tuple[Threshold, str | None]:
    """Calibrate; by the fallback where the method learns from labels and no window is labelled anomalous.

    Returns
    -------
    The threshold, and the sentence that tells of the fallback (also the beginning of the threshold's assumption), or
    None where the method itself was used.

    Raises
    ------
    ConfigError
        If either method or one of its parameters is unknown or out of bounds, or the fallback needs labels too.
    ThresholdError
        If the windows can't give what the method needs for any other reason.
    """
    check_parameters(method, params)
    check_parameters(*fallback)
    if fallback[0] in _FROM_LABELS:
        raise ConfigError(
            "the fallback of a threshold method needs labels itself",
            found=fallback[0],
            remedy="name a method that works on normal windows, such as adaptive_budget or alarm_budget",
        )
    if method not in _FROM_LABELS or calibration.anomalous.any():
        return calibrate(method, params, calibration), None
    threshold = calibrate(*fallback, calibration)
    told = (
        f"{method} needs labelled anomalies and none of the {len(calibration.score)} calibration windows is one, so "
        f"{fallback[0]} was used instead"
    )
    return replace(threshold, assumption=f"{told}; {threshold.assumption}"), told
