"""The four detectors that know nothing or next to nothing, learnt and calibrated as the one they stand beside.

Whoever does not beat them has shown nothing; who is measured on what is said in evaluate.py.
"""

from dataclasses import replace
from typing import Any

import polars as pl

from ..config import FleetConfig
from ..detectors import build_detector, fit_detector
from ..registry import Bundle
from .learning import Lesson, thinned, with_threshold

TRIVIAL = ("random_score", "always_alarm", "age", "range_check")


def trivial_bundles(fleet: FleetConfig, bundle: Bundle, lesson: Lesson) -> dict[str, Bundle]:
    """Fit and calibrate the trivial detectors on the lesson and the preparation of another one.

    Parameters
    ----------
    bundle : whose conditioner and scaler are used, so that all see the same numbers.
    lesson : what it learnt from; a bundle doesn't tell the time ``split``; the fleet's share says it then.

    Raises
    ------
    ThresholdError
        If the fleet's method can't give a threshold for one of them.
    """
    lesson = replace(lesson, spans=_with_split(fleet, lesson.spans))
    sample = lesson.part("start", "split", unlabelled=fleet.training.exclude_labelled).only()
    seen = bundle.scaled(thinned(sample, fleet.training.max_rows))
    found = {}
    for kind in TRIVIAL:
        detector = fit_detector(build_detector(kind, _params(kind, seen), seed=fleet.training.seed), seen)
        draft = replace(bundle, detector=detector, threshold=None, profile=None)
        found[kind] = _always(bundle, draft) if detector.tags.always else with_threshold(fleet, draft, lesson)
    return found


def _always(bundle: Bundle, draft: Bundle) -> Bundle:
    """Put the threshold below the one score there is."""
    return replace(draft, threshold=replace(bundle.require_threshold(), value=0.0, method="always", params={}))


def _params(kind: str, seen: pl.DataFrame) -> dict[str, Any]:
    """Let the range check look at every feature where a fleet has neither readings nor means."""
    features = (name.rpartition("__")[2] for name in seen.columns)
    usual = any(name.split("_")[0] in ("raw", "mean") for name in features)
    return {} if usual or kind != "range_check" else {"statistics": None}


def _with_split(fleet: FleetConfig, spans: pl.DataFrame) -> pl.DataFrame:
    if "split" in spans.columns:
        return spans
    held_back = (pl.col("end") - pl.col("start")) * fleet.training.validation_share
    return spans.with_columns(split=pl.min_horizontal(pl.col("end") - held_back, "resume"))
