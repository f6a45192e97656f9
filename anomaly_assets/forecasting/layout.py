"""Durations of the settings as numbers of steps, and the names of the features they make, in order."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from ..config import ForecastConfig, format_duration
from ..config.base import Duration

DAY = timedelta(days=1)
RECENT = 3  # earlier days that count as recent: averaged apart, and smoothed
CALENDAR = ("time_of_day", "sin_time", "cos_time", "day_of_week", "sin_dow", "cos_dow")


@dataclass(frozen=True)
class Layout:
    """What the kernels are told; spans are numbers of steps.

    Attributes
    ----------
    day, level, spread, horizon, recent : spans.
    lags, means : spans, ascending, each once.
    days : earlier days whose readings at the instant's own time of day are features.
    calendar : whether calendar features are made.
    calm : least change, in spreads.
    """

    day: int
    level: int
    spread: int
    horizon: int
    recent: int
    lags: tuple[int, ...]
    means: tuple[int, ...]
    days: int
    calendar: bool
    calm: float

    @classmethod
    def of(cls, config: ForecastConfig, step: int) -> "Layout":
        """Round spans up to whole steps of ``step`` microseconds."""

        def steps(span: Duration) -> int:
            return -(-span // timedelta(microseconds=step))

        def each(spans: tuple[Duration, ...]) -> tuple[int, ...]:
            return tuple(sorted({steps(span) for span in spans}))

        lags, means = each(config.lags), each(config.means)
        spans = steps(DAY), steps(config.level), steps(config.spread), steps(config.horizon), steps(config.recent)
        return cls(*spans, lags, means, config.days, config.calendar, config.calm)

    @property
    def short(self) -> tuple[int, ...]:
        """Means that are shorter than a day: compared with a day and a week before, and kept in the recursion."""
        return tuple(span for span in self.means if span < self.day) or (1,)

    @property
    def horizon_days(self) -> int:
        """Number of days ahead."""
        return self.horizon // self.day

    @property
    def lookback(self) -> int:
        """Steps before an origin that may be looked at."""
        week = 8 * self.day
        own = (self.days + 1) * self.day, self.level, self.spread + self.day, self.recent + self.horizon
        return max(*self.lags, *self.means, *own, week) + 1

    def spans(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Lags, means and short means as the kernels take them."""
        return np.array(self.lags, np.int64), np.array(self.means, np.int64), np.array(self.short, np.int64)

    def at_origin(self) -> tuple[str, ...]:
        """Name what is the same for every horizon of one origin."""
        names = ["now", *(f"lag_{lag}" for lag in self.lags), *(f"mean_{span}" for span in self.means)]
        names += [f"day_before_{k}" for k in range(1, self.days)]
        names += [f"since_yesterday_{span}" for span in self.short] + [f"since_last_week_{span}" for span in self.short]
        return (*names, "beside_usual", "day_to_day", "within_day")

    def at_horizon(self) -> tuple[str, ...]:
        """Name what depends on the instant that is forecast."""
        names = [f"same_time_{k}" for k in range(self.days)] + ["same_time_mean", "same_time_recent", "profile"]
        names += [f"around_{k}" for k in range(RECENT)] + ["horizon"]
        return (*names, *(CALENDAR if self.calendar else ()))

    def one_step(self) -> tuple[str, ...]:
        """Name what one step ahead is expected from."""
        names = [f"lag_{lag}" for lag in self.lags] + [f"mean_{span}" for span in self.short]
        return (*names, "yesterday", "last_week", *(CALENDAR if self.calendar else ()))


def spoken(step: int) -> str:
    """Write a number of microseconds the way a person would."""
    return format_duration(timedelta(microseconds=step))
