"""Days, moments and durations as a person types them, and which days of a fleet a command means."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ..config import parse_duration
from ..errors import ConfigError

if TYPE_CHECKING:
    from ..pipelines import Span

DAY = timedelta(days=1)
From = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DAY", help="First day.")]
To = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DAY", help="Last day.")]


def day_of(moment: datetime | None) -> date | None:
    """Give the day that was typed, if one was."""
    return moment.date() if moment else None


def moment_of(text: str | datetime) -> datetime:
    """Read a moment in ISO 8601, in UTC unless it says otherwise."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise typer.BadParameter(f"{text} is no ISO 8601 moment, such as 2025-11-27T10:30:00Z") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def duration_of(text: str | timedelta) -> timedelta:
    """Read a length of time, such as 7d."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def since_of(text: str | datetime) -> datetime:
    """Read a moment in ISO 8601, or how long ago it was, such as 7d."""
    if isinstance(text, datetime):
        return moment_of(text)
    try:
        return datetime.now(UTC) - parse_duration(text)
    except (ValueError, OverflowError):
        return moment_of(text)


def yesterday() -> date:
    """Give the day before today in UTC, as every day in the platform is."""
    return datetime.now(UTC).date() - DAY


def chosen_days(fleet: str, recorded: "Span", known: "Span", first: date | None, last: date | None) -> "Span":
    """Choose the days of a backfill: the recorded ones, or those asked for as far as they are days of the fleet.

    Parameters
    ----------
    recorded : from the first to the last day with a reading.
    known : the days that the fleet is cut into.

    Raises
    ------
    ConfigError
        If the days asked for are in the wrong order, or none of them is a day of the fleet.
    """
    from ..pipelines import Span

    wanted = Span(first or recorded.start, last + DAY if last else recorded.end)
    if wanted.start >= wanted.end and first and last:
        raise ConfigError("the first day lies after the last one", found=_told(wanted), remedy="swap --from and --to")
    chosen = Span(max(known.start, wanted.start), min(known.end, wanted.end))
    if chosen.start >= chosen.end:
        raise ConfigError(
            f"none of these days is a day of {fleet}",
            found=_told(wanted),
            expected=f"days of {_told(known)}; readings lie in {_told(recorded)}",
            remedy="change --from and --to, or start and end in the fleet's file",
        )
    return chosen


def _told(span: "Span") -> str:
    return f"{span.start} to {span.end - DAY}"
