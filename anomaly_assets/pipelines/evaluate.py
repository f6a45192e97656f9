"""How good a model is on windows it was never fitted on: measures with intervals, trivial rows beside it, strata.

Nothing is chosen here and nothing is refused: bounds are judged in gates.py, who is champion is decided in choose.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from ..config import FleetConfig
from ..evaluation import (
    Diagnosis,
    Measurement,
    Versus,
    by_stratum,
    diagnosis,
    label_windows,
    measure,
    pr_curve,
    score_histogram,
    versus,
)
from ..registry import Bundle
from .latency import Latency, latency
from .site import Site
from .strata import strata_of
from .train import lesson_of
from .trivial import trivial_bundles
from .unseen import Unseen, unseen_windows

Strata = Mapping[str, Mapping[str, Measurement | str]]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One version, measured.

    Attributes
    ----------
    fleet, version : what was measured, such as ``deviation/3``.
    judged_on : which windows, in words.
    first, last : first start and last end of them; None without any.
    measured : the measures with their intervals.
    trivial : the same of the four trivial detectors; without intervals, these are in ``against``.
    against : differences in average precision to each of them.
    strata : way to break down, stratum, its measurement or "not enough events".
    diagnosis : whether alarms named the right sensor; None where no label names a sensor.
    latency : of scoring one window alone.
    buffer : widest buffer of VUS-PR, in windows.
    confidence : of every interval.
    curve, histogram : what pictures are drawn from, see `pr_curve` and `score_histogram`.
    """

    fleet: str
    version: str
    judged_on: str
    first: datetime | None
    last: datetime | None
    measured: Measurement
    trivial: Mapping[str, Measurement]
    against: tuple[Versus, ...]
    strata: Strata
    diagnosis: Diagnosis | None
    latency: Latency
    buffer: int
    confidence: float
    curve: pl.DataFrame
    histogram: pl.DataFrame


def evaluate(site: Site, fleet: FleetConfig, reference: str | int = "champion") -> Evaluation:
    """Measure a version on what was held back from it and on everything that came after its training.

    What was held back has set its threshold, so that decisions are told apart by ``part`` among the strata.

    Raises
    ------
    RegistryError
        If there is no such version, or its bundle is damaged.
    """
    version = site.registry.get(fleet.fleet, reference)
    bundle = site.registry.load(fleet.fleet, version.version)
    return _evaluated(site, fleet, bundle, version.name, held_back_only=False)


def evaluate_held_back(site: Site, fleet: FleetConfig, bundle: Bundle, name: str) -> Evaluation:
    """Measure a bundle on what was held back from it alone, as promotion may; without strata."""
    return _evaluated(site, fleet, bundle, name, held_back_only=True)


def _evaluated(site: Site, fleet: FleetConfig, bundle: Bundle, name: str, *, held_back_only: bool) -> Evaluation:
    others = trivial_bundles(fleet, bundle, lesson_of(site, fleet, bundle))
    unseen = unseen_windows(site, fleet, bundle, others, held_back_only=held_back_only)
    asked = _asked(fleet, bundle)
    measured = measure(unseen.scored, unseen.labels, **asked)
    bare = asked | {"resamples": 0}
    strata = {} if held_back_only or not measured.events else _strata(site, fleet, unseen, asked)
    label = label_windows(unseen.scored, unseen.labels)
    return Evaluation(
        fleet=fleet.fleet,
        version=name,
        judged_on="the held-back part" if held_back_only else "the held-back part and every later day",
        first=unseen.scored["window_start"].min(),  # type: ignore[arg-type]
        last=unseen.scored["window_end"].max(),  # type: ignore[arg-type]
        measured=measured,
        trivial={kind: measure(frame, unseen.labels, **bare) for kind, frame in unseen.others.items()},
        against=_against(fleet, unseen) if measured.events else (),
        strata=strata,
        diagnosis=_diagnosed(unseen),
        latency=latency(site, fleet, bundle),
        buffer=asked["buffer"],
        confidence=fleet.gates.confidence,
        curve=pr_curve(label, unseen.scored["score"]),
        histogram=score_histogram(label, unseen.scored["score"]),
    )


def _asked(fleet: FleetConfig, bundle: Bundle) -> dict[str, Any]:
    budget = bundle.require_threshold().params.get("per_unit_day")
    return {
        "merge_gap": fleet.threshold.merge_gap,
        "buffer": max(1, fleet.lookback // fleet.stride),
        "budget_per_unit_day": float(budget) if budget is not None else None,
        "confidence": fleet.gates.confidence,
        "resamples": fleet.gates.resamples,
        "seed": fleet.training.seed,
    }


def _strata(site: Site, fleet: FleetConfig, unseen: Unseen, asked: dict[str, Any]) -> Strata:
    return {
        way: by_stratum(unseen.scored, unseen.labels, names, min_events=fleet.gates.min_events, **asked)
        for way, names in strata_of(site, fleet, unseen).items()
    }


def _against(fleet: FleetConfig, unseen: Unseen) -> tuple[Versus, ...]:
    gates, seed = fleet.gates, fleet.training.seed
    found = versus(
        unseen.scored,
        unseen.others,
        unseen.labels,
        confidence=gates.confidence,
        resamples=gates.resamples,
        seed=seed,
    )
    return tuple(found)


def _diagnosed(unseen: Unseen) -> Diagnosis | None:
    if not unseen.labels["sensor"].is_not_null().any():
        return None
    return diagnosis(unseen.scored, unseen.labels, sensors=unseen.sensors)
