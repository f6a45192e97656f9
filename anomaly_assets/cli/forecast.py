"""``anomaly-assets forecast``: the days ahead of a fleet as files, and in a few numbers per unit."""

from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..config import FleetConfig, platform
from .console import errors, facts, out, table
from .dates import duration_of, moment_of

if TYPE_CHECKING:
    from ..pipelines.forecast import ForecastFiles

MOST = 20
"""Units, and units without a forecast, that are shown; files hold all of them."""


Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of a file in configs/fleets.")]
Output = Annotated[Path, typer.Option(metavar="FILE", help="Writes FILE.csv and FILE.parquet, both or none.")]
Units = Annotated[
    list[str] | None, typer.Option("--unit", metavar="U", help="This unit; all when none is named. Repeatable.")
]
Horizon = Annotated[
    timedelta | None, typer.Option(parser=duration_of, metavar="7d", help="How far ahead; as far as was learnt.")
]
Origin = Annotated[
    datetime | None,
    typer.Option(
        parser=moment_of, metavar="ISO", help="Last moment that counts as known, in UTC; the latest one recorded."
    ),
]


def forecast(fleet: Fleet, output: Output, unit: Units = None, horizon: Horizon = None, origin: Origin = None) -> None:
    """Forecast the days ahead with the version in force, with intervals, as CSV and Parquet.

    Names of units with | or blanks need quotes around them. After any failure earlier files are as they were.

    Examples:

      anomaly-assets forecast river --output out/week

      anomaly-assets forecast aquaculture --unit 'System_1|SubUnit 07' --horizon 2d --output out/tank.csv
    """
    from ..pipelines import Site
    from ..pipelines.forecast import write_forecast

    site = Site(platform())
    config, console = site.fleet(fleet), errors()
    with console.status(f"forecasting {fleet}") if console.is_terminal else nullcontext():
        made = write_forecast(site, config, output, units=unit, horizon=horizon, origin=origin)
    _tell(config, made)


def _tell(fleet: FleetConfig, made: "ForecastFiles") -> None:
    sensor = fleet.forecast.sensor if fleet.forecast else ""
    told = [
        ("forecast", fleet.quantity(sensor)),
        ("version", made.model_version),
        ("known until", f"{made.origin:%Y-%m-%d %H:%M} UTC"),
        ("forecast until", f"{made.last:%Y-%m-%d %H:%M} UTC"),
        ("units", f"{made.units.height:,}" + (f", {len(made.reasons):,} without a forecast" * bool(made.reasons))),
        ("rows", made.rows),
        ("files", "\n".join(map(str, made.files))),
    ]
    out().print(facts(told), soft_wrap=True)
    _tell_units(made)
    _tell_reasons(made.reasons)


def _tell_units(made: "ForecastFiles") -> None:
    """Show every unit, or those whose forecasts are the lowest."""
    shown = made.units.sort("lowest").head(MOST).sort("unit_id")
    days = [name for name in shown.columns if name.startswith("day_") and name.count("_") == 1]
    headings = [
        "unit",
        "now",
        "lowest",
        "at (UTC)",
        *(f"{day.replace('_', ' ')}, mean ({made.level} %)" for day in days),
    ]
    rows = [
        (
            row["unit_id"],
            _number(row["now"]),
            _number(row["lowest"]),
            f"{row['lowest_at']:%Y-%m-%d %H:%M}",
            *(
                f"{_number(row[day])} ({_number(row[f'{day}_lower'])} to {_number(row[f'{day}_upper'])})"
                for day in days
            ),
        )
        for row in shown.iter_rows(named=True)
    ]
    out().print(table(headings, rows))
    if left := made.units.height - len(rows):
        out().print(f"and {left:,} units whose forecasts stay higher")


def _tell_reasons(reasons: dict[str, str]) -> None:
    if not reasons:
        return
    out().print(table(("without a forecast", "because"), sorted(reasons.items())[:MOST]))
    if len(reasons) > MOST:
        out().print(f"and {len(reasons) - MOST:,} units more")


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.4g}"
