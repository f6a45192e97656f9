"""The table that the demo ends with: what was injected, what was found, and what it cost in false alarms."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .console import out, table
from .facts import fraction, share

if TYPE_CHECKING:
    from ..pipelines import FleetStatus

COLUMNS = ("fleet", "days", "windows", "champion", "alarms", "faults found", "false alarms", "drift")
NOTES = (
    "windows       scored ones, those of training among them",
    "alarms        after training; anomalous windows close together are one alarm",
    "faults found  injected ones after training that an alarm overlaps",
    "false alarms  per unit and day, where no fault was injected",
    "drift         days unlike the training window, of those judged",
)


def tell_summary(found: "list[FleetStatus]") -> None:
    """Print one line per fleet, below it what the columns mean and what was quarantined."""
    out().print(table(COLUMNS, [_row(status) for status in found]))
    removed = [f"{status.rows['quarantine']:,} of {status.fleet}" for status in found if status.rows["quarantine"]]
    for note in (*NOTES, f"quarantined   {', '.join(removed) or 'no reading'}"):
        out().print(note, style="dim")
    out().print()


def caught(status: "FleetStatus", told: Callable[[int, int], str] = share) -> str:
    """Tell how many events were found, such as 5 of 6."""
    against = status.against_labels
    if against is None or against.event_recall is None:
        return "-"
    return told(round(against.event_recall * against.events), against.events)


def false_alarms(status: "FleetStatus") -> str:
    """Tell the rate of false alarms per unit and day."""
    against = status.against_labels
    if against is None or against.false_alarms_per_unit_day is None:
        return "-"
    return f"{against.false_alarms_per_unit_day:.2g}"


def _row(status: "FleetStatus") -> tuple[object, ...]:
    days = (status.last_day - status.first_day).days + 1 if status.first_day and status.last_day else 0
    champion = status.champion.name if status.champion else None
    found, drifted = caught(status, fraction), fraction(*status.drifted)
    return status.fleet, days, status.rows["scores"], champion, status.alarms, found, false_alarms(status), drifted
