"""Days and spans of days, and how a long range is cut so that no piece is too large for memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

ROWS_PER_CHUNK = 1_500_000
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """The days from ``start`` up to but not including ``end``."""

    start: date
    end: date

    @property
    def first_moment(self) -> datetime:
        """Midnight at which the span begins, UTC."""
        return midnight(self.start)

    @property
    def last_moment(self) -> datetime:
        """Midnight at which the span has ended, UTC."""
        return midnight(self.end)

    def days(self) -> list[date]:
        """Every day of the span."""
        return [self.start + DAY * i for i in range((self.end - self.start).days)]

    def chunks(self, rows: Mapping[date, int], limit: int = ROWS_PER_CHUNK) -> Iterator["Span"]:
        """Cut the span into consecutive spans of at most ``limit`` rows, or one day if a day has more.

        Parameters
        ----------
        rows : expected rows per day; days that are absent count as empty.
        """
        begin, held = self.start, 0
        for day in self.days():
            if held and held + rows.get(day, 0) > limit:
                yield Span(begin, day)
                begin, held = day, 0
            held += rows.get(day, 0)
        if begin < self.end:
            yield Span(begin, self.end)


def midnight(day: date) -> datetime:
    """Give the first moment of a day, UTC."""
    return datetime.combine(day, time(), UTC)


def span_of(days: Mapping[date, int]) -> Span | None:
    """Give the span from the first to the last of some days, or nothing where there is none."""
    return Span(min(days), max(days) + DAY) if days else None
