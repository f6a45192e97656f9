"""A recording lived through day by day: cleaned, scored, watched and, when a policy says so, trained on again.

Every step is the one that operation takes; only the clock is the recording's. What came of it is told in standing.py.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from time import process_time

import polars as pl

from ...config import FleetConfig, Platform
from ...errors import FeatureError
from ..choose import Choice, choose_champion
from ..days import DAY, Span, midnight
from ..monitor import drift_days, verdicts
from ..prepare import clean_days, feature_days, label_days, stage
from ..score import score_days
from ..site import Progress, Site
from ..train import trailing, train_all
from .policies import Asked, Policy


@dataclass(frozen=True)
class Retraining:
    """One retraining at the end of a day.

    Attributes
    ----------
    day : after whose scores it was launched; what it made scores from the next day on.
    reason : why it was launched.
    promoted : whether the champion changed.
    champion : who scores afterwards.
    decision : why it did or did not change.
    """

    day: date
    reason: str
    promoted: bool
    champion: str
    decision: str


@dataclass
class Life:
    """What happened under one policy.

    Attributes
    ----------
    scores : unit_id, window_start, window_end, score, is_anomaly, model_version of every day after the first training.
    verdicts : judged days and whether they had drifted.
    daily_seconds, retraining_seconds : CPU time of this process.
    """

    policy: str
    retrainings: list[Retraining] = field(default_factory=list)
    scores: pl.DataFrame = field(default_factory=pl.DataFrame)
    verdicts: list[tuple[date, bool]] = field(default_factory=list)
    daily_seconds: float = 0.0
    retraining_seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Replay:
    """The same days under several policies; the first is what the others are held against.

    Attributes
    ----------
    recording, live : all days, and those after the first training, which are scored.
    champion : made by the first training, the same for all.
    labels : what really happened in the live days, cut at midnight.
    labels_known : whether the platform was told.
    """

    fleet: FleetConfig
    recording: Span
    live: Span
    champion: str
    labels: pl.DataFrame
    labels_known: bool
    lives: tuple[Life, ...]


def replay(
    fleet: FleetConfig,
    raw: Path,
    root: Path,
    recording: Span,
    policies: Sequence[Policy],
    *,
    labels_known: bool = False,
    progress: Progress | None = None,
) -> Replay:
    """Live through a recording once per policy; all start from the same first champion.

    Parameters
    ----------
    raw : the fleet's raw files, labels among them.
    root : an empty folder; every policy has an installation of its own below it, with its warehouse in memory.
    recording : days that ``raw`` covers; of later days no table ever knows.
    labels_known : whether labels reach the platform day by day. If not, faults are learnt from like everything else,
        and models are tried on injected faults alone.

    Raises
    ------
    FeatureError
        If the recording ends before the fleet's first training window.
    """
    live = Span(_first_trained(fleet, recording), recording.end)
    known, lives = Span(recording.start, live.start), []
    first = _begun(fleet, raw, root / "first", known, labels_known)
    for number, policy in enumerate(policies):
        shutil.copytree(root / "first", root / f"policy_{number}")
        site = _installation(fleet, raw, root / f"policy_{number}")
        _prepare(site, fleet, known, labels_known)
        lives.append(_lived(site, fleet, live, policy, labels_known=labels_known, progress=progress))
    champion = first.registry.get(fleet.fleet, "champion").name
    labels = first.source(fleet).labels(live.start, live.end)
    return Replay(fleet, recording, live, champion, labels, labels_known, tuple(lives))


def _begun(fleet: FleetConfig, raw: Path, home: Path, known: Span, labels_known: bool) -> Site:
    site = _installation(fleet, raw, home)
    stage(site, fleet)
    _prepare(site, fleet, known, labels_known)
    train_all(site, fleet)
    choose_champion(site, fleet)
    return site


def _lived(
    site: Site, fleet: FleetConfig, live: Span, policy: Policy, *, labels_known: bool, progress: Progress | None
) -> Life:
    life, last = Life(policy.name), None
    for number, day in enumerate(live.days()):
        began, now = process_time(), midnight(day + DAY)
        _day(site, fleet, Span(day, day + DAY), labels_known)
        asked = policy.due(Asked(site, fleet, now, midnight(live.start), last))
        life.daily_seconds += process_time() - began
        if asked.retrain:
            began, last = process_time(), now
            life.retrainings.append(_retrained(site, fleet, day, asked.reason))
            life.retraining_seconds += process_time() - began
        if progress is not None:
            progress(policy.name, number + 1, len(live.days()))
    columns = ["unit_id", "window_start", "window_end", "score", "is_anomaly", "model_version"]
    life.scores = site.warehouse.read(site.table(fleet, "scores"), columns=columns)
    life.verdicts = verdicts(site, fleet)
    return life


def _day(site: Site, fleet: FleetConfig, day: Span, labels_known: bool) -> None:
    _prepare(site, fleet, day, labels_known)
    score_days(site, fleet, day)
    drift_days(site, fleet, day)


def _prepare(site: Site, fleet: FleetConfig, span: Span, labels_known: bool) -> None:
    clean_days(site, fleet, span)
    if labels_known:
        label_days(site, fleet, span)
    feature_days(site, fleet, span)


def _retrained(site: Site, fleet: FleetConfig, day: date, reason: str) -> Retraining:
    train_all(site, fleet, trailing(fleet))
    choice: Choice = choose_champion(site, fleet)
    champion = site.registry.get(fleet.fleet, "champion").name
    return Retraining(day, reason, choice.decision.promote, champion, choice.decision.reason)


def _installation(fleet: FleetConfig, raw: Path, home: Path) -> Site:
    uri = f"sqlite:///{home / 'registry' / 'mlflow.sqlite'}"
    platform = Platform(home=home, configs=home / "configs", tracking_uri=uri, warehouse=Path(":memory:"))
    return Site(platform, {fleet.fleet: raw})


def _first_trained(fleet: FleetConfig, recording: Span) -> date:
    """Give the day on which the whole first training window has been recorded."""
    window = fleet.training.window
    length = window.first or window.early_life or window.trailing or timedelta()
    day = window.end or (midnight(recording.start) + length + DAY - datetime.resolution).date()
    if day >= recording.end:
        raise FeatureError(
            f"fleet {fleet.fleet} has no day to live through after its first training",
            found=f"a recording from {recording.start} until {recording.end}, trained on {day}",
            remedy="replay more days",
        )
    return day
