"""Whether a challenger replaces the champion: a paired comparison on validation data, and the alarm budget.

Pure: two trials in, a decision and its reason out. Test data is for reporting and never comes here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..config import PromotionConfig
from ..errors import RegistryError

Interval = tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class Trial:
    """How one model did on the validation windows.

    Attributes
    ----------
    detector : its name in the fleet's file.
    sanity_only : a baseline to compare with; never promoted.
    blocks : shape (n_events,), what each event belongs to, such as its unit; events of one block are not independent.
    statistic : shape (n_events,), how well each event was detected, higher is better, NaN where that is not defined. By
        "caught or not" a model that always alarms is perfect; a statistic without a threshold, such as the rank of the
        event's highest score among those of clean windows, can't be flattered so.
    alarms, unit_days : false alarms raised on clean windows, and how much observed time these cover.
    budget_per_unit_day : alarms that the model's threshold was calibrated for; None where it has no budget.
    """

    detector: str
    sanity_only: bool
    blocks: NDArray
    statistic: NDArray
    alarms: int = 0
    unit_days: float = 0.0
    budget_per_unit_day: float | None = None

    @property
    def budget_ratio(self) -> float | None:
        """Realised over budgeted alarms; None where there is no budget or no time was observed."""
        if not self.budget_per_unit_day or not self.unit_days:
            return None
        return self.alarms / self.unit_days / self.budget_per_unit_day


@dataclass(frozen=True)
class PromotionDecision:
    """Whether to promote, the reason as a sentence, and the numbers behind it.

    Attributes
    ----------
    difference : mean over the events of challenger minus champion; None where nothing was compared.
    lower, upper : bootstrap interval of it; None with too few events to tell anything from noise.
    events : number of events compared.
    """

    promote: bool
    reason: str
    difference: float | None = None
    lower: float | None = None
    upper: float | None = None
    events: int = 0


def decide_promotion(
    champion: Trial | None, challenger: Trial, config: PromotionConfig, *, seed: int = 0, last_resort: bool = False
) -> PromotionDecision:
    """Compare a challenger with the champion on the events that both were tried on.

    In this order: a sanity baseline is never promoted, nor is a challenger that breaks the alarm budget. Without a
    champion the first one left wins. Otherwise it must be better beyond noise: the lower bound of the paired bootstrap
    interval over blocks (Efron and Tibshirani, An Introduction to the Bootstrap, 1993) lies above zero, and the mean
    difference reaches the margin below which a change is not worth its while. A champion that
    has broken its own budget, because the world moved, gives way to a challenger that keeps it and detects no worse:
    zero is not above the whole interval.

    Parameters
    ----------
    config : confidence, resamples, margin, and the largest tolerable ratio of realised to budgeted alarms.
    seed : of the resampling.
    last_resort : promote a challenger that breaks the budget too, where a fleet would otherwise have no champion.

    Raises
    ------
    RegistryError
        If the two were not tried on the same events.
    """
    if challenger.sanity_only:
        return PromotionDecision(False, f"{challenger.detector} is a sanity baseline and is never promoted")
    if champion is None:
        return _first(challenger, config, last_resort)
    difference, blocks = _paired(champion, challenger)
    interval = _interval(difference, blocks, config, seed)
    promote, reason = _judged(champion, challenger, difference, interval, config)
    mean, (lower, upper) = float(difference.mean()) if len(difference) else None, interval or (None, None)
    return PromotionDecision(promote, reason, mean, lower, upper, len(difference))


def tournament(trials: Sequence[Trial], config: PromotionConfig) -> int | None:
    """Find the best of several new models, none of which has scored anything yet.

    The one that sees events best on the mean, of those that keep the alarm budget (of all where nobody does). The order
    is one of preference: the first within the margin of the best is taken. Noise is no argument here, since one of them
    has to be taken; it is when the winner challenges a champion.

    Returns
    -------
    Position of the winner; None where every trial is of a baseline.
    """
    able = [number for number, trial in enumerate(trials) if not trial.sanity_only]
    fair = [number for number in able if _keeps_budget(trials[number], config)] or able
    means = {number: _mean(trials[number]) for number in fair}
    return next((number for number in fair if means[number] >= max(means.values()) - config.margin), None)


def _mean(trial: Trial) -> float:
    known = np.asarray(trial.statistic, np.float64)
    known = known[np.isfinite(known)]
    return float(known.mean()) if known.size else 0.0


def _first(challenger: Trial, config: PromotionConfig, last_resort: bool) -> PromotionDecision:
    budget = _budget("challenger", challenger, config)
    if _keeps_budget(challenger, config):
        return PromotionDecision(True, f"there was no champion; {budget}")
    if last_resort:
        return PromotionDecision(True, f"there was no champion and nobody kept the budget; {budget}")
    return PromotionDecision(False, f"{budget}; there is still no champion")


def _judged(
    champion: Trial, challenger: Trial, difference: NDArray, interval: Interval, config: PromotionConfig
) -> tuple[bool, str]:
    budget, compared = _budget("challenger", challenger, config), _compared(difference, interval, config)
    if not _keeps_budget(challenger, config):
        return False, f"{budget}; champion {champion.detector} stays"
    better = interval is not None and interval[0] > 0
    if better and difference.mean() >= config.margin:
        return True, f"{compared}: better beyond noise; {budget}"
    worse = interval is not None and interval[1] < 0
    if not _keeps_budget(champion, config) and not worse:
        return True, f"{_budget('champion', champion, config)}, {budget}; {compared}: no worse beyond noise"
    small = f"better by less than the margin of {config.margin:g}"
    tie = "too little to tell from noise" if interval is None else "a tie"
    verdict = small if better else "worse beyond noise" if worse else tie
    return False, f"{compared}: {verdict}; champion {champion.detector} stays"


def _paired(champion: Trial, challenger: Trial) -> tuple[NDArray, NDArray]:
    if not np.array_equal(champion.blocks, challenger.blocks):
        found = f"{len(champion.blocks)} and {len(challenger.blocks)} events, or of other blocks"
        raise RegistryError("champion and challenger were not tried on the same events", found=found)
    difference = np.asarray(challenger.statistic, np.float64) - np.asarray(champion.statistic, np.float64)
    defined = np.isfinite(difference)
    return difference[defined], np.asarray(challenger.blocks)[defined]


def _interval(difference: NDArray, blocks: NDArray, config: PromotionConfig, seed: int) -> Interval:
    """Percentile interval of the mean over resampled blocks; over resampled events where there are too few blocks.

    None with so few of both that even a unanimous verdict would be chance often enough: 2^-n above the tail's share.
    """
    tail = (1 - config.confidence) / 2
    needed = math.ceil(-math.log2(tail))
    of_block = np.unique(blocks, return_inverse=True)[1]
    if len(np.unique(of_block)) < needed:
        of_block = np.arange(len(difference))
    if len(of_block) < needed:
        return None
    sums, sizes = np.bincount(of_block, difference), np.bincount(of_block)
    drawn = np.random.default_rng(seed).integers(len(sums), size=(config.resamples, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    lower, upper = np.quantile(means, [tail, 1 - tail])
    return float(lower), float(upper)


def _keeps_budget(trial: Trial, config: PromotionConfig) -> bool:
    return trial.budget_ratio is None or trial.budget_ratio <= config.budget_tolerance


def _budget(role: str, trial: Trial, config: PromotionConfig) -> str:
    who = f"{role} {trial.detector}"
    if trial.budget_ratio is None:
        return f"{who} has no alarm budget"
    verb = "keeps" if _keeps_budget(trial, config) else "breaks"
    return (
        f"{who} {verb} its alarm budget ({trial.budget_ratio:.2g} x realised, {config.budget_tolerance:g} x tolerated)"
    )


def _compared(difference: NDArray, interval: Interval, config: PromotionConfig) -> str:
    if not len(difference):
        return "no event in validation to compare them on"
    bounds = f", {config.confidence:.0%} interval {interval[0]:+.3f} to {interval[1]:+.3f}" if interval else ""
    return f"challenger minus champion {difference.mean():+.3f} on {len(difference)} events{bounds}"
