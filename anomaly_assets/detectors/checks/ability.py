"""Checks of what a detector sees: the faults that its tags don't rule out, and that its tags are honest."""

from collections.abc import Callable
from functools import partial

import numpy as np

from ..base import DetectorTags
from .frames import ASKED, frames_for, overwritten
from .judgement import claim, roc_auc
from .making import Maker, fitted
from .recordings import FAULTS, SENSORS
from .scoring import contributions
from .telling import asked_about, blamed, telling_fault

SEEN, UNSEEN, CHANCE, NAMED = 0.7, 0.65, 0.05, 0.9
"""Area under the ROC curve from which a fault is seen, below which it is not; distance from 0.5 that is luck;
share of a faulty sensor's windows in which it must be the one that is named."""


def checks_for(tags: DetectorTags) -> dict[str, Callable[[Maker], None]]:
    """Choose the checks by what the tags promise."""
    checks: dict[str, Callable[[Maker], None]] = {"shuffled_labels_are_at_chance": _shuffled_labels_are_at_chance}
    if tags.knows_nothing:
        return checks | {f"is_at_chance_on_{fault}": partial(_is_at_chance, fault) for fault in FAULTS}
    checks["shuffled_training_changes_little"] = _shuffled_changes_little
    for fault in FAULTS:
        blind = fault in tags.cannot_see
        checks[f"is_blind_to_{fault}" if blind else f"sees_{fault}"] = partial(_is_blind if blind else _sees, fault)
    if tags.explains:
        checks |= {f"names_{sensor}_when_it_is_at_fault": partial(_names_the_faulty, sensor) for sensor in SENSORS}
        checks["contributions_are_not_negative"] = _contributions_are_not_negative
    else:
        checks["says_that_it_explains_nothing"] = _explains_nothing
    return checks


def _auc(fault: str, make: Maker) -> float:
    detector, frames = fitted(make), frames_for(make)
    return roc_auc(detector.score(frames.windows(seed=1)), detector.score(frames.fault_rows(fault)))


def _sees(fault: str, make: Maker) -> None:
    auc = _auc(fault, make)
    claim(auc >= SEEN, f"{fault} ranks above normal in only {auc:.2f} of pairs; is it one that the tags can't see?")


def _is_blind(fault: str, make: Maker) -> None:
    auc = _auc(fault, make)
    claim(auc < UNSEEN, f"tags say {fault} can't be seen, but it ranks above normal in {auc:.2f} of pairs")


def _is_at_chance(fault: str, make: Maker) -> None:
    detector, frames = fitted(make), frames_for(make)
    auc = roc_auc(detector.score(frames.windows(seed=1)), detector.score(frames.windows(seed=2, fault=fault)))
    claim(abs(auc - 0.5) < CHANCE, f"a baseline that knows nothing ranks {fault} at {auc:.2f}")


def _shuffled_labels_are_at_chance(make: Maker) -> None:
    """Guards what judges the scores: with labels that mean nothing, no detector may look good."""
    score = fitted(make).score(asked_about(make))
    rng = np.random.default_rng(0)
    for _ in range(5):
        faulty = rng.permutation(np.arange(len(score)) % 2 == 0)
        auc = roc_auc(score[~faulty], score[faulty])
        claim(abs(auc - 0.5) < CHANCE, f"with shuffled labels the area under the ROC curve is {auc:.2f}")


def _shuffled_changes_little(make: Maker) -> None:
    frame = asked_about(make)
    one = fitted(make).score(frame)
    shuffled = frames_for(make).windows().sample(fraction=1.0, shuffle=True, seed=3)
    alike = float(np.corrcoef(one, make().fit(shuffled).score(frame))[0, 1])
    claim(alike > 0.95, f"shuffling the training windows leaves a correlation of only {alike:.3f}")


def _names_the_faulty(sensor: str, make: Maker) -> None:
    fault = telling_fault(make)
    if fault is None:
        return
    named = float(np.mean(blamed(fitted(make), frames_for(make).fault_rows(fault, faulty=sensor)) == sensor))
    claim(named >= NAMED, f"a {fault} of {sensor} is blamed on it in only {named:.2f} of its windows")


def _contributions_are_not_negative(make: Maker) -> None:
    detector, frames = fitted(make), frames_for(make)
    largest = float(np.finfo(np.float64).max)
    huge = overwritten(frames.windows(ASKED), detector.feature_names_in_[0], largest)
    for frame in (frames.windows(ASKED, seed=1), huge, *(frames.fault_rows(fault)[:ASKED] for fault in FAULTS)):
        parts = contributions(detector, frame)
        claim(bool(np.isfinite(parts).all() and (parts >= 0).all()), "a contribution is negative or not finite")


def _explains_nothing(make: Maker) -> None:
    claim(fitted(make).explain(frames_for(make).windows(ASKED)) is None, "tags say explains=False, explain gives some")
