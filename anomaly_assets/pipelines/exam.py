"""What models are tried on: held-back windows with known events, labelled ones or injected ones, and how each is seen.

Who wins is decided in choose.py and by the registry; nothing here looks beyond the training window.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from ..config import FleetConfig
from ..evaluation import daily_alarms, join_cut_labels
from ..features import build_features
from ..registry import Bundle, Trial
from ..synthetic import inject
from .learning import Lesson, find_threshold
from .rows import Rows
from .score import score_rows
from .training_spans import within

SHORTEST_SLOT = 8
"""Readings between two injected faults, at the least; twice the longest window where that is more."""


@dataclass(frozen=True)
class Exam:
    """Windows to be scored and the events in them; in ``clean`` ones every alarm is false."""

    clean: Rows
    faulty: Rows
    events: pl.DataFrame
    judged_on: str


def set_exam(fleet: FleetConfig, lesson: Lesson, readings: pl.DataFrame) -> Exam:
    """Take the windows that were held back; with too few labelled events in them, inject faults into their readings.

    Parameters
    ----------
    lesson : what the models learnt from and what was held back from them.
    readings : clean readings of the lesson's time, rows of ``cleaned_sensors``; only needed for injecting.
    """
    held, labelled = lesson.part("resume", "end", unlabelled=False), lesson.labelled()
    clean = Rows.where(lesson.windows, pl.Series(held.wanted), ~labelled)
    known = _events_in(held.only(), lesson.labels)
    if known.height >= fleet.promotion.min_events:
        faulty = Rows.where(lesson.windows, pl.Series(held.wanted), labelled)
        return Exam(clean, faulty, known, f"{known.height} labelled events")
    injected, truth = inject(
        _held_back_readings(fleet, lesson, readings),
        list(fleet.feature_sensors),
        seed=fleet.training.seed,
        per_unit=fleet.promotion.injected,
        shortest_slot=max(SHORTEST_SLOT, 2 * (fleet.lookback // fleet.sampling)),
    )
    faulty = _rebuilt(fleet, lesson, injected, held.only())
    return Exam(clean, faulty, _events_in(faulty.only(), truth), f"{truth.height} injected faults")


def sit(fleet: FleetConfig, bundle: Bundle, exam: Exam) -> Trial:
    """Ask one model: which events does it catch, and how many alarms does it raise on clean windows?"""
    clean = score_rows(bundle, exam.clean)
    value = _fair_threshold(fleet, bundle, clean)
    budget = bundle.require_threshold().params.get("per_unit_day")
    return Trial(
        detector=bundle.manifest.detector,
        sanity_only=bundle.detector.tags.sanity_only,
        blocks=exam.events["unit_id"].to_numpy(),
        statistic=_statistic(exam.events, score_rows(bundle, exam.faulty), clean["score"].to_numpy(), value),
        alarms=daily_alarms(clean, fleet.threshold.merge_gap),
        unit_days=exam.clean.count * (fleet.stride.total_seconds() / 86_400),
        budget_per_unit_day=float(budget) if budget is not None else None,
    )


def _held_back_readings(fleet: FleetConfig, lesson: Lesson, readings: pl.DataFrame) -> pl.DataFrame:
    """Take the clean readings of the held-back windows, with the look-back their features need."""
    spans = lesson.spans.with_columns(earlier=pl.col("resume") - fleet.lookback - fleet.stride)
    timed = readings.rename({"time": "window_start"})
    return within(spans, "earlier", "end", timed).rename({"window_start": "time"})


def _rebuilt(fleet: FleetConfig, lesson: Lesson, readings: pl.DataFrame, like: pl.DataFrame) -> Rows:
    """Build features from tampered readings for the same windows; what lies before them stays as history."""
    first, last = like["window_start"].min(), like["window_end"].max()
    keys = ["unit_id", "window_start"]
    built = build_features(readings, fleet, first, last).join(like.select(keys), on=keys, how="semi")  # type: ignore[arg-type]
    earlier = within(lesson.spans, "start", "resume", lesson.windows)
    parts = [earlier.with_columns(_wanted=False), built.with_columns(_wanted=True)]
    both = pl.concat(parts, how="vertical").sort("unit_id", "window_start")
    return Rows(both.drop("_wanted"), both["_wanted"].to_numpy())


def _events_in(windows: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Give the events with at least one window; a label cut at midnight is one event again."""
    near = (pl.col("end") > windows["window_start"].min()) & (pl.col("start") < windows["window_end"].max())
    joined = join_cut_labels(labels.filter(near))
    touched = _touched(joined, windows.select("unit_id", "window_start", "window_end"))
    return touched.select(joined.columns).unique(maintain_order=True).sort("unit_id", "start")


def _touched(events: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """Pair every event with the windows of its unit that overlap it."""
    overlap = (pl.col("window_start") < pl.col("end")) & (pl.col("window_end") > pl.col("start"))
    return events.join(windows, on="unit_id").filter(overlap)


def _fair_threshold(fleet: FleetConfig, bundle: Bundle, clean: pl.DataFrame) -> float:
    """Give the shipped threshold, raised where it breaks the budget here: a model that floods catches by chance."""
    shipped = bundle.require_threshold().value
    if fleet.threshold.method != "alarm_budget":
        return shipped
    unlabelled = pl.repeat(False, clean.height, eager=True)
    return max(shipped, find_threshold(fleet, clean, clean["score"].to_numpy(), unlabelled).value)


def _statistic(events: pl.DataFrame, scored: pl.DataFrame, clean: np.ndarray, threshold: float) -> np.ndarray:
    """How well each event was seen, 0 to 1, shape (n_events,): a third each for being caught, for the rarity of its
    peak, and for the mean rarity of all its windows.
    """
    peaks, everywhere = _of_events(events, scored, clean)
    return ((peaks > threshold) + rarity(peaks, clean) + everywhere) / 3


def rarity(score: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """How rare scores are among those of clean windows: 0 where every clean one reaches it, 1 where none does.

    The logarithm of the tail share, so that one in a thousand is as much better than one in a hundred as that is than
    one in ten; same shape as ``score``.
    """
    ordered, count = np.sort(clean), len(clean)
    reached = count - np.searchsorted(ordered, score, side="left")
    return 1.0 - np.log1p(reached) / np.log1p(count) if count else np.full(len(score), np.nan)


def _of_events(events: pl.DataFrame, scored: pl.DataFrame, clean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Highest score within each event, and mean rarity of its windows, in the events' order; (n_events,) each."""
    rare = scored.with_columns(rare=pl.Series(rarity(scored["score"].to_numpy(), clean), dtype=pl.Float64))
    touched = _touched(events.with_row_index("event"), rare).group_by("event")
    found = touched.agg(pl.col("score").max(), pl.col("rare").mean()).sort("event")
    return found["score"].to_numpy(), found["rare"].to_numpy()
