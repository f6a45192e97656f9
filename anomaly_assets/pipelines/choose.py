"""Who is champion: challengers and champion are tried on the same held-back windows, never on test data.

With enough labelled events there, those are the trial; otherwise faults are injected into the fleet's own clean
readings. A model is judged by the events it catches within the alarm budget and by how rare their peaks are among
clean windows, and by its false alarms. The rule itself is the registry's.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from ..config import FleetConfig
from ..contracts import feature_columns
from ..errors import RegistryError
from ..registry import Bundle, ModelVersion, PromotionDecision, Trial, decide_promotion, tournament
from .exam import Exam, set_exam, sit
from .gates import consult_gates
from .site import Site
from .train import lesson_of


@dataclass(frozen=True)
class Choice:
    """Who was tried, how they did, and what was decided.

    Attributes
    ----------
    champion, challenger : the one before, and the best of the new ones.
    decision : whether the challenger was promoted, and why.
    trials : by the versions' names.
    judged_on : what the events were.
    """

    champion: ModelVersion | None
    challenger: ModelVersion | None
    decision: PromotionDecision
    trials: dict[str, Trial]
    judged_on: str

    @property
    def regret(self) -> float | None:
        """How much better the best trial was on the mean than that of who is champion now; None without a trial."""
        now = self.challenger if self.decision.promote else self.champion
        means = {
            name: float(np.nan_to_num(np.mean(t.statistic))) for name, t in self.trials.items() if t.statistic.size
        }
        if now is None or now.name not in means:
            return None
        return max(mean for name, mean in means.items() if not self.trials[name].sanity_only) - means[now.name]


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
    trials = {number: sit(fleet, bundle, exam) for number, bundle in bundles.items()}
    won = tournament([trials[rival.version] for rival in rivals], fleet.promotion)
    best = rivals[won or 0]
    incumbent = trials[champion.version] if champion else None
    decision = decide_promotion(
        incumbent, trials[best.version], fleet.promotion, seed=fleet.training.seed, last_resort=champion is None
    )
    decision = consult_gates(site, fleet, decision, best, champion)
    site.registry.set_alias(fleet.fleet, "challenger", best.version, decision.reason)
    if decision.promote:
        site.registry.set_alias(fleet.fleet, "champion", best.version, decision.reason)
    named = {version.name: trials[version.version] for version in tried}
    return Choice(champion, best, decision, named, exam.judged_on)


def _exam(site: Site, fleet: FleetConfig, bundle: Bundle) -> Exam:
    """Set the exam on what a bundle held back."""
    lesson = lesson_of(site, fleet, bundle)
    reach = fleet.lookback + fleet.stride
    first, last = lesson.spans.select(pl.col("resume").min() - reach, pl.col("end").max()).row(0)
    return set_exam(fleet, lesson, site.warehouse.read(site.table(fleet, "cleaned_sensors"), first, last))


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
    """Give each configured detector's newest version that is newer than the champion, in the order of the file.

    That order is one of preference: between models that tie, the earlier one is taken.
    """
    newest: dict[str, ModelVersion] = {}
    for version in site.registry.versions(fleet.fleet):
        newer = champion is None or version.version > champion.version
        if newer and version.detector in fleet.detectors:
            newest.setdefault(version.detector, version)
    ordered = [newest[detector] for detector in fleet.detectors if detector in newest]
    return [version for version in ordered if _can_score(site, fleet, version)]
