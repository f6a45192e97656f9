"""What a fleet file says when nobody has said it: windows, lags, training and budget, from how a recording looks.

Arithmetic on times; what the files hold is found by ingest, the text is written in onboard_text.py.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(days=1)
_STRIDES = [timedelta(seconds=s) for s in (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600)]
_MINUTES = (1 / 6, 1 / 3, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 180, 360, 720)
_DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 28, 60, 90)
_SPANS = [*(timedelta(minutes=m) for m in _MINUTES), *(timedelta(days=d) for d in _DAYS)]

SHARE_LEARNT, LEARNT_AT_MOST, VALIDATION_SHARE = 0.4, timedelta(days=28), 0.3
SHARE_OF_A_SHORT_ONE, SHORT = 0.5, timedelta(days=14)
WINDOWS_IN_ALL = 2_000_000
"""More windows than this are thinned by a longer stride."""

SPANS_BEYOND = 5.0
"""A range reaches so many times the seen extent beyond it."""

FAULTS_IN_VALIDATION = 6
"""Room for so many injected faults, each with two look-backs of its own, in what is held back to choose a champion."""

BUDGET, ALLOWED_IN_VALIDATION = 0.05, 0.5
"""False alarms per unit and day that people bear; more where the held-back part is too short to promise so few."""


@dataclass(frozen=True)
class Recorded:
    """A recording's times.

    Attributes
    ----------
    sampling : the grid that readings are aligned to.
    units : number of units.
    length : from the first to the last reading of the fleet.
    unit_length : the same of a typical unit.
    share : part of the grid instants in its own length that a typical unit has readings for.
    days : readings of the fleet per day.
    """

    sampling: timedelta
    units: int
    length: timedelta
    unit_length: timedelta
    share: float = 1.0
    days: Mapping[date, int] = field(default_factory=dict)

    @property
    def per_unit(self) -> bool:
        """Whether a training window is told per unit: units are test runs one after the other, or all is short."""
        apart = self.units > 1 and self.unit_length < 0.5 * self.length
        return apart or self.length * SHARE_LEARNT < 2 * DAY

    @property
    def life(self) -> timedelta:
        """The recording that a training window is a part of."""
        return self.unit_length if self.per_unit else self.length


@dataclass(frozen=True)
class Choices:
    """What was chosen; see the keys of a fleet file for what each means."""

    every: timedelta
    short: timedelta
    long: timedelta
    lags: tuple[timedelta, ...]
    outlier_window: timedelta
    stuck: timedelta
    impute: timedelta
    calendar: bool
    learnt: timedelta
    min_windows: int
    per_unit_day: float
    merge_gap: timedelta
    min_rows: int
    retraining: timedelta


def choose(seen: Recorded) -> Choices:
    """Choose everything that depends on how often and for how long the fleet was recorded."""
    sampling, learnt = seen.sampling, _training(seen)
    learnt_days = seen.units * seen.share * (learnt / DAY)
    longest = min(learnt / 8, VALIDATION_SHARE * learnt_days * DAY / (2 * FAULTS_IN_VALIDATION + 1))
    short = _round_span(min(_usual(sampling), longest / 2), at_least=6 * sampling)
    long = _round_span(min(6 * short, longest), at_least=2 * short)
    every = _stride(seen, short)
    fitted = (1 - VALIDATION_SHARE) * learnt_days * DAY / every
    held_back = learnt_days * (VALIDATION_SHARE - min(long / learnt, VALIDATION_SHARE / 2))
    return Choices(
        every=every,
        short=short,
        long=long,
        lags=(sampling, _on_grid(short, sampling)),
        outlier_window=max(long, 20 * sampling),
        stuck=max(long, 24 * sampling),
        impute=3 * sampling,
        calendar=sampling <= DAY / 24 and learnt >= 3 * DAY and not seen.per_unit,
        learnt=learnt,
        min_windows=min(100, max(10, int(fitted / 2))),
        per_unit_day=_rounded_up(max(BUDGET, ALLOWED_IN_VALIDATION / held_back)),
        merge_gap=max(every, short / 2),
        min_rows=min(20, max(1, int(seen.units * (DAY / every) / 2))),
        retraining=max(learnt, min(14 * DAY, seen.life)),
    )


def _usual(sampling: timedelta) -> timedelta:
    """Length of a short window: an hour of minutes, some hours of quarters, a day of hours, a week of days."""
    steps = 60 if sampling <= timedelta(minutes=1) else 24 if sampling < DAY else 7
    return steps * sampling


def _training(seen: Recorded) -> timedelta:
    """Take the first part of the recording, in whole days, hours or minutes where it is that long."""
    most = LEARNT_AT_MOST if seen.sampling < DAY else timedelta.max
    share = SHARE_OF_A_SHORT_ONE if seen.life < SHORT else SHARE_LEARNT
    wanted = min(most, seen.life * share)
    if seen.days and not seen.per_unit:
        return _first_days(seen.days, min(most.days, max(1, round(share * len(seen.days)))))
    for unit in (DAY, timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)):
        if wanted >= 2 * unit >= 2 * seen.sampling:
            return int(wanted / unit) * unit
    return max(wanted, 10 * seen.sampling)


def _first_days(days: Mapping[date, int], wanted: int) -> timedelta:
    """Span so many days with readings that the later part, which is held back, doesn't fall into a long gap."""
    usual = sorted(days.values())[len(days) // 2]
    full = [day for day, rows in sorted(days.items()) if rows >= usual / 4]
    for number in range(min(wanted, len(full)), len(full) + 1):
        length = full[number - 1] + DAY - full[0]
        held_back = sum(day >= full[0] + length * (1 - VALIDATION_SHARE) for day in full[:number])
        if held_back >= VALIDATION_SHARE * number / 2:
            return length
    return (full[-1] - full[0]) * SHARE_LEARNT


def _stride(seen: Recorded, short: timedelta) -> timedelta:
    """Score every reading, unless that makes more windows than one machine likes to look at."""
    bearable = seen.units * seen.share * seen.unit_length / WINDOWS_IN_ALL
    fitting = [stride for stride in _STRIDES if seen.sampling < stride <= short and not stride % seen.sampling]
    return next((stride for stride in (seen.sampling, *fitting) if stride >= bearable), [seen.sampling, *fitting][-1])


def _round_span(wanted: timedelta, at_least: timedelta) -> timedelta:
    """Give the longest round duration up to the wanted one, but never less than statistics need."""
    return max(max((span for span in _SPANS if span <= wanted), default=at_least), at_least)


def _on_grid(span: timedelta, sampling: timedelta) -> timedelta:
    return max(1, span // sampling) * sampling


def _rounded_up(rate: float) -> float:
    digit = 10.0 ** math.floor(math.log10(rate))
    return float(f"{math.ceil(round(rate / digit, 6)) * digit:.6g}")


def possible_range(low: float, high: float) -> tuple[float, float]:
    """Guess what a sensor can read at all: far beyond what was seen, with rest (zero) and twice the most inside.

    What lies outside is thrown away, so that a machine that stops or races must not.
    """
    room = SPANS_BEYOND * (high - low)
    least, most = min(low - room, 2 * low, 0.0), max(high + room, 2 * high, 0.0)
    return float(f"{least:.4g}"), float(f"{most:.4g}")
