"""The champion, measured: one asset with the report, and its gates as checks that stop a run.

What is measured and what a gate is, is said in pipelines/; pictures and tables are made in evaluation_report.py.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from ..pipelines import GATES, GateVerdict, Site, evaluate, judge_gates, save_report
from .evaluation_report import told
from .graph import FleetGraph
from .reporting import failed
from .site_resource import SiteResource

ASKS = {
    "auc": "Area under the ROC curve, at least {}, by the lower end of its interval.",
    "precision": "Share of alarming windows that are anomalous, at least {}, by the lower end of its interval.",
    "recall": "Share of anomalous windows that alarm, at least {}, by the lower end of its interval.",
    "event_precision": "Share of alarms in which something was wrong, at least {}, by the lower end of its interval.",
    "event_recall": "Share of labelled events with an alarm, at least {}, by the lower end of its interval.",
    "far": "Share of normal windows that alarm, at most {}, by the upper end of its interval.",
    "false_alarms_per_day": "False alarms per unit and day, at most {}, by the upper end of their interval.",
    "latency": "Milliseconds to score one window alone, median, at most {}.",
    "beats_trivial": "Average precision above that of every trivial detector by more than {}, beyond noise.",
}


def evaluation(graph: FleetGraph) -> dg.AssetsDefinition:
    """Measure the champion on windows it was never fitted on, and judge the fleet's gates by it."""
    spec = graph.model_spec(
        "evaluation",
        [graph.dep(name) for name in ("champion", "features", "labels")],
        {"python"},
        "How good the champion is on windows it was never fitted on, beside detectors that know nothing.",
    )
    asked = {name: getattr(graph.fleet.gates, name) for name in GATES}
    gates = [
        dg.AssetCheckSpec(name, asset=spec.key, blocking=True, description=ASKS[name].format(f"{bound:g}"))
        for name, bound in asked.items()
        if bound is not None
    ]

    @dg.multi_asset(name=graph.op_name("evaluation"), specs=[spec], check_specs=gates)
    def asset(context: dg.AssetExecutionContext, site: SiteResource) -> Iterator[Any]:
        opened = site.open(context)
        if opened.registry.alias(graph.fleet.fleet) is None:
            yield from _nothing_to_judge(spec.key, gates)
            return
        with failed():
            measured = evaluate(opened, graph.fleet)
        verdicts = judge_gates(measured, graph.fleet.gates)
        place = save_report(opened, graph.fleet, measured, verdicts)
        yield dg.MaterializeResult(asset_key=spec.key, metadata=told(measured, verdicts, place))
        severity = _severity(opened, graph)
        yield from (_result(spec.key, verdict, severity) for verdict in verdicts)

    return asset


def _nothing_to_judge(key: dg.AssetKey, gates: list[dg.AssetCheckSpec]) -> Iterator[Any]:
    note = "not judged: there is no champion yet"
    yield dg.MaterializeResult(asset_key=key, metadata={"note": note})
    for gate in gates:
        yield dg.AssetCheckResult(
            passed=True,
            asset_key=key,
            check_name=gate.name,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"verdict": note},
        )


def _result(key: dg.AssetKey, verdict: GateVerdict, severity: dg.AssetCheckSeverity) -> dg.AssetCheckResult:
    """A gate that nothing could judge passes with a warning."""
    numbers = {name: getattr(verdict, name) for name in ("bound", "value", "low", "high")}
    return dg.AssetCheckResult(
        passed=verdict.passed is not False,
        asset_key=key,
        check_name=verdict.name,
        severity=dg.AssetCheckSeverity.WARN if verdict.passed is None else severity,
        metadata={"verdict": verdict.sentence, **{name: of for name, of in numbers.items() if of is not None}},
    )


def _severity(site: Site, graph: FleetGraph) -> dg.AssetCheckSeverity:
    """Warn where gates are not enforced, and while a fleet's first champion has no rival: somebody has to begin."""
    registry, fleet = site.registry, graph.fleet.fleet
    champions = {change.version for change in registry.history(fleet) if change.alias == "champion"}
    alone = len(champions) < 2 and registry.alias(fleet, "challenger") in (None, registry.alias(fleet))
    warns = alone or not graph.fleet.gates.enforce
    return dg.AssetCheckSeverity.WARN if warns else dg.AssetCheckSeverity.ERROR
