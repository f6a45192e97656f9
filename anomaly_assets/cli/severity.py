"""``anomaly-assets severity``: recorded readings with the severity of four kinds of anomaly, as files and in short."""

from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..config import format_duration, platform
from ..config.severity import KINDS
from .console import errors, facts, out, progress, table, warn
from .dates import From, To, day_of, duration_of

if TYPE_CHECKING:
    from ..pipelines.severity import SeverityFiles

MOST = 20
"""Units that are shown; the metadata tells all of them."""

Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of a file in configs/fleets.")]
Output = Annotated[
    Path, typer.Option(metavar="FILE", help="Writes FILE.csv, FILE.parquet and FILE_metadata.json, all or none.")
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input", metavar="FILE", help="Raw file as the fleet reads it, glob or folder; the warehouse. Repeatable."
    ),
]
Units = Annotated[
    list[str] | None, typer.Option("--unit", metavar="U", help="This unit; all when none is named. Repeatable.")
]
Sensors = Annotated[
    list[str] | None, typer.Option("--sensor", metavar="S", help="This sensor; all when none is named. Repeatable.")
]
Window = Annotated[
    timedelta | None,
    typer.Option(parser=duration_of, metavar="1h", help="Window of the rules; an hour, or 24 steps if that is longer."),
]
MinShare = Annotated[float, typer.Option(min=0, max=1, help="Share of the window that must have been read.")]


def severity(  # noqa: PLR0917 - typer takes options as parameters
    fleet: Fleet,
    output: Output,
    given: Inputs = None,
    unit: Units = None,
    sensor: Sensors = None,
    first: From = None,
    last: To = None,
    window: Window = None,
    min_share: MinShare = 0.5,
) -> None:
    """Tell how severe recorded readings are: point, collective, contextual and sensor fault, each from 0 to 1.

    Not causal: the usual value of each hour of the day and the typical deviations are those of the whole stretch that
    is asked for, later readings included. A report on what has been; what alarms day by day is the fleet's detectors.

    One row per clean reading and sensor. Of the sensor that is forecast also what the forecaster in force expected one
    step ahead, and its usual error. Names of units with | or blanks need quotes around them. After any failure earlier
    files are as they were.

    Examples:

      anomaly-assets severity river --output out/severity

      anomaly-assets severity aquaculture --input 'new/*.csv' --unit 'System_1|SubUnit 07' --output out/tank.csv
    """
    from ..pipelines import Site
    from ..pipelines.severity import write_severity

    site = Site(platform())
    config = site.fleet(fleet)
    with progress() if errors().is_terminal else nullcontext() as site.progress:
        made = write_severity(
            site,
            config,
            output,
            inputs=given,
            units=unit,
            sensors=sensor,
            first=day_of(first),
            last=day_of(last),
            window=window,
            min_share=min_share,
        )
    _tell(made)


def _tell(made: "SeverityFiles") -> None:
    warn(made.facts.warnings)
    days, rules = made.stretch.span.days(), made.rules
    few = f", {made.unheard:,} of them with too few before them to tell more than contextual" * bool(made.unheard)
    told = [
        ("severity of", f"{made.stretch.fleet.fleet}, {', '.join(made.cutoffs)}"),
        ("not causal", "what is usual is learnt from the whole stretch, later readings included"),
        ("days", f"{days[0]} to {days[-1]}"),
        ("window", f"{format_duration(rules.window)}, {format_duration(2 * rules.window)} for collective"),
        ("readings", f"{made.rows:,}{few}"),
        *((f"cutoff of {name}" if len(made.cutoffs) > 1 else "cutoff", _cutoff(made, name)) for name in made.cutoffs),
        *_expected(made),
        ("files", "\n".join(map(str, made.files))),
    ]
    out().print(facts(told), soft_wrap=True)
    _tell_units(made)


def _cutoff(made: "SeverityFiles", sensor: str) -> str:
    cutoff = made.cutoffs[sensor]
    return f"{cutoff.severity:.4g}, the quantile {cutoff.quantile:g}; {cutoff.above:,} readings lie above"


def _expected(made: "SeverityFiles") -> list[tuple[str, str]]:
    if made.expecting is None:
        return []
    learnt = f"it has learnt from readings before {made.expecting.test_start:%Y-%m-%d %H:%M} UTC"
    return [("expected by", f"{made.expecting.name}, one step ahead; {learnt}")]


def _tell_units(made: "SeverityFiles") -> None:
    """Show every unit and sensor, or the severest ones."""
    shown = made.units.sort("severity_mean", descending=True, maintain_order=True).head(MOST)
    several = len(made.cutoffs) > 1
    rows = [
        (
            row["unit_id"],
            *([row["sensor"]] if several else []),
            row["readings"],
            *(_shares(row, kind) for kind in (*KINDS, "severity")),
            row["worst_hour"] and f"{row['worst_hour']:%Y-%m-%d %H:%M}",
            row["worst_kind"] and row["worst_kind"].replace("_", " "),
        )
        for row in shown.sort("unit_id", maintain_order=True).iter_rows(named=True)
    ]
    kinds = [kind.replace("_", " ") for kind in KINDS]
    headings = ("unit", *(["sensor"] if several else []), "readings", *kinds, "any", "worst hour (UTC)", "by")
    out().print(table(headings, rows, title="\nReadings with a severity above 0 / above 0.5, in percent"))
    if left := made.units.height - len(rows):
        out().print(f"and {left:,} {'series' if several else 'units'} that are less severe")


def _shares(row: dict[str, Any], kind: str) -> str:
    counts = (row[f"{kind}_{level}"] for level in ("above_0", "above_half"))
    return " / ".join(f"{100 * count / row['readings']:.1f}" for count in counts)
