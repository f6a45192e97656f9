"""Daily partitions of a fleet: from the first day of its recording, to today or to the end of a finished recording.

Only days are partitions; units are a column (ranged runs over two-dimensional partitions are unreliable in Dagster).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from ..config import FleetConfig
from ..pipelines import Span, lookback_days

DAY = timedelta(days=1)
FINISHED_AFTER = timedelta(days=60)
FRESH_FLEET = timedelta(days=30)


def daily(fleet: FleetConfig, recorded: tuple[date | None, date | None]) -> dg.DailyPartitionsDefinition:
    """Cut the fleet's time into days.

    Parameters
    ----------
    fleet : its ``start`` and ``end`` win where they are given.
    recorded : first and last day of the raw files known so far; a recording whose last day is long past is finished
        and gets no partitions after it, a living one grows a partition a day (today's included).
    """
    today = datetime.now(UTC).date()
    first, last = recorded
    start = fleet.start or min(first or today - FRESH_FLEET, today)
    finished = last is not None and last < today - FINISHED_AFTER
    end = fleet.end or (last + DAY if last is not None and finished else None)
    ahead = max(1, (last - today).days + 1) if last is not None and not finished else 1
    offset = {} if end else {"end_offset": ahead}
    return dg.DailyPartitionsDefinition(start_date=start.isoformat(), end_date=end and end.isoformat(), **offset)  # type: ignore[arg-type]


def days_of(fleet: FleetConfig, recorded: tuple[date | None, date | None]) -> Span:
    """Give the days that are partitions of the fleet now, today included where its recording lives."""
    keys = daily(fleet, recorded)
    first, last = keys.get_first_partition_key(), keys.get_last_partition_key()
    start = date.fromisoformat(first) if first else fleet.start or datetime.now(UTC).date()
    return Span(start, date.fromisoformat(last) + DAY if last else start)


def span_of_run(context: dg.AssetExecutionContext) -> Span:
    """Give the days that this run is to compute, all at once."""
    keys = context.partition_key_range
    return Span(date.fromisoformat(keys.start), date.fromisoformat(keys.end) + DAY)


def range_tags(span: Span) -> dict[str, str]:
    """Write the run tags that make one run compute a whole span at once."""
    first, last = span.start.isoformat(), span.days()[-1].isoformat()
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}


def consecutive(days: Iterable[date]) -> Iterator[Span]:
    """Join days into spans without holes."""
    ordered = sorted(days)
    starts = [day for i, day in enumerate(ordered) if i == 0 or day - ordered[i - 1] > DAY]
    for start, following in zip(starts, [*starts[1:], None], strict=False):
        last = max(day for day in ordered if day >= start and (following is None or day < following))
        yield Span(start, last + DAY)


def days_to_redo(
    partitions: dg.DailyPartitionsDefinition, reach: timedelta, seen: Mapping[str, str], versions: Mapping[str, str]
) -> tuple[set[date], set[str]]:
    """Compare the versions of days with those seen before.

    Returns
    -------
    The days to materialise again (changed ones, and already seen ones whose look-back of length ``reach`` lies in a
    changed one), and the changed days that are no partitions.
    """
    changed = {day for day in versions.keys() | seen.keys() if versions.get(day) != seen.get(day)}
    outside = {day for day in changed if not partitions.has_partition_key(day)}
    redo = {date.fromisoformat(day) for day in changed - outside}
    after = {day + DAY * i for day in redo for i in range(1, lookback_days(reach) + 1)}
    known = {day for day in after if day.isoformat() in seen and partitions.has_partition_key(day.isoformat())}
    return redo | known, outside
