"""The table that the demo ends with: what was injected, what was found, and what it cost in false alarms."""

from typing import TYPE_CHECKING

from .console import out, table
from .facts import share

if TYPE_CHECKING:
    from ..pipelines import FleetStatus

COLUMNS = (
    "fleet",
    "days",
    "windows scored",
    "champion",
    "alarms",
    "faults found",
    "false alarms",
    "drifted days",
    "quarantined",
)
NOTES = (
    "alarms       after the training window; anomalous windows close together are one alarm",
    "faults       injected ones that an alarm overlaps, of those after training; each counts once",
    "false alarms per unit and day, where no fault was injected",
)


def tell_summary(found: "list[FleetStatus]") -> None:
    """Print one line per fleet, and below it what the columns mean."""
    out().print(table(COLUMNS, [_row(status) for status in found]))
    for note in NOTES:
        out().print(note, style="dim")
    out().print()


def caught(status: "FleetStatus") -> str:
    """Tell how many events were found, such as 5 of 6."""
    against = status.against_labels
    if against is None or against.event_recall is None:
        return "-"
    return share(round(against.event_recall * against.events), against.events)


def false_alarms(status: "FleetStatus") -> str:
    """Tell the rate of false alarms per unit and day."""
    against = status.against_labels
    if against is None or against.false_alarms_per_unit_day is None:
        return "-"
    return f"{against.false_alarms_per_unit_day:.2g}"


def _row(status: "FleetStatus") -> tuple[object, ...]:
    days = (status.last_day - status.first_day).days + 1 if status.first_day and status.last_day else 0
    champion = status.champion.name if status.champion else None
    found = (status.alarms, caught(status), false_alarms(status), share(*status.drifted), status.rows["quarantine"])
    return status.fleet, days, status.rows["scores"], champion, *found
