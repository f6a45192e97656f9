"""What a fleet file says when nobody has said it: windows, lags, training and budget, from how a recording looks.

Arithmetic on times; what the files hold is found by ingest, the text is written in onboard_text.py.
"""

import math
from dataclasses import dataclass
from datetime import timedelta

DAY = timedelta(days=1)
_STRIDES = [timedelta(seconds=s) for s in (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600)]
_MINUTES = (1 / 6, 1 / 3, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 180, 360, 720)
_DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 28, 60, 90)
_SPANS = [*(timedelta(minutes=m) for m in _MINUTES), *(timedelta(days=d) for d in _DAYS)]

SHARE_LEARNT, LEARNT_AT_MOST, VALIDATION_SHARE = 0.4, timedelta(days=28), 0.3
WINDOWS_IN_ALL = 2_000_000
"""More windows than this are thinned by a longer stride."""

SPANS_BEYOND = 5.0
"""A range reaches so many times the seen extent beyond it."""

BUDGET, ALLOWED_IN_VALIDATION = 0.05, 0.1
"""False alarms per unit and day that people bear, and at least so many in the held-back part, however short."""


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
    """

    sampling: timedelta
    units: int
    length: timedelta
    unit_length: timedelta
    share: float = 1.0

    @property
    def apart(self) -> bool:
        """Whether units are recorded one after the other (test runs) and not beside each other (a plant)."""
        return self.units > 1 and self.unit_length < 0.5 * self.length

    @property
    def life(self) -> timedelta:
        """The recording that a training window is a part of."""
        return self.unit_length if self.apart else self.length


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
    short = _round_span(min(_usual(sampling), learnt / 8), at_least=3 * sampling)
    long = _round_span(min(6 * short, learnt / 4), at_least=2 * short)
    every = _stride(seen, short)
    learnt_days = seen.units * seen.share * (learnt / DAY)
    fitted = (1 - VALIDATION_SHARE) * learnt_days * DAY / every
    return Choices(
        every=every,
        short=short,
        long=long,
        lags=(sampling, _on_grid(short, sampling)),
        outlier_window=max(long, 20 * sampling),
        stuck=max(long, 24 * sampling),
        impute=3 * sampling,
        calendar=sampling <= DAY / 24 and learnt >= 3 * DAY and not seen.apart,
        learnt=learnt,
        min_windows=min(100, max(10, int(fitted / 2))),
        per_unit_day=_rounded_up(max(BUDGET, ALLOWED_IN_VALIDATION / (VALIDATION_SHARE * learnt_days))),
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
    wanted = seen.life * SHARE_LEARNT
    wanted = min(LEARNT_AT_MOST, wanted) if seen.sampling < DAY else wanted
    for unit in (DAY, timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)):
        if wanted >= 2 * unit >= 2 * seen.sampling:
            return int(wanted / unit) * unit
    return max(wanted, 10 * seen.sampling)


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
