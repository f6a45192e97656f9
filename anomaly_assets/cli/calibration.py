"""``anomaly-assets models calibration``: what thresholds promise, and what they keep on clean windows."""

from typing import Annotated

import typer

from ..config import platform
from .console import facts, out, table

Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of a file in configs/fleets.")]
Version = Annotated[str, typer.Option(help="A number, a detector, or detector/number.")]


def calibration(fleet: Fleet, version: Version = "champion") -> None:
    """Compare the alarms that thresholds promise with those they let happen on a fleet's own clean windows."""
    from ..pipelines import Site, calibration_report

    site = Site(platform())
    found = calibration_report(site, site.fleet(fleet), int(version) if version.isdigit() else version)
    columns = ("method", "counted as", "promised", "threshold", "realised", "ratio")
    names = ("method", "counted", "target", "threshold", "realised", "ratio")
    rows = [tuple(row[name] for name in names) for row in found.rows.iter_rows(named=True)]
    out().print(table(columns, rows, title=f"{found.version} of {fleet}"))
    told = [("counted on", found.judged_on), ("in use", f"{found.in_use.method}: {found.in_use.assumption}")]
    refused = {row["method"]: row["refused"] for row in found.rows.iter_rows(named=True) if row["refused"]}
    out().print(facts(told + [(f"no {method}", reason) for method, reason in refused.items()]))
