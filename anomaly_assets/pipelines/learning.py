"""From windows to a bundle: fit, calibrate on what came later, describe; frames in, bundle out, nothing stored.

Where the windows come from and where a bundle goes belongs in train.py; a benchmark takes the same road.
"""

import warnings
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from .. import __version__
from ..config import FleetConfig
from ..contracts import feature_columns
from ..detectors import Detector, build_detector, fit_detector, score_windows
from ..errors import FeatureError
from ..evaluation import label_windows
from ..features import learn_preparation, missing_share
from ..monitoring import ReferenceProfile
from ..registry import Bundle, Manifest, config_digest, fingerprint, reference_of
from ..thresholds import Calibration, Threshold, calibrate_or_fall_back
from .rows import Rows
from .training_spans import inside

FALLBACK = "alarm_budget"
"""The method in place of one that needs labelled anomalies, where there are none."""


@dataclass(frozen=True)
class Lesson:
    """What one model learns from.

    Attributes
    ----------
    windows : rows of the features table, sorted by unit and time, from the first span's start to the last one's end.
    labels : table ``labels``.
    spans : unit_id, start, split, resume, end: fit on [start, split), hold back [resume, end).
    asked : the training window as the fleet's file said it.
    """

    windows: pl.DataFrame
    labels: pl.DataFrame
    spans: pl.DataFrame
    asked: dict[str, Any]

    def labelled(self) -> pl.Series:
        """Whether a label calls each window anomalous."""
        return label_windows(self.windows, self.labels)

    def part(self, start: str, end: str, *, unlabelled: bool) -> Rows:
        """Mean the windows between two columns of the spans, without labelled anomalies where that is wanted."""
        within = inside(self.spans, start, end, self.windows)
        return Rows.where(self.windows, within, ~self.labelled()) if unlabelled else Rows.where(self.windows, within)


def learn(fleet: FleetConfig, name: str, lesson: Lesson) -> Bundle:
    """Fit one of the fleet's detectors; the bundle is a draft without a threshold.

    Raises
    ------
    FeatureError
        If too few windows are there to learn from.
    """
    config, rows = fleet.detectors[name], lesson.part("start", "split", unlabelled=fleet.training.exclude_labelled)
    _require_enough(fleet, rows)
    sample = thinned(rows.only(), fleet.training.max_rows)
    conditioner, scaler = learn_preparation(sample, fleet, condition=config.condition)
    detector = build_detector(config.kind, config.params, seed=fleet.training.seed)
    manifest = _manifest(fleet, name, lesson, sample)
    draft = Bundle(detector, scaler, threshold=None, profile=None, manifest=manifest, conditioner=conditioner)
    if detector.steps == 1:
        fit_detector(detector, draft.prepared(sample))
    else:
        fit_detector(detector, draft.prepared(rows.windows), rows.wanted)
    return draft


def with_threshold(fleet: FleetConfig, draft: Bundle, lesson: Lesson) -> Bundle:
    """Give a draft its threshold, from the windows that were held back, and the scores of the normal ones among them.

    Raises
    ------
    ThresholdError
        If these can't give a threshold by the fleet's method.
    """
    held = lesson.part("resume", "end", unlabelled=False)
    labelled, score = lesson.labelled().filter(pl.Series(held.wanted)), raw_scores(draft, held)
    threshold = find_threshold(fleet, held.only(), score, labelled)
    normal = scored_windows(held.only(), score, labelled).normal().scores
    return replace(draft, threshold=threshold, reference_scores=reference_of(normal) if normal.size else None)


def with_profile(fleet: FleetConfig, bundle: Bundle, lesson: Lesson) -> Bundle:
    """Give a bundle its reference: what the windows and the scores of its whole training window looked like."""
    rows = _reference(fleet, lesson)
    profile = ReferenceProfile.from_training(
        bundle.scaled(rows.only()),
        raw_scores(bundle, rows),
        missing_share(rows.only(), bundle.manifest.features),
        ordinary=fleet.drift.ordinary,
        min_rows=fleet.drift.min_rows,
    )
    return replace(bundle, profile=profile)


def held_back_metrics(bundle: Bundle, lesson: Lesson) -> dict[str, float]:
    """Say what a calibrated bundle does on the windows that were held back from it."""
    held = lesson.part("resume", "end", unlabelled=False)
    flags, threshold = bundle.require_threshold().flags(raw_scores(bundle, held)), bundle.require_threshold()
    metrics = {"threshold": threshold.value, "validation_windows": float(held.count)}
    return metrics | {"validation_alarm_share": float(np.mean(flags)) if len(flags) else 0.0}


def raw_scores(bundle: Bundle, rows: Rows) -> np.ndarray:
    """Score the wanted windows: float64 (n_wanted,)."""
    scaled = prepared_rows(bundle, rows)
    return score_windows(bundle.detector, scaled.windows, scaled.wanted)


def prepared_rows(bundle: Bundle, rows: Rows) -> Rows:
    """Make what the detector is given: the wanted windows alone where it looks back on none, else all of them."""
    if bundle.detector.steps == 1:
        return Rows.where(bundle.prepared(rows.only()))
    return Rows(bundle.prepared(rows.windows), rows.wanted)


def find_threshold(fleet: FleetConfig, windows: pl.DataFrame, score: np.ndarray, labelled: pl.Series) -> Threshold:
    """Calibrate by the fleet's method; alarms are counted there as they are counted everywhere else.

    A method that needs labelled anomalies where there are none is replaced by the alarm budget, with a warning; the
    threshold's assumption says so, too.

    Raises
    ------
    ThresholdError
        If these windows can't give a threshold by that method.
    """
    method, counted = fleet.threshold.method, {"merge_gap": fleet.threshold.merge_gap}
    params = (counted if method == FALLBACK else {}) | fleet.threshold.params
    calibration = scored_windows(windows, score, labelled)
    threshold, told = calibrate_or_fall_back(method, params, calibration, (FALLBACK, counted))
    if told is not None:
        warnings.warn(f"fleet {fleet.fleet}: {told}", stacklevel=2)
    return threshold


def scored_windows(windows: pl.DataFrame, score: np.ndarray, labelled: pl.Series | None = None) -> Calibration:
    """Put windows, their scores and whether a label calls them anomalous together, as thresholds want them."""
    return Calibration(
        unit_id=windows["unit_id"],
        window_start=windows["window_start"],
        window_end=windows["window_end"],
        score=pl.Series("score", score),
        labels=labelled,
    )


def history(fleet: FleetConfig, detector: Detector) -> timedelta:
    """Give how far before a window the oldest window lies that its score looks at."""
    return (detector.steps - 1) * fleet.stride


def thinned(windows: pl.DataFrame, at_most: int) -> pl.DataFrame:
    """Take evenly spaced windows, so that every unit and season keeps its share."""
    return windows.gather_every(-(-windows.height // at_most)) if windows.height > at_most else windows


def _require_enough(fleet: FleetConfig, rows: Rows) -> None:
    if rows.count < fleet.training.min_windows:
        raise FeatureError(
            f"fleet {fleet.fleet} has too few windows to learn from",
            found=rows.count,
            expected=f"at least {fleet.training.min_windows} unlabelled windows in the training window",
            remedy="backfill more days, or make training.window longer",
        )


def _manifest(fleet: FleetConfig, name: str, lesson: Lesson, sample: pl.DataFrame) -> Manifest:
    times = {row["unit_id"]: row for row in lesson.spans.iter_rows(named=True)}
    return Manifest(
        fleet=fleet.fleet,
        detector=name,
        kind=fleet.detectors[name].kind,
        params=fleet.detectors[name].params,
        features=tuple(feature_columns(fleet)),
        config_digest=config_digest(fleet),
        config=fleet.model_dump(mode="json"),
        window=lesson.asked,
        training_windows={unit: (row["start"], row["end"]) for unit, row in times.items()},
        validation_windows={unit: (row["resume"], row["end"]) for unit, row in times.items()},
        fingerprint=fingerprint(sample),
        code_version=__version__,
        seed=fleet.training.seed,
        created_at=datetime.now(UTC),
    )


def _reference(fleet: FleetConfig, lesson: Lesson) -> Rows:
    """Take the whole training window without labelled anomalies: the longer, the more seasons it has seen."""
    rows = lesson.part("start", "end", unlabelled=fleet.training.exclude_labelled)
    every = -(-rows.count // fleet.training.max_rows) or 1
    kept = np.zeros_like(rows.wanted)
    kept[np.flatnonzero(rows.wanted)[::every]] = True
    return Rows(rows.windows, kept)
