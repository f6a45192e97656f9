"""What a fleet file says when nobody has said it: windows, lags, training and budget, from how a recording looks.

Pure arithmetic on times; what the files look like is found by ingest, the text is written in onboard_text.py.
"""

import math
from dataclasses import dataclass
from datetime import timedelta

DAY = timedelta(days=1)
_STEPS = "1s 2s 5s 10s 15s 20s 30s 1m 2m 3m 4m 5m 6m 10m 12m 15m 20m 30m 1h 2h 3h 4h 6h 8h 12h 1d".split()
_SPANS = "10s 20s 30s 1m 2m 5m 10m 20m 30m 1h 2h 3h 6h 12h 1d 2d 3d 5d 7d 10d 14d 21d 28d 60d 90d".split()

SHARE_LEARNT, AT_MOST = 0.4, timedelta(days=28)
VALIDATION_SHARE = 0.3
WINDOWS_IN_ALL = 2_000_000
USUAL_BUDGET = 0.05
"""False alarms per unit and day that people bear: one per unit in twenty days."""


@dataclass(frozen=True)
class Recorded:
    """A recording's times.

    Attributes
    ----------
    step : usual time between two readings of a unit.
    units : number of units.
    length : from the first to the last reading of the fleet.
    unit_length : the same of a typical unit.
    share : part of its own length that a typical unit has readings for.
    """

    step: timedelta
    units: int
    length: timedelta
    unit_length: timedelta
    share: float = 1.0

    @property
    def apart(self) -> bool:
        """Whether units are recorded one after the other (test runs) and not beside each other (a plant)."""
        return self.units > 1 and self.unit_length < 0.5 * self.length


@dataclass(frozen=True)
class Choices:
    """What was chosen; durations as a fleet file writes them."""

    sampling: timedelta
    every: timedelta
    short: timedelta
    long: timedelta
    lags: tuple[timedelta, ...]
    outlier_window: timedelta
    stuck: timedelta
    impute: timedelta
    calendar: bool
    learnt: timedelta
    early_life: bool
    min_windows: int
    per_unit_day: float
    merge_gap: timedelta
    min_rows: int
    retraining: timedelta


def choose(seen: Recorded) -> Choices:
    """Choose everything that depends on how often and for how long the fleet was recorded."""
    sampling = grid_step(seen.step)
    life = seen.unit_length if seen.apart else seen.length
    learnt = _training(life, sampling)
    short = _span_near(min(60 * sampling, learnt / 8), at_least=3 * sampling)
    long = _span_near(min(6 * short, learnt / 4), at_least=2 * short)
    every = _stride(seen, sampling, short)
    windows = seen.units * seen.share * (learnt / every)
    held_back = seen.units * seen.share * (learnt / DAY) * VALIDATION_SHARE
    return Choices(
        sampling=sampling,
        every=every,
        short=short,
        long=long,
        lags=(sampling, _on_grid(short, sampling)),
        outlier_window=max(long, 20 * sampling),
        stuck=max(long, 60 * sampling),
        impute=3 * sampling,
        calendar=sampling <= DAY / 24 and learnt >= 3 * DAY and not seen.apart,
        learnt=learnt,
        early_life=seen.apart,
        min_windows=min(100, max(10, int(windows * (1 - VALIDATION_SHARE) / 2))),
        per_unit_day=_rounded_up(max(USUAL_BUDGET, 1 / held_back)),
        merge_gap=max(short, every),
        min_rows=min(20, max(1, int(seen.units * DAY / every / 2))),
        retraining=max(learnt, min(14 * DAY, life)),
    )


def grid_step(step: timedelta) -> timedelta:
    """Give the finest grid that readings this far apart fill: divides a day, or is whole days."""
    if step > DAY:
        return math.ceil(step / DAY - 0.05) * DAY
    if step < timedelta(seconds=1):
        return timedelta(milliseconds=next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if _fits(n / 1e3, step)))
    return next(_duration(text) for text in _STEPS if _fits(_duration(text).total_seconds(), step))


def _fits(seconds: float, step: timedelta) -> bool:
    return seconds >= 0.95 * step.total_seconds()


def _training(life: timedelta, sampling: timedelta) -> timedelta:
    """Take the first part of the recording, in whole days, hours or minutes where it is that long."""
    wanted = min(AT_MOST, life * SHARE_LEARNT) if sampling < DAY else life * SHARE_LEARNT
    for unit in (DAY, timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)):
        if wanted >= 2 * unit and unit >= sampling:
            return int(wanted / unit) * unit
    return max(wanted, 10 * sampling)


def _stride(seen: Recorded, sampling: timedelta, short: timedelta) -> timedelta:
    """Score every reading, unless that makes more windows than one machine likes to look at."""
    if sampling >= DAY:
        return sampling
    bearable = seen.units * seen.share * seen.unit_length / WINDOWS_IN_ALL
    strides = [d for text in _STEPS if (d := _duration(text)) >= sampling and d % sampling == timedelta(0) and d <= short]
    return next((stride for stride in strides if stride >= bearable), max([*strides, sampling]))


def _span_near(wanted: timedelta, at_least: timedelta) -> timedelta:
    """Give the roundest duration at or below the wanted one, but never below what statistics need."""
    below = [span for text in _SPANS if (span := _duration(text)) <= wanted]
    chosen = max(below, default=at_least)
    return chosen if chosen >= at_least else at_least


def _on_grid(span: timedelta, sampling: timedelta) -> timedelta:
    return max(1, span // sampling) * sampling


def _rounded_up(rate: float) -> float:
    digits = 10 ** math.floor(math.log10(rate))
    return round(math.ceil(rate / digits) * digits, 6)


def _duration(text: str) -> timedelta:
    from ..config import parse_duration

    return parse_duration(text)
