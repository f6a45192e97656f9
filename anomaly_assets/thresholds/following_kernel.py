"""Walks an adaptive threshold over scored windows, compiled; importing this module imports numba.

Strictly one window after another with all memory in the state, so that any cutting of the windows gives the same bits.
"""

import math
from typing import Any, NamedTuple

from numba import njit

FIELDS = (
    "log_width",  # log of the width over the calibrated one
    "pending",  # of log_width, not yet worth a move
    "anchor",  # log_width where this stretch of bounded growth began
    "before",  # log_width before the unit began to alarm
    "evidence",  # of an incident
    "alarming",  # of a run of alarms
    "open",  # windows since the incident opened; 0 without
    "hold_off",  # windows still to wait after an incident
    "seen",  # windows of this stretch of bounded growth
    "held",  # 1 while a limit stops growth
)
_LOG, _PENDING, _ANCHOR, _BEFORE, _EVIDENCE, _ALARMING, _OPEN, _HOLD_OFF, _SEEN, _HELD = range(len(FIELDS))

REASONS = (
    "raised",
    "lowered",
    "incident opened",
    "incident over",
    "incident expired",
    "held by the growth limit",
    "held by the hard limit",
)
RAISED, LOWERED, OPENED, OVER, EXPIRED, GROWTH, HARD = range(len(REASONS))
NOTHING = -1


class Rules(NamedTuple):
    """An adaptive threshold in numbers; see ``adaptive_budget``. The four bounds are logarithms."""

    value: float
    width: float
    share: float
    step: float
    clear: float
    persistence: float
    hold_off: float
    max_freeze: float
    growth: float
    growth_windows: float
    least: float
    most: float


def _compiled(function: Any) -> Any:
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:  # numba finds no folder to cache in: a read-only installation compiles in every process
        return njit(nogil=True)(function)


@njit
def _threshold(rules, log_width):  # type: ignore[no-untyped-def]
    return rules.value + rules.width * math.expm1(log_width)


@njit
def _leaky(count, more, most):  # type: ignore[no-untyped-def]
    return min(count + 1.0, most) if more else max(count - 1.0, 0.0)


@njit
def _incident(own, score, alarms, rules):  # type: ignore[no-untyped-def]
    """Weigh the window's evidence and open, close or time an incident; return what happened."""
    if own[_ALARMING] == 0.0 and own[_OPEN] == 0.0:
        own[_BEFORE] = own[_LOG]
    own[_ALARMING] = _leaky(own[_ALARMING], alarms, rules.persistence)
    line = rules.value + rules.width * (rules.clear * math.exp(own[_BEFORE]) - 1.0)
    own[_EVIDENCE] = _leaky(own[_EVIDENCE], score > line, rules.persistence)
    if own[_OPEN] > 0.0:
        own[_OPEN] += 1.0
        if own[_EVIDENCE] == 0.0:
            own[_OPEN], own[_HOLD_OFF] = 0.0, rules.hold_off
            return OVER
        return EXPIRED if own[_OPEN] == rules.max_freeze + 1.0 else NOTHING
    if own[_EVIDENCE] >= rules.persistence:
        own[_OPEN], own[_LOG], own[_PENDING], own[_HELD] = 1.0, own[_BEFORE], 0.0, 0.0
        return OPENED
    return NOTHING


@njit
def _follow_budget(own, alarms, rules):  # type: ignore[no-untyped-def]
    """Count the window for or against the budget and move within the bounds; return what happened."""
    own[_PENDING] += rules.step if alarms else -rules.step * rules.share / (1.0 - rules.share)
    if abs(own[_PENDING]) < 0.999 * rules.step:  # a move is worth at least a step, rounding aside
        return NOTHING
    wanted, here = own[_LOG] + own[_PENDING], own[_LOG]
    ceiling = max(here, own[_ANCHOR] + rules.growth)
    own[_LOG] = max(min(wanted, ceiling, rules.most), rules.least)
    own[_PENDING] = 0.0
    if own[_LOG] != here:
        own[_HELD] = 0.0
        return RAISED if own[_LOG] > here else LOWERED
    if wanted > here and own[_HELD] == 0.0:
        own[_HELD] = 1.0
        return HARD if here >= rules.most else GROWTH
    return NOTHING


@_compiled
def walk(score, unit, skip, rules, state, values, happened, after):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write every window's threshold, what happened at its end, and the threshold then.

    Parameters
    ----------
    score : (rows,) sorted by unit and time.
    unit : (rows,) row of the state.
    skip : (rows,) windows that nothing is learnt from.
    rules : see Rules.
    state : (units, FIELDS), written.
    values, happened, after : (rows,) written.
    """
    for row in range(score.shape[0]):
        own = state[unit[row]]
        values[row] = _threshold(rules, own[_LOG])
        happened[row] = NOTHING
        if not skip[row]:
            if own[_SEEN] == 0.0:
                own[_ANCHOR] = own[_LOG]
            own[_SEEN] = own[_SEEN] + 1.0 if own[_SEEN] + 1.0 < rules.growth_windows else 0.0
            alarms = score[row] > values[row]
            happened[row] = _incident(own, score[row], alarms, rules)
            if happened[row] == NOTHING and own[_OPEN] == 0.0:
                if own[_HOLD_OFF] > 0.0:
                    own[_HOLD_OFF] -= 1.0
                else:
                    happened[row] = _follow_budget(own, alarms, rules)
        after[row] = _threshold(rules, own[_LOG])
