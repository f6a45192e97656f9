"""The model card: what a model is for, what it learnt from, how good it was found, and what it can't do, for people.

Figures come from the bundle and the evaluation's record, and stand with their intervals and beside the trivial
detectors on the same windows (Mitchell et al. 2019, Model cards for model reporting).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...detectors import Detector
from ..bundle import Bundle
from .documents import Subject
from .parity import Parity

MEASURES = {
    "auc_pr": "average precision (AUC-PR)",
    "prevalence": "share of anomalous windows (AUC-PR of a random score)",
    "vus_pr": "VUS-PR",
    "roc_auc": "area under the ROC curve",
    "f1": "F1 of windows",
    "precision": "precision of windows",
    "recall": "recall of windows",
    "far": "share of normal windows that alarm",
    "event_recall": "labelled events found",
    "event_precision": "alarms in which something was wrong",
    "false_alarms_per_day": "false alarms per unit and day",
    "detection_delay_median_s": "median delay of detection, s",
    "lead_time_median_s": "median lead time before failures, s",
    "alarm_budget_ratio": "alarms on clean windows over the budgeted",
}
BESIDE = ("auc_pr", "roc_auc", "f1", "event_recall", "event_precision", "false_alarms_per_day")
SHOWN = 20
"""So many units or features are listed; of more it is said how many there are."""


def card(subject: Subject, version: str, parity: Parity) -> str:
    """Write the card in Markdown."""
    sections = {
        "Intended use": _use(subject),
        "What it learnt from": _learnt(subject.bundle),
        "How good it was found": _found(subject),
        "Limits": _limits(subject),
        "Reference for drift": _drift(subject.bundle),
        "How to score": _how(subject),
        "How to verify": _verify(parity),
        "Where it comes from": _origin(subject),
    }
    head = [f"# {subject.name} {version}", "", f"Status when it was exported: **{subject.status}**."]
    parts = [line for title, lines in sections.items() for line in ("", f"## {title}", "", *lines)]
    return "\n".join([*head, *parts]) + "\n"


def _use(subject: Subject) -> list[str]:
    manifest, detector = subject.bundle.manifest, subject.bundle.detector
    fleet = manifest.fleet_config
    sensors = (
        [f"{name} ({of.measures})" if of.measures else name for name, of in fleet.sensors.items()] if fleet else []
    )
    stated = f": {fleet.description.rstrip('.')}" if fleet and fleet.description else ""
    return [
        f"Scores windows of the sensors of fleet `{manifest.fleet}`{stated}. A window whose score is above the "
        "threshold is flagged for a person to look at; the flag alone is no reason to stop a machine, and the model "
        "is no part of a safety function. It is not meant for other fleets, sensors or features.",
        "",
        f"Method: `{manifest.kind}`. {_first_sentence(detector)}",
        *(["", f"Sensors: {', '.join(sensors)}."] if sensors else []),
    ]


def _learnt(bundle: Bundle) -> list[str]:
    manifest, profile = bundle.manifest, bundle.profile
    rows = [
        (unit, _day(start), _day(end), _day(manifest.validation_windows.get(unit, (None,))[0]))
        for unit, (start, end) in sorted(manifest.training_windows.items())
    ]
    counted = f"{profile.training.windows:,} windows" if profile else "Windows"
    asked = ", ".join(f"{name} {value}" for name, value in manifest.window.items()) or "not told"
    return [
        f"{counted}, {len(rows)} unit{'' if len(rows) == 1 else 's'}. Training window as the fleet's file says it: "
        f"{asked}. The later part of each unit's window was held back from fitting, and set the threshold.",
        "",
        *_table(("unit", "from", "to", "held back from"), rows[:SHOWN]),
        *_more(len(rows), "units"),
    ]


def _found(subject: Subject) -> list[str]:
    at_registration = [(name.replace("_", " "), value) for name, value in subject.bundle.manifest.metrics.items()]
    lines = ["At registration, on the held-back part:", "", *_table(("measure", "value"), at_registration)]
    report = subject.evaluation
    if report is None:
        return [*lines, "", "This version was not evaluated against labels, so nothing is known of what it finds."]
    return [*lines, "", *_measured(report), *_beside(report), *_gates(report)]


def _measured(report: Mapping[str, Any]) -> list[str]:
    measured = report["measured"]
    intervals = measured.get("intervals") or {}
    rows = [(told, measured[name], _ends(intervals.get(name))) for name, told in MEASURES.items()]
    heading = ("measure", "value", f"{report['confidence']:.0%} interval")
    return [
        f"Evaluated on {report['judged_on']}: {measured['windows']:,} windows, {measured['events']} labelled events, "
        f"{_day(report['first'])} to {_day(report['last'])}; intervals over {measured['blocks']} blocks.",
        "",
        *_table(heading, [row for row in rows if row[1] is not None]),
        "",
    ]


def _beside(report: Mapping[str, Any]) -> list[str]:
    """The model, then the trivial detectors on the same windows, with what the model has more of average precision."""
    more = {row["name"]: row for row in map(_versus, report.get("against") or ())}
    rows = [(report["version"], *(report["measured"][name] for name in BESIDE), None)]
    rows += [
        (name, *(found[measure] for measure in BESIDE), more[name]["told"] if name in more else None)
        for name, found in report["trivial"].items()
    ]
    heading = ("detector", *(MEASURES[name] for name in BESIDE), "the model has more AUC-PR by")
    return ["Beside detectors that know nothing, on the same windows:", "", *_table(heading, rows), ""]


def _versus(row: Mapping[str, Any]) -> dict[str, str]:
    value, low, high = (row["difference"][name] for name in ("estimate", "low", "high"))
    ends = _ends(None if low is None or high is None else (low, high))
    return {"name": row["name"], "told": f"{_number(value)}{f' ({ends})' if ends else ''}, {row['verdict']}"}


def _gates(report: Mapping[str, Any]) -> list[str]:
    told = [f"- {verdict['sentence']}" for verdict in report.get("gates") or ()]
    return ["Bounds that the fleet asks for:", "", *told] if told else []


def _limits(subject: Subject) -> list[str]:
    bundle, threshold = subject.bundle, subject.bundle.require_threshold()
    tags = bundle.detector.tags
    blind = ", ".join(name.replace("_", " ") for name in tags.cannot_see)
    lines = [
        f"By construction it can't see: {blind}." if blind else "By construction it is blind to no kind of fault.",
        f"The threshold ({threshold.method}) holds as long as this does: {threshold.assumption}.",
        "A missing feature (NaN) counts as its usual value: a silent sensor raises no score. Watch the missing share "
        "beside the score.",
        "A unit that training did not know is judged by what is usual for the fleet, which is less exact.",
        "What was learnt ages. Compare new windows with the reference below, and train again when they have drifted.",
    ]
    if threshold.adapts:
        lines.append("On the platform the threshold moves with the scores; in this package it stands where it began.")
    if bundle.detector.steps > 1:
        lines.append(f"A score looks at {bundle.detector.steps} windows: the first ones of a unit are less certain.")
    report = subject.evaluation
    if report is not None and (few := _few(report)):
        lines.append(f"Too few labelled events to judge: {few}.")
    return [f"- {line}" for line in lines]


def _few(report: Mapping[str, Any]) -> str:
    strata = (report.get("strata") or {}).items()
    return ", ".join(f"{name} ({way})" for way, of in strata for name, found in of.items() if isinstance(found, str))


def _drift(bundle: Bundle) -> list[str]:
    profile, fleet = bundle.profile, bundle.manifest.fleet_config
    if profile is None:
        return ["No reference was kept."]
    training = profile.training
    rows = [(name, of.median, of.scale, of.mean, of.std) for name, of in training.features.items()]
    bounds = ""
    if fleet is not None:
        drift = fleet.drift
        bounds = (
            f" A day has drifted when more than {drift.share:.0%} of the features exceed two of PSI {drift.psi:g}, "
            f"KS {drift.ks:g} and Wasserstein {drift.wasserstein:g}, the median score moves by {drift.score_shift:g} "
            f"robust standard deviations, or missing readings grow by {drift.missing:.0%}."
        )
    return [
        f"{training.windows:,} windows, of whose features {training.missing:.2%} were missing. Scores: median "
        f"{_number(training.score.median)}, robust standard deviation {_number(training.score.scale)}.{bounds}",
        "",
        "Features as the detector reads them, conditioned and scaled:",
        "",
        *_table(("feature", "median", "robust deviation", "mean", "standard deviation"), rows[:SHOWN]),
        *_more(len(rows), "features"),
    ]


def _how(subject: Subject) -> list[str]:
    steps, width = subject.bundle.detector.steps, len(subject.bundle.manifest.features)
    shape = f"(n, {width})" if steps == 1 else f"(n, {steps}, {width}), oldest step first"
    given = {
        "features": f"features,  # float64 {shape}; unscaled, NaN where missing",
        "unit": "unit,  # (n,) text, as an array of objects",
        "clock": "clock,  # float64 (n,), start of the window in days since 1970-01-01 UTC",
    }
    return [
        "```python",
        "import onnxruntime",
        "",
        'session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])',
        'score, flag = session.run(["score", "flag"], {',
        *(f'    "{name}": {given[name]}' for name in subject.inputs),
        "})",
        "```",
        "",
        "Order, engineering units and types of everything are in `signature.json`, the threshold in `thresholds.yaml`. "
        "Scaling is inside the model; `scaler.json` repeats it for those who look.",
    ]


def _verify(parity: Parity) -> list[str]:
    exact = parity.relative == parity.absolute == 0
    tolerated = "none" if exact else f"{parity.relative:g} of the score and {parity.absolute:g} ({parity.reason})"
    batches = ", ".join(map(str, parity.batches))
    return [
        "`python verify.py .` needs numpy and onnxruntime. When this package was made, onnxruntime agreed with the "
        f"platform on {parity.examples} windows in batches of {batches}: flags equal, largest difference of a score "
        f"{parity.largest:.3g}, tolerated: {tolerated}. A copy of `verify.py` can't vouch for itself: if you don't "
        "trust where the package came from, use one from elsewhere, and compare the `sha256` in `manifest.json` with "
        "the one in the registry.",
    ]


def _origin(subject: Subject) -> list[str]:
    manifest = subject.bundle.manifest
    rows = [
        ("registry version", f"{manifest.detector}/{subject.number}"),
        ("trained", f"{manifest.created_at:%Y-%m-%d %H:%M} UTC"),
        ("code", manifest.code_version),
        ("seed", manifest.seed),
        ("configuration, SHA-256", manifest.config_digest),
        ("rows learnt from, SHA-256", manifest.fingerprint),
        ("libraries", ", ".join(f"{name} {version}" for name, version in sorted(manifest.libraries.items()))),
    ]
    return _table(("what", "which"), rows)


def _first_sentence(detector: Detector) -> str:
    return " ".join((type(detector).__doc__ or "").strip().split("\n\n")[0].split()).replace("``", "`")


def _table(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    lines = [heading, ["---"] * len(heading), *rows]
    return ["| " + " | ".join(_cell(value) for value in line) + " |" for line in lines]


def _more(count: int, what: str) -> list[str]:
    return ["", f"and {count - SHOWN} more {what}."] if count > SHOWN else []


def _cell(value: Any) -> str:
    return ("" if value is None else _number(value)).replace("|", "\\|")


def _number(value: Any, digits: int = 4) -> str:
    if not isinstance(value, float):
        return f"{value}"
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e9 else f"{value:.{digits}g}"


def _ends(ends: Sequence[float] | None) -> str:
    return f"{_number(ends[0], 3)} to {_number(ends[1], 3)}" if ends else ""


def _day(moment: Any) -> str:
    return str(moment)[:16].replace("T", " ") if moment is not None else ""
