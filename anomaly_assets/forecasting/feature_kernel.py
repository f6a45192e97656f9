"""Features of an origin, of an instant ahead, and of one step ahead; compiled, so import it inside functions only.

Every mean is summed afresh over its own window in the order of time, so a row is the same to the bit whatever lies
around it, and a spike is forgotten once it has left the window.
"""

import numpy as np

from .compiling import compiled
from .layout import RECENT

SHARE = 0.5  # of a window that must have been read


@compiled
def window_mean(series: np.ndarray, end: int, span: int) -> float:
    """Average the ``span`` readings up to and with ``end``; NaN when less than half of them are there."""
    total, count = 0.0, 0
    for k in range(max(end - span + 1, 0), min(end + 1, series.size)):
        if not np.isnan(series[k]):
            total += series[k]
            count += 1
    return total / count if count > 0 and count >= SHARE * span else np.nan


@compiled
def window_spread(series: np.ndarray, end: int, span: int) -> float:
    """Take the standard deviation of the ``span`` readings up to ``end``; NaN when less than a quarter is there."""
    total, count = 0.0, 0
    for k in range(max(end - span + 1, 0), end + 1):
        if not np.isnan(series[k]):
            total += series[k]
            count += 1
    if count < 2 or count < 0.25 * span:
        return np.nan
    mean, squares = total / count, 0.0
    for k in range(max(end - span + 1, 0), end + 1):
        if not np.isnan(series[k]):
            squares += (series[k] - mean) ** 2
    return np.sqrt(squares / count)


@compiled
def reading(series: np.ndarray, k: int) -> float:
    """Take one reading, NaN outside."""
    return series[k] if 0 <= k < series.size else np.nan


@compiled
def usual_spread(series: np.ndarray, k: int, first: int, day: int, span: int) -> float:
    """Take the spread known at the last midnight (UTC) at or before ``k``; never exactly 0."""
    midnight = k - (first + k) % day
    if midnight < 0:
        return np.nan
    return max(window_spread(series, midnight, span), 1e-9)


@compiled
def mean_of(numbers: np.ndarray) -> float:
    """Average what is no NaN."""
    total, count = 0.0, 0
    for number in numbers:
        if not np.isnan(number):
            total += number
            count += 1
    return total / count if count > 0 else np.nan


@compiled
def at_origins(  # noqa: PLR0917
    values: np.ndarray, first: int, unit: np.ndarray, origin: np.ndarray, spans: tuple, sizes: tuple, width: int
) -> tuple:
    """Return level, spread (n,), daily means (n, days) and features (n, width) of origins, in spreads from the level.

    ``spans`` are lags, means, short means; ``sizes`` day, level, spread, days.
    """
    lags, means, short = spans
    day, level_span, spread_span, days = sizes
    n = unit.size
    level, spread = np.empty(n), np.empty(n)
    daily, told = np.empty((n, days)), np.empty((n, width))
    for i in range(n):
        series, o = values[unit[i]], origin[i]
        level[i] = window_mean(series, o, level_span)
        spread[i] = usual_spread(series, o, first, day, spread_span)
        for j in range(days):
            daily[i, j] = window_mean(series, o - j * day, day)
        k = 0
        told[i, k] = series[o] - level[i]
        for lag in lags:
            k += 1
            told[i, k] = reading(series, o - lag) - level[i]
        for span in means:
            k += 1
            told[i, k] = window_mean(series, o, span) - level[i]
        for j in range(1, days):
            k += 1
            told[i, k] = daily[i, j] - level[i]
        for back in (day, 7 * day):
            for span in short:
                k += 1
                told[i, k] = window_mean(series, o, span) - window_mean(series, o - back, span)
        before = np.empty(days)
        for j in range(days):
            before[j] = window_mean(series, o - (j + 1) * day, short[0])
        told[i, k + 1] = window_mean(series, o, short[0]) - mean_of(before)
        told[i, k + 2] = np.sqrt(mean_of((daily[i] - mean_of(daily[i])) ** 2))
        told[i, k + 3] = window_spread(series, o, day)
        told[i] /= spread[i]
    return level, spread, daily, told


@compiled
def calendar(instant: int, day: int, row: np.ndarray, k: int) -> None:
    """Write time of day and day of week (Monday is 0) of a step, with cyclic encodings, from ``row[k]`` on."""
    part = (instant % day) / day
    weekday = (instant // day + 3) % 7
    row[k], row[k + 1], row[k + 2] = part, np.sin(2 * np.pi * part), np.cos(2 * np.pi * part)
    row[k + 3], row[k + 4], row[k + 5] = weekday, np.sin(2 * np.pi * weekday / 7), np.cos(2 * np.pi * weekday / 7)


@compiled
def at_horizons(  # noqa: PLR0917
    values: np.ndarray,
    first: int,
    rows: tuple,
    origins: tuple,
    sizes: tuple,
    around: int,
    with_calendar: bool,
    told: np.ndarray,
) -> np.ndarray:
    """Fill ``told`` (n, width) with the features of instants ahead; return the usual daily profile there (n,).

    ``rows`` are unit, origin column, horizon in steps, index of the origin; ``origins`` what ``at_origins`` returned.
    """
    unit, origin, horizon, which = rows
    level, spread, daily, known = origins
    day, _, _, days = sizes
    profile = np.empty(unit.size)
    same, departed = np.empty(days), np.empty(days)
    for i in range(unit.size):
        series, o, ahead, w = values[unit[i]], origin[i], horizon[i], which[i]
        target = o + ahead
        latest = target - ((ahead - 1) // day + 1) * day
        for j in range(days):
            same[j] = reading(series, latest - j * day)
            departed[j] = same[j] - daily[w, j]
        usual = mean_of(departed)
        profile[i] = 0.0 if np.isnan(usual) else usual
        k = known.shape[1]
        told[i, :k] = known[w]
        for j in range(days):
            told[i, k + j] = (same[j] - level[w]) / spread[w]
        k += days
        told[i, k] = (mean_of(same) - level[w]) / spread[w]
        told[i, k + 1] = (mean_of(same[:RECENT]) - level[w]) / spread[w]
        told[i, k + 2] = usual / spread[w]
        k += 3
        for j in range(RECENT):
            end = min(latest - j * day + around // 2, o)
            told[i, k + j] = (window_mean(series, end, around + 1) - level[w]) / spread[w]
        k += RECENT
        told[i, k] = ahead / day
        if with_calendar:
            calendar(first + target, day, told[i], k + 1)
    return profile


@compiled
def one_step_row(  # noqa: PLR0917
    series: np.ndarray, k: int, first: int, spread: float, spans: tuple, day: int, with_calendar: bool, row: np.ndarray
) -> None:
    """Fill ``row`` with what the step after column ``k`` is expected from, in spreads from the reading at ``k``."""
    lags, _, short = spans
    now, place = series[k], 0
    for lag in lags:
        row[place] = (reading(series, k - lag) - now) / spread
        place += 1
    for span in short:
        row[place] = (window_mean(series, k, span) - now) / spread
        place += 1
    row[place] = (reading(series, k + 1 - day) - now) / spread
    row[place + 1] = (reading(series, k + 1 - 7 * day) - now) / spread
    if with_calendar:
        calendar(first + k + 1, day, row, place + 2)


@compiled
def one_step_rows(  # noqa: PLR0917
    values: np.ndarray,
    first: int,
    unit: np.ndarray,
    column: np.ndarray,
    spread: np.ndarray,
    spans: tuple,
    day: int,
    with_calendar: bool,
    told: np.ndarray,
) -> None:
    """Fill ``told`` (n, width), one row per unit and column."""
    for i in range(unit.size):
        one_step_row(values[unit[i]], column[i], first, spread[i], spans, day, with_calendar, told[i])
