"""Who is champion: challengers and champion are tried on the same held-back windows, never on test data.

With enough labelled events there, those are the trial; otherwise faults are injected into the fleet's own clean
readings. A model is judged by the events it catches at its shipped threshold and by how rare their peaks are among
clean windows, and by its false alarms. The rule itself is the registry's.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from ..config import FleetConfig
from ..contracts import feature_columns
from ..errors import RegistryError
from ..evaluation import daily_alarms, join_cut_labels, label_windows
from ..features import build_features
from ..registry import Bundle, ModelVersion, PromotionDecision, Trial, decide_promotion
from ..synthetic import inject
from .score import score_features
from .site import Site
from .train import held_back, spans_of
from .training_spans import within

SHORTEST_SLOT = 8
"""Readings between two injected faults, at the least; twice the longest window where that is more."""


@dataclass(frozen=True)
class Choice:
    """Who was tried, how they did, and what was decided."""

    champion: ModelVersion | None
    challenger: ModelVersion | None
    decision: PromotionDecision
    trials: dict[str, Trial]
    judged_on: str


def choose_champion(site: Site, fleet: FleetConfig) -> Choice:
    """Try the newest version of every detector against the champion and promote the best one if it has earned it.

    Raises
    ------
    RegistryError
        If no version is registered yet.
    """
    champion = _incumbent(site, fleet)
    rivals = _challengers(site, fleet, champion)
    if not rivals and champion:
        stays = PromotionDecision(False, f"no version is newer than the champion {champion.name}")
        return Choice(champion, None, stays, {}, "nothing")
    if not rivals:
        raise RegistryError(
            f"fleet {fleet.fleet} has no version, or only damaged ones and ones whose features it no longer makes",
            remedy=f"retrain every detector: anomaly-assets train {fleet.fleet}",
        )
    tried = [*rivals, *([champion] if champion else [])]
    bundles = {version.version: site.registry.load(fleet.fleet, version.version) for version in tried}
    exam = _exam(site, fleet, bundles[rivals[-1].version])
    trials = {number: _trial(fleet, bundle, exam) for number, bundle in bundles.items()}
    best = max(reversed(rivals), key=lambda version: _merit(trials[version.version], fleet))
    incumbent = trials[champion.version] if champion else None
    decision = decide_promotion(
        incumbent, trials[best.version], fleet.promotion, seed=fleet.training.seed, last_resort=champion is None
    )
    site.registry.set_alias(fleet.fleet, "challenger", best.version, decision.reason)
    if decision.promote:
        site.registry.set_alias(fleet.fleet, "champion", best.version, decision.reason)
    named = {version.name: trials[version.version] for version in tried}
    return Choice(champion, best, decision, named, exam.judged_on)


@dataclass(frozen=True)
class _Exam:
    """Windows to be scored and the events in them; ``clean`` are the windows in which every alarm is false."""

    clean: pl.DataFrame
    faulty: pl.DataFrame
    events: pl.DataFrame
    judged_on: str


def _incumbent(site: Site, fleet: FleetConfig) -> ModelVersion | None:
    """Give the champion, unless it can't score any more."""
    champion = site.registry.alias(fleet.fleet, "champion")
    return champion if champion and _can_score(site, fleet, champion) else None


def _can_score(site: Site, fleet: FleetConfig, version: ModelVersion) -> bool:
    """Tell whether a version's bundle is whole and needs only features that the fleet still makes."""
    try:
        needed = site.registry.load(fleet.fleet, version.version).manifest.features
    except RegistryError:
        return False
    return set(needed) <= set(feature_columns(fleet))


def _challengers(site: Site, fleet: FleetConfig, champion: ModelVersion | None) -> list[ModelVersion]:
    """Give each configured detector's newest version that is newer than the champion; they come newest first."""
    newest: dict[str, ModelVersion] = {}
    for version in site.registry.versions(fleet.fleet):
        newer = champion is None or version.version > champion.version
        if newer and version.detector in fleet.detectors:
            newest.setdefault(version.detector, version)
    return [version for version in newest.values() if _can_score(site, fleet, version)]


def _exam(site: Site, fleet: FleetConfig, bundle: Bundle) -> _Exam:
    windows = held_back(site, fleet, bundle)
    labels = site.warehouse.read(site.table(fleet, "labels"))
    labelled = label_windows(windows, labels)
    clean = windows.filter(~labelled)
    known = _events_in(windows, labels)
    if known.height >= fleet.promotion.min_events:
        return _Exam(clean, windows.filter(labelled), known, f"{known.height} labelled events")
    readings = _held_back_readings(site, fleet, bundle)
    injected, truth = inject(
        readings,
        list(fleet.feature_sensors),
        seed=fleet.training.seed,
        per_unit=fleet.promotion.injected,
        shortest_slot=max(SHORTEST_SLOT, 2 * (fleet.lookback // fleet.sampling)),
    )
    faulty = _rebuilt(fleet, injected, windows)
    return _Exam(clean, faulty, _events_in(faulty, truth), f"{truth.height} injected faults")


def _held_back_readings(site: Site, fleet: FleetConfig, bundle: Bundle) -> pl.DataFrame:
    """Read the clean readings of the held-back windows, with the look-back their features need."""
    spans = spans_of(bundle).with_columns(earlier=pl.col("resume") - fleet.lookback - fleet.stride)
    first, last = spans.select(pl.col("earlier").min(), pl.col("end").max()).row(0)
    readings = site.warehouse.read(site.table(fleet, "cleaned_sensors"), first, last)
    timed = readings.rename({"time": "window_start"})
    return within(spans, "earlier", "end", timed).rename({"window_start": "time"})


def _rebuilt(fleet: FleetConfig, readings: pl.DataFrame, like: pl.DataFrame) -> pl.DataFrame:
    """Build features from tampered readings for the same windows."""
    first, last = like["window_start"].min(), like["window_end"].max()
    built = build_features(readings, fleet, first, last)  # type: ignore[arg-type]
    return built.join(like.select("unit_id", "window_start"), on=["unit_id", "window_start"], how="semi")


def _events_in(windows: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Give the events with at least one window; a label cut at midnight is one event again."""
    joined = join_cut_labels(labels)
    touched = joined.join(windows.select("unit_id", "window_start", "window_end"), on="unit_id")
    overlap = (pl.col("window_start") < pl.col("end")) & (pl.col("window_end") > pl.col("start"))
    return touched.filter(overlap).select(joined.columns).unique(maintain_order=True).sort("unit_id", "start")


def _trial(fleet: FleetConfig, bundle: Bundle, exam: _Exam) -> Trial:
    """Ask one model: which events does it catch, and how many alarms does it raise on clean windows?"""
    clean = score_features(bundle, exam.clean)
    budget = bundle.require_threshold().params.get("per_unit_day")
    return Trial(
        detector=bundle.manifest.detector,
        sanity_only=bundle.detector.tags.sanity_only,
        blocks=exam.events["unit_id"].to_numpy(),
        statistic=_statistic(exam.events, score_features(bundle, exam.faulty), clean["score"].to_numpy()),
        alarms=daily_alarms(clean, fleet.threshold.merge_gap),
        unit_days=exam.clean.height * (fleet.stride.total_seconds() / 86_400),
        budget_per_unit_day=float(budget) if budget is not None else None,
    )


def _statistic(events: pl.DataFrame, scored: pl.DataFrame, clean: np.ndarray) -> np.ndarray:
    """How well each event was seen, 0 to 1, shape (n_events,): half for being caught, half for its peak's rarity.

    Caught means above the shipped threshold; a model that always alarms catches everything and gains nothing by rarity.
    """
    caught = _peaks(events, scored.select("unit_id", "window_start", "window_end", score=pl.col("is_anomaly") * 1.0))
    return (caught + _rarity(events, scored, clean)) / 2


def _rarity(events: pl.DataFrame, scored: pl.DataFrame, clean: np.ndarray) -> np.ndarray:
    """How rare each event's peak score is among clean windows: 0 where every clean one reaches it, 1 where none does.

    The logarithm of the tail share, so that one in a thousand is as much better than one in a hundred as that is than
    one in ten; shape (n_events,).
    """
    peaks, ordered, count = _peaks(events, scored), np.sort(clean), len(clean)
    reached = count - np.searchsorted(ordered, peaks, side="left")
    return 1.0 - np.log1p(reached) / np.log1p(count) if count else np.full(len(peaks), np.nan)


def _peaks(events: pl.DataFrame, scored: pl.DataFrame) -> np.ndarray:
    """Highest score within each event, in the events' order."""
    touched = events.with_row_index("event").join(scored, on="unit_id")
    overlap = (pl.col("window_start") < pl.col("end")) & (pl.col("window_end") > pl.col("start"))
    return touched.filter(overlap).group_by("event").agg(pl.col("score").max()).sort("event")["score"].to_numpy()


def _merit(trial: Trial, fleet: FleetConfig) -> tuple[bool, bool, float]:
    within_budget = trial.budget_ratio is None or trial.budget_ratio <= fleet.promotion.budget_tolerance
    return not trial.sanity_only, within_budget, float(np.mean(trial.statistic)) if len(trial.statistic) else 0.0
