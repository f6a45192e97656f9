"""``anomaly-assets monitor``: whether new readings are still what the forecaster in force expects."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..config import FleetConfig, platform
from .console import errors, facts, out, progress, table, warn

if TYPE_CHECKING:
    from ..pipelines.forecast import MonitorReport

DRIFTED = 1
"""Exit code where new readings have drifted and that was to be told."""

MOST = 31
"""Days that are shown; --json tells all of them."""

Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of a file in configs/fleets.")]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input", metavar="FILE", help="Raw file as the fleet reads it, glob or folder; the latest days. Repeatable."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]
FailOnDrift = Annotated[bool, typer.Option("--fail-on-drift", help="Exit with 1 if the readings have drifted.")]


def monitor(fleet: Fleet, given: Inputs = None, as_json: AsJson = False, fail_on_drift: FailOnDrift = False) -> None:
    """Compare new readings with what the forecaster in force makes of the days before them, and with its backtest.

    Drift is what would launch a retraining: so many days in a row (or all of them, if they are fewer) on which errors
    or severity exceed their tolerance. Nothing is written.

    Exit codes: 0 compared, 1 drift (with --fail-on-drift), 2 a mistake to mend, 3 unexpected.

    Examples:

      anomaly-assets monitor river

      anomaly-assets monitor river --input 'new/*.csv' --json --fail-on-drift
    """
    from ..pipelines import Site
    from ..pipelines.forecast import monitor as look

    site = Site(platform())
    config = site.fleet(fleet)
    with progress() as site.progress:
        report = look(site, config, given)
    warn(report.warnings)
    if as_json:
        typer.echo(json.dumps(report.to_json(), indent=2))
    else:
        _tell(config, report)
    if report.drifted and fail_on_drift:
        raise typer.Exit(DRIFTED)


def _tell(fleet: FleetConfig, report: "MonitorReport") -> None:
    made, judged = report.production, [day for day in report.days if day["drifted"] is not None]
    told = [
        ("watched", fleet.quantity(report.sensor)),
        ("forecaster", f"{made['model']}/{made['version']}"),
        ("run", made["run_id"]),
        ("days", f"{len(report.days)}, {len(judged)} of them with a verdict" + _since(report, judged)),
        ("verdict", _verdict(report)),
    ]
    out().print(facts(told), soft_wrap=True)
    _tell_days(report)
    _tell_ahead(report)
    for unit, reason in report.not_forecast.items():
        errors().print(f"{unit} was not forecast for the last day: {reason}", markup=False, soft_wrap=True)


def _since(report: "MonitorReport", judged: list[dict[str, Any]]) -> str:
    learnt = len(report.days) > len(judged)
    return f"; the forecaster has learnt from what came before {report.production['test_start']:%Y-%m-%d}" * learnt


def _verdict(report: "MonitorReport") -> str:
    if not report.drift:
        return f"no drift: {len(report.drifted_days)} drifted days, {report.tolerances['drifted_days']} in a row asked"
    named = " and ".join(report.exceeded)
    return f"drift by {named}: {len(report.drift)} days in a row, {report.drift[0]} to {report.drift[-1]}"


def _tell_days(report: "MonitorReport") -> None:
    error, severity = report.tolerances["error"], report.tolerances["severity"]
    rows = [
        (
            day["day"].isoformat(),
            day["readings"],
            day["rmse"],
            day["baseline_rmse"],
            day["ratio"],
            day["median_severity"],
            day["baseline_severity"],
            " and ".join(day["exceeded"]) or "nothing",
            {True: "drifted", False: "no", None: "none"}[day["drifted"]],
        )
        for day in report.days[-MOST:]
    ]
    columns = ("day", "readings", "rmse", "usual", "error ratio", "severity", "usual", "exceeds", "verdict")
    title = f"\nDays; tolerated are an error ratio of {error:.3g}" + f" and a severity of {severity:.3g}" * bool(
        severity
    )
    out().print(table(columns, rows, title=title))


def _tell_ahead(report: "MonitorReport") -> None:
    shares = [name for name in report.horizon_days[0] if name.startswith("coverage_")] if report.horizon_days else []
    names = ["readings", "rmse", "baseline_rmse", *shares]
    rows = [(row["horizon_day"], *(row[name] for name in names)) for row in report.horizon_days]
    covered = [f"within {name.removeprefix('coverage_').replace('_', '.')} %" for name in shares]
    out().print(table(("day ahead", "readings", "rmse", "usual", *covered), rows, title="\nBy day ahead"))
