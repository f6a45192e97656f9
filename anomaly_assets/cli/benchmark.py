"""``anomaly-assets benchmark``: every detector on public recordings, and what the platform would have shipped."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ConfigError
from .console import errors, kept_telling, out, progress, table
from .failures import FAILED

if TYPE_CHECKING:
    from ..pipelines.benchmark import Record

Suites = Annotated[list[str] | None, typer.Argument(metavar="[SUITE]...", help="All when none is named.")]
Data = Annotated[Path | None, typer.Option("--data", help="Holds a folder per suite; ANOMALY_DATA by default.")]
Wanted = Annotated[list[str] | None, typer.Option("--detectors", help="Names or kinds, with commas or repeated.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write one record per suite, group and detector here.")]
Nab = Annotated[Path | None, typer.Option("--nab-results", help="Write result files in NAB's own format here.")]


def benchmark(
    chosen: Suites = None, recordings: Data = None, detectors: Wanted = None, file: Json = None, nab: Nab = None
) -> None:
    """Measure detectors on public recordings; thresholds and choices never see test labels."""
    from ..pipelines.benchmark import check_names, run_suite, suite_names

    folder, names = _folder(recordings), list(dict.fromkeys(chosen or suite_names()))
    wanted = [name.strip() for part in detectors or () for name in part.split(",") if name.strip()]
    check_names(names, wanted)
    if nab is not None and "nab" not in names:
        raise ConfigError("--nab-results without the suite nab would write nothing", found=", ".join(names))
    records: list[Record] = []
    lives: list[Record] = []
    problems: list[tuple[str, str]] = []
    with progress() as shown, kept_telling(shown) as tell:
        for suite in names:
            outcome = run_suite(suite, folder, wanted, tell, nab if suite == "nab" else None)
            records += outcome.records
            problems += outcome.problems
            lives += outcome.lives
            _tell_suite(suite, outcome.records)
            _tell_lives(suite, outcome.lives)
    _tell_selection(records)
    if file is not None:
        _write(file, names, records, problems, lives)
    for place, why in problems:
        errors().print(f"{place}: {why}", markup=False, soft_wrap=True)
    if problems:
        errors().print(f"{len(problems)} of the recordings or detectors could not be used; see above.")
        raise typer.Exit(FAILED)


def _folder(given: Path | None) -> Path:
    folder = given or Path(os.environ.get("ANOMALY_DATA", ""))
    if given is None and "ANOMALY_DATA" not in os.environ:
        raise ConfigError("nobody said where the recordings are", remedy="add --data FOLDER, or set ANOMALY_DATA")
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder", remedy="give the folder that holds the suites' folders")
    return folder


_AT_WISH = ("roc_auc", "at_budget", "alarms_at_budget")
_SHOWN = {
    "vus_pr": "VUS-PR",
    "auc_pr": "AUC-PR",
    "roc_auc": "ROC AUC",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "far": "FAR",
    "event_recall": "events found",
    "event_precision": "alarms right",
    "false_alarms_per_day": "false / unit day",
    "alarm_budget_ratio": "of budget",
    "at_budget": "found at budget",
    "alarms_at_budget": "right at budget",
    "hit_rate": "hit rate",
    "hit_at_1": "hit@1",
    "hit_at_3": "hit@3",
    "cpu_seconds": "CPU s",
}


def _tell_suite(suite: str, records: "list[Record]") -> None:
    from ..pipelines.benchmark import beside, headline

    wanted = [name for name in _SHOWN if name not in _AT_WISH or name in beside(suite)]
    for group in dict.fromkeys(record["group"] for record in records):
        mine = [record for record in records if record["group"] == group]
        number = headline(suite)
        shown = [name for name in wanted if any(record[name] is not None for record in mine)]
        rows = [_row(record, number, shown) for record in sorted(mine, key=lambda r: -(r[number] or 0.0))]
        told = mine[0]
        share = f"{told['prevalence']:.1%}" if told["prevalence"] is not None else "none"
        title = (
            f"{suite} / {group}: {told['windows']:,} windows of {told['rounds']} rounds, {told['events']} events, "
            f"{share} anomalous; VUS buffer {told['vus_buffer']} windows; threshold {told['threshold']}"
        )
        out().print(table(("detector", f"{_SHOWN[number]} interval", *(_SHOWN[name] for name in shown)), rows, title))


_ENDS = ("detector", "warned", "lead", "false / day before", "false / unit day", "FAR")


def _tell_lives(suite: str, lives: "list[Record]") -> None:
    """Tell the ends of life, a table a round: warned failures, lead, false alarms before them and of all units."""
    for name in dict.fromkeys(life["round"] for life in lives):
        rows = [_life(life) for life in lives if life["round"] == name]
        title = f"{suite} / {name}: was there an alarm before the end of life, how long, and how many false ones"
        out().print(table(_ENDS, rows, title))


def _life(life: "Record") -> tuple[object, ...]:
    lead = f"{_hours(life['lead_time_median'])} of {_hours(life['lead_time_possible'])}" if life["warned"] else None
    warned = f"{life['warned']} of {life['failures']}"
    false = (life["false_before"], life["false_alarms_per_day"], life["far"])
    return _named(life["detector"], [life["chosen"]]), warned, lead, *false


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"


def _named(detector: str, chosen: list[str]) -> str:
    return f"SELECTED ({', '.join(chosen)})" if detector == "selected" else detector


def _row(record: "Record", number: str, shown: list[str]) -> tuple[object, ...]:
    ends = record["intervals"].get(number)
    interval = f"{ends[0]:.2f} to {ends[1]:.2f}" if ends else None
    return _named(record["detector"], record["chosen"]), interval, *(record[column] for column in shown)


def _tell_selection(records: "list[Record]") -> None:
    from ..pipelines.benchmark import pooled_ranks, regrets

    rows = [
        (f"{r.suite} / {r.group}", r.chosen, _SHOWN[r.number], r.value, r.best, r.best_value, r.regret, r.tie)
        for r in regrets(records)
    ]
    columns = ("group", "selected", "by", "its value", "best single", "its value", "regret", "within interval")
    out().print(
        table(columns, rows, "What the platform would have shipped, beside the best single one seen afterwards")
    )
    ranks = list(pooled_ranks(records).items())
    out().print(table(("detector", "mean rank"), ranks, "Pooled rank over all groups (0 best, 1 worst)"))


def _write(
    file: Path,
    names: list[str],
    records: "list[Record]",
    problems: list[tuple[str, str]],
    lives: Sequence["Record"] = (),
) -> None:
    document: dict[str, Any] = {
        "suites": names,
        "records": records,
        "lives": list(lives),
        "problems": [{"where": place, "why": why} for place, why in problems],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    partial.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    partial.replace(file)
