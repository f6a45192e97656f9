"""What models are tried on: held-back windows with known events, labelled ones or injected ones.

How well a model sees them is in seeing.py, who wins in choose.py and the registry; nothing looks beyond the training
window.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from ..config import FleetConfig
from ..errors import FeatureError
from ..evaluation import daily_alarms, join_cut_labels
from ..features import build_features
from ..registry import Bundle, Trial
from ..synthetic import KINDS, inject
from .learning import Lesson, find_threshold, raw_scores
from .rows import Rows
from .seeing import agreement, seen
from .training_spans import within

SHORTEST_SLOT, LONGEST = 8, 4
"""Readings between two injected faults, at the least; and how many times the longest window a fault lasts at most."""

PASSES = 8
"""So often are faults injected into the same readings at most, where these are too short for all of them at once."""

FAULTS_APART = 3
"""With every pass the faults take other turns, so that each kind befalls each unit sooner or later."""

SEEN_BUDGET = 2.0
"""Alarms that a budget must allow in half of the held-back part for its keeping to be seen there."""


@dataclass(frozen=True)
class Sitting:
    """Windows with events in them: unit_id, start, end."""

    rows: Rows
    events: pl.DataFrame


@dataclass(frozen=True)
class Exam:
    """In ``clean`` windows every alarm is false; every sitting has events of its own."""

    clean: Rows
    sittings: tuple[Sitting, ...]
    labelled: bool

    @property
    def judged_on(self) -> str:
        """Say what the events are."""
        events = sum(sitting.events.height for sitting in self.sittings)
        return f"{events} {'labelled events' if self.labelled else 'injected faults'}"


def set_exam(fleet: FleetConfig, lesson: Lesson, readings: pl.DataFrame) -> Exam:
    """Take the windows that were held back; with too few labelled events in them, inject faults into their readings.

    Parameters
    ----------
    lesson : what the models learnt from and what was held back from them.
    readings : clean readings of the lesson's time, rows of ``cleaned_sensors``; only needed for injecting.

    Raises
    ------
    FeatureError
        If no window was held back.
    """
    held = lesson.part("resume", "end", unlabelled=False)
    if not held.count:
        raise FeatureError(f"fleet {fleet.fleet} held no window back to try models on", remedy="learn from more days")
    clean = Rows.where(lesson.windows, pl.Series(held.wanted), ~lesson.labelled())
    known = events_in(held.only(), lesson.labels)
    if known.height >= fleet.promotion.min_events:
        return Exam(clean, (Sitting(held, known),), labelled=True)
    wanted = fleet.promotion.injected * (len(KINDS) + 1) * held.only()["unit_id"].n_unique()
    sittings: list[Sitting] = []
    while sum(sitting.events.height for sitting in sittings) < wanted and len(sittings) < PASSES:
        sittings.append(_injected(fleet, lesson, readings, held.only(), len(sittings)))
    return Exam(clean, tuple(sittings), labelled=False)


def sit(fleet: FleetConfig, bundle: Bundle, exam: Exam) -> Trial:
    """Ask one model: which events does it see, and how many alarms does it raise on clean windows?

    By what its threshold aims at: agreement with labels where it was found on them, events seen otherwise.
    """
    clean = _scored(bundle, exam.clean)
    value = _fair_threshold(fleet, bundle, clean)
    budget = bundle.require_threshold().params.get("per_unit_day")
    measured = agreement if bundle.require_threshold().method == "f_beta" else partial(seen, clean=clean)
    parts = [measured(part.events, _scored(bundle, part.rows), threshold=value) for part in exam.sittings]
    return Trial(
        detector=bundle.manifest.detector,
        sanity_only=bundle.detector.tags.sanity_only,
        blocks=np.concatenate([sitting.events["unit_id"].to_numpy() for sitting in exam.sittings]),
        statistic=np.concatenate(parts),
        alarms=max(daily_alarms(clean, fleet.threshold.merge_gap), _foreseen_alarms(fleet, clean)),
        unit_days=_unit_days(fleet, clean),
        budget_per_unit_day=float(budget) if budget is not None else None,
    )


def _scored(bundle: Bundle, rows: Rows) -> pl.DataFrame:
    """Score windows and say which lie above the threshold as it was calibrated; nothing is explained."""
    score = raw_scores(bundle, rows)
    keys = rows.only().select("unit_id", "window_start", "window_end")
    return keys.with_columns(score=pl.Series(score), is_anomaly=pl.Series(bundle.require_threshold().flags(score)))


def events_in(windows: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Give the events with at least one window; a label cut at midnight is one event again."""
    if windows.is_empty():
        return join_cut_labels(labels.clear())
    near = (pl.col("end") > windows["window_start"].min()) & (pl.col("start") < windows["window_end"].max())
    joined = join_cut_labels(labels.filter(near))
    keys = windows.select("unit_id", "window_start", "window_end")
    overlap = (pl.col("window_start") < pl.col("end")) & (pl.col("window_end") > pl.col("start"))
    touched = joined.join(keys, on="unit_id").filter(overlap)
    return touched.select(joined.columns).unique(maintain_order=True).sort("unit_id", "start")


def _injected(fleet: FleetConfig, lesson: Lesson, readings: pl.DataFrame, like: pl.DataFrame, turn: int) -> Sitting:
    """Tamper with the held-back readings and build their windows anew; what lies before them stays as history."""
    steps = fleet.lookback // fleet.sampling
    tampered, truth = inject(
        _held_back_readings(fleet, lesson, readings),
        list(fleet.feature_sensors),
        seed=fleet.training.seed + turn,
        kinds=(*KINDS, "degradation"),
        per_unit=fleet.promotion.injected,
        shortest_slot=max(SHORTEST_SLOT, 2 * steps),
        longest=max(SHORTEST_SLOT, LONGEST * steps),
        first_turn=turn * FAULTS_APART,
    )
    rows = _rebuilt(fleet, lesson, tampered, like)
    return Sitting(rows, events_in(rows.only(), truth))


def _held_back_readings(fleet: FleetConfig, lesson: Lesson, readings: pl.DataFrame) -> pl.DataFrame:
    """Take the clean readings of the held-back windows, with the look-back their features need."""
    spans = lesson.spans.with_columns(earlier=pl.col("resume") - fleet.lookback - fleet.stride)
    timed = readings.rename({"time": "window_start"})
    return within(spans, "earlier", "end", timed).rename({"window_start": "time"})


def _rebuilt(fleet: FleetConfig, lesson: Lesson, readings: pl.DataFrame, like: pl.DataFrame) -> Rows:
    first, last = like.select(pl.col("window_start").min(), pl.col("window_end").max().alias("end")).row(0)
    keys = ["unit_id", "window_start"]
    built = build_features(readings, fleet, first, last).join(like.select(keys), on=keys, how="semi")
    earlier = within(lesson.spans, "start", "resume", lesson.windows)
    both = pl.concat([earlier.with_columns(_wanted=False), built.with_columns(_wanted=True)])
    both = both.sort(keys)
    return Rows(both.drop("_wanted"), both["_wanted"].to_numpy())


def _foreseen_alarms(fleet: FleetConfig, clean: pl.DataFrame) -> int:
    """Count the alarms that a threshold found on the earlier half raises on the later half, as if over the whole.

    A model whose scores wander keeps its budget where it was calibrated and nowhere else. Not told (0) where the
    budget is too small to be seen in half of the windows.
    """
    if fleet.threshold.method != "alarm_budget":
        return 0
    start, end = pl.col("window_start").min(), pl.col("window_start").max()
    middle = clean.group_by("unit_id").agg((start + (end - start) / 2).alias("middle"))
    later = (pl.col("window_start") >= pl.col("middle")).alias("later")
    halves = clean.join(middle, on="unit_id", maintain_order="left").with_columns(later)
    early, late = halves.filter(~pl.col("later")), halves.filter("later")
    allowed = _unit_days(fleet, late) * float(fleet.threshold.params.get("per_unit_day", 0.0))
    if allowed < SEEN_BUDGET:
        return 0
    value = _recalibrated(fleet, early)
    alarms = daily_alarms(late.with_columns(is_anomaly=pl.col("score") > value), fleet.threshold.merge_gap)
    return round(alarms * clean.height / late.height)


def _unit_days(fleet: FleetConfig, windows: pl.DataFrame) -> float:
    return windows.height * (fleet.stride.total_seconds() / 86_400)


def _fair_threshold(fleet: FleetConfig, bundle: Bundle, clean: pl.DataFrame) -> float:
    """Give the shipped threshold, raised where it breaks the budget here: a model that floods catches by chance."""
    shipped = bundle.require_threshold().value
    if fleet.threshold.method != "alarm_budget":
        return shipped
    return max(shipped, _recalibrated(fleet, clean))


def _recalibrated(fleet: FleetConfig, clean: pl.DataFrame) -> float:
    """Find the threshold that these scored windows alone would give, none of them anomalous."""
    unlabelled = pl.repeat(False, clean.height, eager=True)
    return find_threshold(fleet, clean, clean["score"].to_numpy(), unlabelled).value
