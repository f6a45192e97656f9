"""Checks that nothing leaks: not the future into the past, not an order that carries no meaning into the scores."""

import numpy as np
import polars as pl
import polars.selectors as cs

from ..asking import score_windows
from .frames import frames_for
from .judgement import alike_in_rank, claim, same_bits
from .making import Maker, fitted
from .telling import asked_about, blamed, telling_fault

_PAST, _DAY = 300, 100
"""Rows before the wild ones; rows of what stands for a day."""

_WILD = 1e6
_ALIKE = 0.9
"""Rank correlation from which two seeded fits say the same."""


def check_later_rows_change_no_earlier_score(make: Maker) -> None:
    """What comes afterwards, however wild, is not known at the time."""
    detector, recording = fitted(make), frames_for(make).recording(_PAST + _DAY)
    past, later = recording[:_PAST], recording[_PAST:]
    wild = later.with_columns(cs.float() * _WILD)
    asked = score_windows(detector, pl.concat([past, wild]))[:_PAST]
    claim(same_bits(asked, score_windows(detector, past)), "rows that come later change earlier scores")


def check_a_day_with_its_history_scores_as_the_whole(make: Maker) -> None:
    """The rows of one day, and as many before it as a score looks at, are all that its scores need."""
    detector, recording = fitted(make), frames_for(make).recording(_PAST)
    days = []
    for start in range(0, _PAST, _DAY):
        first = max(0, start - (detector.steps - 1))
        rows = recording[first : start + _DAY]
        days.append(score_windows(detector, rows, np.arange(rows.height) >= start - first))
    whole = score_windows(detector, recording)
    claim(same_bits(np.concatenate(days), whole), "days with the steps before them score otherwise than the whole")


def check_column_order_in_training_does_not_matter(make: Maker) -> None:
    """Sensors listed in another order are the same sensors: equal scores, or alike where a seed draws by position."""
    one, frames = fitted(make), frames_for(make)
    if one.tags.knows_nothing:
        return
    other, frame = make().fit(frames.windows()[:, ::-1]), asked_about(make)
    scores = one.score(frame), other.score(frame)
    if "seed" in one.params:
        claim(alike_in_rank(*scores) >= _ALIKE, f"other column order, rank correlation {alike_in_rank(*scores):.2f}")
    else:
        claim(np.allclose(*scores, rtol=1e-9, atol=1e-9), "columns in another order teach other scores")


def check_column_order_in_training_blames_the_same(make: Maker) -> None:
    """The sensor that is named does not hang on its place among the columns."""
    one, fault = fitted(make), telling_fault(make)
    if fault is None or not one.tags.explains:
        return
    frames = frames_for(make)
    other, frame = make().fit(frames.windows()[:, ::-1]), frames.fault_rows(fault)
    agreed = float(np.mean(blamed(one, frame) == blamed(other, frame)))
    least = _ALIKE if "seed" in one.params else 1.0
    claim(agreed >= least, f"other column order, the same sensor is blamed in only {agreed:.2f} of windows")
