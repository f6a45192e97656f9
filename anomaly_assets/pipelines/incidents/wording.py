"""Incidents in words, for people who are told of them, and as plain values, for programs that are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...config import FleetConfig
from ...contracts import NAMED
from ...notifications import Message

Row = dict[str, Any]
"""One incident, as `fleet_incidents` tells it."""

LISTED = 50
"""So many incidents are listed in one message."""


def message_of(fleet: FleetConfig, rows: Sequence[Row]) -> Message:
    """Tell of one incident, or of several that are one event of the fleet."""
    worst = _severest(rows)
    if len(rows) == 1:
        subject = (
            f"{fleet.fleet}: {worst['state']}, {worst['unit_id']}, {_blamed(worst)}severity {worst['severity']:.0f}"
        )
        return Message(subject, _told(fleet, worst), _document(fleet, worst["state"], rows))
    subject = f"{fleet.fleet}: {len(rows)} units at once, {worst['state']}, severity up to {worst['severity']:.0f}"
    text = f"{_listed(rows)}\n\nThe severest:\n{_told(fleet, worst)}"
    return Message(subject, text, _document(fleet, worst["state"], rows))


def summary_of(fleet: FleetConfig, rows: Sequence[Row]) -> Message:
    """Tell of incidents that are too many to be told one by one."""
    subject = f"{fleet.fleet}: {len(rows)} more incidents, severity up to {_severest(rows)['severity']:.0f}"
    text = f"{_listed(rows)}\n\nAll of them: anomaly-assets incidents {fleet.fleet}"
    return Message(subject, text, _document(fleet, "summary", rows))


def _told(fleet: FleetConfig, row: Row) -> str:
    lines = [
        f"unit       {row['unit_id']}",
        f"{_time(row)}",
        f"severity   {row['severity']:.0f} of 100, {row['alarms']} alarming windows",
        *([f"kind       {row['anomaly_kind']}"] if row["anomaly_kind"] else []),
        *(f"sensor     {_sensor(fleet, row, rank)}" for rank in range(1, NAMED + 1) if row[f"sensor_{rank}"]),
        f"raised by  {row['detector']}/{row['model_version']}",
        f"score      {row['peak_score']:.4g}, threshold {row['threshold']:.4g}",
        f"incident   {row['incident_id']}",
    ]
    if row["state"] != "resolved":
        lines += [
            "",
            f"Look after it: anomaly-assets incidents acknowledge {fleet.fleet} {row['incident_id']} --by NAME",
        ]
    return "\n".join(lines)


def _time(row: Row) -> str:
    until = "" if row["state"] in {"open", "acknowledged"} else f" to {row['end']:%Y-%m-%d %H:%M}"
    return f"{row['state']:<11}{row['start']:%Y-%m-%d %H:%M}{until} UTC"


def _sensor(fleet: FleetConfig, row: Row, rank: int) -> str:
    name, feature = row[f"sensor_{rank}"], row[f"feature_{rank}"]
    known = fleet.quantity(name) if name in fleet.sensors else name
    values = [
        f"{row[f'{part}_{rank}']:.4g} {part}" for part in ("observed", "expected") if row[f"{part}_{rank}"] is not None
    ]
    return ": ".join(filter(None, [known, f"{feature or ''} {', '.join(values)}".strip()]))


def _blamed(row: Row) -> str:
    return f"{' '.join(filter(None, [row['sensor_1'], row['direction_1']]))}, " if row["sensor_1"] else ""


def _listed(rows: Sequence[Row]) -> str:
    shown = sorted(rows, key=lambda row: -row["severity"])[:LISTED]
    lines = [
        f"{row['severity']:3.0f}  {_time(row)}  {row['unit_id']}  {row['sensor_1'] or ''}".rstrip() for row in shown
    ]
    return "\n".join([*lines, *([f"and {len(rows) - LISTED} more"] if len(rows) > LISTED else [])])


def _severest(rows: Sequence[Row]) -> Row:
    return max(rows, key=lambda row: float(row["severity"]))


def _document(fleet: FleetConfig, news: str, rows: Sequence[Row]) -> dict[str, Any]:
    return {"fleet": fleet.fleet, "news": news, "incidents": [_plain(row) for row in rows]}


def _plain(row: Row) -> Row:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
