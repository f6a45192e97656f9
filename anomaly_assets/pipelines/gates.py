"""Whether a model reaches the bounds that its fleet asks for, and what follows from it for who may be promoted.

Measuring is done in evaluate.py; with too few events a bound is not judged, and the verdict says so.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite

from ..config import FleetConfig, GatesConfig
from ..registry import ModelVersion, PromotionDecision
from .evaluate import Evaluation, evaluate_held_back
from .site import Site

AT_LEAST = {
    "auc": "roc_auc",
    "precision": "precision",
    "recall": "recall",
    "event_precision": "event_precision",
    "event_recall": "event_recall",
}
"""Gates that the lower end of an interval must reach, and the measures they hold; all need events."""

AT_MOST = {"far": "far", "false_alarms_per_day": "false_alarms_per_day"}
"""Gates that the upper end of an interval must not exceed; they need normal windows alone."""

GATES = (*AT_LEAST, *AT_MOST, "latency", "beats_trivial")


@dataclass(frozen=True)
class GateVerdict:
    """One bound, judged.

    Attributes
    ----------
    name : as in the fleet's file.
    bound : as in the fleet's file.
    value, low, high : what was measured and its interval; None where there is none.
    passed : None where nothing could be judged.
    sentence : the verdict in words; of a failed one, which bound it missed and by how much.
    """

    name: str
    bound: float
    value: float | None
    low: float | None
    high: float | None
    passed: bool | None
    sentence: str


def judge_gates(evaluation: Evaluation, gates: GatesConfig) -> list[GateVerdict]:
    """Hold what was measured against every bound that is not null, in the order of `GATES`."""
    asked = {name: getattr(gates, name) for name in GATES}
    return [_judge(name)(name, bound, evaluation, gates) for name, bound in asked.items() if bound is not None]


def consult_gates(
    site: Site,
    fleet: FleetConfig,
    decision: PromotionDecision,
    challenger: ModelVersion,
    champion: ModelVersion | None,
) -> PromotionDecision:
    """Let the gates keep a challenger from being promoted, by what was held back from it.

    Where there is no champion to keep, or the fleet's gates are not enforced, it is promoted with a warning.
    """
    if not decision.promote:
        return decision
    bundle = site.registry.load(fleet.fleet, challenger.version)
    verdicts = judge_gates(evaluate_held_back(site, fleet, bundle, challenger.name), fleet.gates)
    failed = "; ".join(verdict.sentence for verdict in verdicts if verdict.passed is False)
    if not failed:
        held = ", ".join(verdict.name for verdict in verdicts if verdict.passed) or "none could be judged"
        return replace(decision, reason=f"{decision.reason}; gates that hold: {held}")
    if champion is None:
        return replace(decision, reason=f"{decision.reason}; warning: no champion to keep, although {failed}")
    if not fleet.gates.enforce:
        return replace(decision, reason=f"{decision.reason}; warning: {failed}")
    return replace(decision, promote=False, reason=f"{challenger.name} fails a gate: {failed}; {champion.name} stays")


Judge = Callable[[str, float, Evaluation, GatesConfig], GateVerdict]


def _judge(name: str) -> Judge:
    return {"latency": _latency, "beats_trivial": _beats}.get(name, _measure)


def _measure(name: str, bound: float, evaluation: Evaluation, gates: GatesConfig) -> GateVerdict:
    measured, below = evaluation.measured, name in AT_MOST
    measure = (AT_MOST if below else AT_LEAST)[name]
    value, ends = getattr(measured, measure), measured.intervals.get(measure)
    low, high = ends or (None, None)
    problem = _untold(evaluation, gates, needs_events=not below)
    problem = problem or (f"{name} is not defined" if value is None else None)
    problem = problem or ("too few independent parts tell how sure it is" if low is None else None)
    if problem or low is None or high is None or value is None:
        return GateVerdict(name, bound, value, low, high, None, f"{name} is not judged: {problem}")
    told = f"{name} {value:.3g}, {gates.confidence:.0%} interval {low:.3g} to {high:.3g}"
    end, verb = (high, "upper") if below else (low, "lower")
    gap = end - bound if below else bound - end
    asked = f"{'at most' if below else 'at least'} {bound:.3g}"
    if gap > 0:
        sentence = f"{told}: its {verb} end misses the bound, {asked}, by {gap:.3g}"
        return GateVerdict(name, bound, value, low, high, False, sentence)
    return GateVerdict(name, bound, value, low, high, True, f"{told}: its {verb} end keeps the bound, {asked}")


def _latency(name: str, bound: float, evaluation: Evaluation, gates: GatesConfig) -> GateVerdict:
    spent = evaluation.latency
    if spent.median is None:
        return GateVerdict(name, bound, None, None, None, None, "latency is not judged: there is no window to score")
    told = f"latency {spent.median:.3g} ms for one window, median of {spent.calls} calls"
    passed = spent.median <= bound
    verdict = "keeps the bound" if passed else "misses the bound"
    more = "" if passed else f" by {spent.median - bound:.3g} ms"
    sentence = f"{told}: {verdict}, at most {bound:.3g} ms,{more}".rstrip(",")
    return GateVerdict(name, bound, spent.median, spent.p05, spent.p95, passed, sentence)


def _beats(name: str, bound: float, evaluation: Evaluation, gates: GatesConfig) -> GateVerdict:
    hardest = min(evaluation.against, key=lambda other: other.difference.low, default=None)
    problem = _untold(evaluation, gates, needs_events=True)
    if hardest is not None and not isfinite(hardest.difference.low):
        problem = problem or "fewer than two independent parts hold an event"
    if problem or hardest is None:
        return GateVerdict(name, bound, None, None, None, None, f"{name} is not judged: {problem or 'no trivial row'}")
    value, low, high, _ = hardest.difference
    beaten = [other for other in evaluation.against if other.difference.low > bound]
    unbeaten = [other for other in evaluation.against if other.difference.low <= bound]
    said = "; ".join(_said(other.name, other.difference, gates) for other in unbeaten or beaten)
    if unbeaten:
        sentence = f"{name}: average precision is not above that of trivial detectors by more than {bound:g}: {said}"
        return GateVerdict(name, bound, value, low, high, False, sentence)
    return GateVerdict(name, bound, value, low, high, True, f"{name}: average precision is above that of all: {said}")


def _said(name: str, difference: tuple[float, float, float, int], gates: GatesConfig) -> str:
    value, low, high, _ = difference
    return f"{name} {value:+.3g}, {gates.confidence:.0%} interval {low:+.3g} to {high:+.3g}"


def _untold(evaluation: Evaluation, gates: GatesConfig, *, needs_events: bool) -> str | None:
    measured = evaluation.measured
    if not measured.windows:
        return "no window was left to judge on"
    if not needs_events or measured.events >= gates.min_events:
        return None
    return (
        f"{measured.events or 'no'} labelled event{'s' if measured.events > 1 else ''}, {gates.min_events} are needed"
    )
