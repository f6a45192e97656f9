"""When drift launches a retraining: days in a row, cooldown, age. Pure; who launches it is orchestration's business."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter

from ..config import RetrainingConfig, format_duration


@dataclass(frozen=True)
class RetrainDecision:
    """Whether to train again, the reason as a sentence, and the drifted days that asked for it."""

    retrain: bool
    reason: str
    days: tuple[date, ...] = ()


def decide_retrain(
    verdicts: Iterable[tuple[date, bool]],
    config: RetrainingConfig,
    now: datetime,
    last_retraining: datetime | None,
) -> RetrainDecision:
    """Retrain when the latest ``drifted_days`` days that have a verdict have all drifted, and it is not too soon.

    Parameters
    ----------
    verdicts : days with a verdict and whether they drifted, in any order; of a day given twice the later one counts.
    config : days in a row, cooldown, and the age beyond which a day is history and not news.
    now : aware of its zone, as is ``last_retraining``; days are UTC days.
    last_retraining : when the latest one was launched, if ever.
    """
    oldest = (now - config.max_age).date()
    recent = sorted((day, drifted) for day, drifted in dict(verdicts).items() if day >= oldest)
    latest, wanted = recent[-config.drifted_days :], config.drifted_days
    if len(latest) < wanted:
        age = format_duration(config.max_age)
        return RetrainDecision(False, f"{len(latest)} of {wanted} days with a verdict in the last {age}")
    days = tuple(day for day, drifted in latest if drifted)
    if len(days) < wanted:
        return RetrainDecision(False, f"{len(days)} of the latest {wanted} days with a verdict drifted, not all", days)
    if last_retraining is not None and now - last_retraining < config.cooldown:
        wait = f"the latest retraining was at {last_retraining:%Y-%m-%d %H:%M}"
        return RetrainDecision(False, f"{wait} and the cooldown is {format_duration(config.cooldown)}", days)
    return RetrainDecision(True, f"{wanted} days in a row drifted, {days[0]} to {days[-1]}", days)


def either(asked: Mapping[str, RetrainDecision]) -> RetrainDecision:
    """Retrain when one of several decisions, by what they look at, wants to; the reason says which.

    Parameters
    ----------
    asked : at least one; a single one is given back as it is.
    """
    if len(asked) == 1:
        return next(iter(asked.values()))
    wanting = {name: decision for name, decision in asked.items() if decision.retrain}
    told = wanting or asked
    days = {day for decision in told.values() for day in decision.days}
    reason = "; ".join(f"{name}: {decision.reason}" for name, decision in told.items())
    return RetrainDecision(bool(wanting), reason, tuple(sorted(days)))


def drifted_rows(verdicts: Iterable[tuple[date, bool]], wanted: int) -> list[tuple[date, ...]]:
    """Give the rows of drifted days that are as long as wanted, or take in every day that has a verdict.

    Parameters
    ----------
    verdicts : days with a verdict and whether they drifted, in any order.
    wanted : days in a row, as in ``retraining.drifted_days``.
    """
    judged = sorted(dict(verdicts).items())
    rows = [tuple(day for day, _ in row) for drifted, row in groupby(judged, itemgetter(1)) if drifted]
    return [row for row in rows if len(row) >= min(wanted, len(judged))]
