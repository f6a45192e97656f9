"""What the platform would ship for a group: a detector chosen, and thresholds set, by what the protocol lets be seen.

Every choice is the registry's own tournament over trials; test labels never come here, but those of *other* rounds
where a protocol says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from ...config import FleetConfig
from ...evaluation import label_windows
from ...registry import Trial, tournament
from ..exam import events_in
from ..seeing import agreement
from .running import Result

Group = Mapping[str, Mapping[str, Result]]
"""Results of one group: by round, then by detector in the order of preference."""


@dataclass(frozen=True)
class Decided:
    """Judged windows of one detector in one round, decisions made.

    Attributes
    ----------
    detector : its name, or ``selected``.
    scored : rows of the ``scores`` table; scores and thresholds are told in units of the model's own training scores.
    """

    detector: str
    scored: pl.DataFrame
    result: Result

    @property
    def chosen(self) -> str:
        """The detector behind it."""
        return self.result.detector


def decide(fleet: FleetConfig, group: Group) -> Iterator[Decided]:
    """Make the decisions of every detector in every round of a group, and those of ``selected``."""
    for name, results in group.items():
        others = {other: found for other, found in group.items() if other != name}
        borrowed = next(iter(results.values())).round.labels == "other_rounds" and bool(others)
        bounds = {d: _bound([found[d] for found in others.values() if d in found]) for d in results} if borrowed else {}
        made = {d: _decided(result, bounds.get(d)) for d, result in results.items()}
        yield from made.values()
        best = _best(fleet, results, others if borrowed else group, bounds)
        if best is not None:
            yield replace(made[best], detector="selected")


def _decided(result: Result, bound: float | None) -> Decided:
    """Tell scores in units; a bound from other rounds takes the place of the model's own threshold."""
    score = pl.col("score") / result.unit
    threshold = pl.col("threshold") / result.unit if bound is None else pl.lit(bound)
    scored = result.scored.with_columns(score=score, threshold=threshold)
    if bound is not None and not result.always:
        scored = scored.with_columns(is_anomaly=pl.col("score") > bound)
    return Decided(result.detector, scored, result)


def _bound(results: list[Result]) -> float | None:
    """The score, in units, above which decisions agree best (F1) with the labels of these rounds."""
    labelled = [label_windows(result.scored, result.round.recordings.labels).to_numpy() for result in results]
    anomalous = np.concatenate([np.empty(0, dtype=bool), *labelled])
    score = np.concatenate([np.empty(0), *(result.scored["score"].to_numpy() / result.unit for result in results)])
    if not anomalous.any():
        return None
    order = np.argsort(-score, kind="stable")
    flagged = np.arange(1, len(order) + 1)
    f1 = 2 * np.cumsum(anomalous[order]) / (flagged + anomalous.sum())
    f1[:-1][np.diff(score[order]) == 0] = -1.0  # no bound lies between equal scores
    return float(np.nextafter(score[order][int(np.argmax(f1))], -np.inf))


def _best(
    fleet: FleetConfig, results: Mapping[str, Result], seen: Group, bounds: Mapping[str, float | None]
) -> str | None:
    """Hold the tournament on what may be seen: this round's labels, no labels at all, or other rounds' labels."""
    able = [detector for detector, result in results.items() if not result.trial.sanity_only]
    if bounds:
        trials = [_agreed(detector, seen, bounds[detector]) for detector in able]
    elif next(iter(results.values())).round.labels == "held_back":
        trials = [results[detector].trial for detector in able]
    else:
        trials = [_pooled([found[detector].trial for found in seen.values() if detector in found]) for detector in able]
    fair = [(d, trial) for d, trial in zip(able, trials, strict=True) if len(trial.statistic) == _most(trials)]
    won = tournament([trial for _, trial in fair], fleet.promotion)
    return None if won is None else fair[won][0]


def _most(trials: list[Trial]) -> int:
    return max(len(trial.statistic) for trial in trials)


def _pooled(trials: list[Trial]) -> Trial:
    return replace(
        trials[0],
        blocks=np.concatenate([trial.blocks for trial in trials]),
        statistic=np.concatenate([trial.statistic for trial in trials]),
        alarms=sum(trial.alarms for trial in trials),
        unit_days=sum(trial.unit_days for trial in trials),
    )


def _agreed(detector: str, others: Group, bound: float | None) -> Trial:
    """Try a detector on the labelled events of other rounds, at the bound that those rounds gave."""
    found = [results[detector] for results in others.values() if detector in results]
    events = [events_in(result.scored, result.round.recordings.labels) for result in found]
    parts = [
        agreement(
            known, result.scored.with_columns(pl.col("score") / result.unit), bound if bound is not None else np.inf
        )
        for known, result in zip(events, found, strict=True)
    ]
    blocks = np.concatenate([np.empty(0, dtype=object), *(known["unit_id"].to_numpy() for known in events)])
    return Trial(detector, sanity_only=False, blocks=blocks, statistic=np.concatenate([np.empty(0), *parts]))
