"""A threshold that follows: what it learns, what it must not learn, and that cutting changes nothing."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.errors import ThresholdError
from anomaly_assets.thresholds import Followed, Threshold, calibrate, follow

from .scored import MINUTE, calibration

KNOWN = 2000


def noise(size: int, seed: int = 0, memory: float = 0.0) -> np.ndarray:
    """Magnitudes of standard normal values, each correlated by `memory` with the one before."""
    draw = np.random.default_rng(seed).standard_normal(size + 500)
    for i in range(1, draw.size if memory else 0):
        draw[i] = memory * draw[i - 1] + np.sqrt(1 - memory**2) * draw[i]
    return np.abs(draw[500:])


def start(seed: int = 99, **params) -> Threshold:
    return calibrate("adaptive_budget", params, calibration(noise(KNOWN, seed)))


def width(threshold: Threshold) -> float:
    return threshold.value - threshold.params["centre_"]


def walked(threshold: Threshold, scores, units: int = 1, labelled=None, state=None, part=slice(None)) -> Followed:
    """Follow over minutes of a few units; `part` takes some of the rows."""
    c = calibration(scores, units=units)
    columns = [s[part] for s in (c.unit_id, c.window_start, c.window_end, c.score)]
    return follow(threshold, *columns, state or {}, None if labelled is None else labelled[part])


@pytest.mark.parametrize("memory", [0.0, 0.9, 0.98])
def test_steady_scores_alarm_as_often_as_asked(memory):
    threshold = calibrate("adaptive_budget", {}, calibration(noise(KNOWN, 5, memory)))
    assert 0.007 < walked(threshold, noise(15_000, 6, memory)).flags.mean() < 0.013


@pytest.mark.parametrize("speed", [0.1, 0.5, 1.0])
def test_drift_is_followed_where_the_start_value_would_flood(speed):
    """Speeds in calibrated widths per 1,000 windows."""
    threshold = start()
    scores = noise(8000) + speed * width(threshold) * np.arange(8000) / 1000
    assert 0.005 < walked(threshold, scores).flags.mean() < 0.02
    assert threshold.flags(scores).mean() > (0.02 if speed < 0.2 else 0.3)


def test_falling_scores_are_followed_down_to_the_floor():
    threshold = start()
    followed = walked(threshold, np.zeros(30_000))
    assert followed.values[-1] == pytest.approx(threshold.params["centre_"] + 0.5 * width(threshold))


def step(threshold: Threshold, size: float, length: int = 3000) -> np.ndarray:
    scores = noise(2000 + length + 2000)
    scores[2000 : 2000 + length] += size * width(threshold)
    return scores


@pytest.mark.parametrize("size", [4, 8, 100])
def test_a_long_anomaly_is_not_absorbed(size):
    followed = walked(start(), step(start(), size))
    assert followed.flags[2000:5000].mean() > 0.95
    assert followed.flags[5100:].mean() < 0.03
    reasons = followed.moves["reason"].to_list()
    assert (reasons.count("incident opened"), reasons.count("incident over")) == (1, 1)


def test_without_the_guard_it_would_be():
    """Negative control: no score counts as evidence."""
    unguarded = start(clear=1e6)
    assert walked(unguarded, step(unguarded, 4)).flags[2000:5000].mean() < 0.3


def test_what_the_onset_taught_is_taken_back_and_nothing_moves_until_the_hold_off_is_over():
    threshold = start(hold_off=200)
    followed = walked(threshold, step(threshold, 8))
    frame = followed.moves.with_columns(minute=(pl.col("time") - calibration([0.0]).window_end[0]).dt.total_minutes())
    opened, over = (frame.filter(reason=f"incident {word}").row(0, named=True) for word in ("opened", "over"))
    assert 2000 + 19 <= opened["minute"] <= 2000 + 40
    assert opened["value"] == pytest.approx(followed.values[1999], rel=0.1)
    assert np.unique(followed.values[opened["minute"] + 1 : over["minute"] + 200]).size == 1
    assert frame.filter(pl.col("minute").is_between(over["minute"] + 1, over["minute"] + 199)).is_empty()


def test_an_incident_that_lasts_is_reported_once_and_stays_frozen():
    threshold = start(max_freeze=500)
    followed = walked(threshold, step(threshold, 8))
    assert followed.moves["reason"].to_list().count("incident expired") == 1
    assert followed.flags[3000:5000].all()


def test_spikes_alone_open_no_incident():
    scores = noise(5000)
    scores[::50] += 100.0
    assert "incident opened" not in walked(start(), scores).moves["reason"].to_list()


def test_labelled_windows_teach_nothing():
    threshold = start()
    scores = step(threshold, 1.3)
    marks = pl.Series((np.arange(7000) >= 2000) & (np.arange(7000) < 5000))
    labelled, blind = walked(threshold, scores, labelled=marks), walked(threshold, scores)
    assert np.unique(labelled.values[2000:5001]).size == 1
    assert labelled.flags[2000:5000].mean() > 0.8 > 0.1 > blind.flags[2000:5000].mean()


def test_no_drift_moves_it_past_the_hard_limit_and_that_is_reported_once():
    threshold = start(hard_limit=3.0, growth=100.0)
    followed = walked(threshold, noise(20_000) + width(threshold) * np.arange(20_000) / 2000)
    limit = threshold.params["centre_"] + 3 * width(threshold)
    assert followed.values.max() == pytest.approx(limit)
    assert followed.flags[-3000:].mean() > 0.9
    assert followed.moves["reason"].to_list().count("held by the hard limit") == 1


def test_an_absolute_limit_holds_like_a_multiple():
    limit = start().value + 0.5
    followed = walked(start(absolute_limit=limit), noise(9000) + np.arange(9000) / 3000)
    assert followed.values.max() == pytest.approx(limit)


def test_growth_is_bounded_within_a_stretch():
    threshold = start(growth=1.5, growth_windows=500)
    followed = walked(threshold, noise(5000) + 1.2 * width(threshold) * np.arange(5000) / 500)
    for first in range(0, 5000, 500):
        widths = followed.values[first : first + 500] - threshold.params["centre_"]
        assert widths.max() <= 1.5 * widths[0] * (1 + 1e-12)
    assert "held by the growth limit" in followed.moves["reason"].to_list()


@settings(max_examples=25)
@given(st.integers(0, 1000), st.integers(1, 3), st.lists(st.integers(0, 1200), max_size=6))
def test_any_cutting_gives_the_same_bits_through_json(seed, units, cuts):
    """Waves, a step and a labelled stretch; the pieces are cut in time, through all units."""
    scores = noise(1200 * units, seed) + np.sin(np.arange(1200 * units) / 90)
    scores[500:700] += 9.0
    minute = np.arange(scores.size) % 1200
    marks = pl.Series((minute >= 300) & (minute < 350))
    threshold = start(hold_off=20, growth_windows=300)
    whole, state, values, moves = walked(threshold, scores, units, marks), {}, np.empty(scores.size), []
    for first, end in zip([0, *sorted(cuts)], [*sorted(cuts), 1200], strict=True):
        rows = np.flatnonzero((minute >= first) & (minute < end))
        piece = walked(threshold, scores, units, marks, json.loads(json.dumps(state)), rows)
        values[rows], state = piece.values, piece.state
        moves.append(piece.moves)
    assert values.tobytes() == whole.values.tobytes()
    assert state == whole.state
    assert pl.concat(moves).sort("unit_id", "time").equals(whole.moves)


def test_the_order_of_rows_does_not_matter():
    scores, order = noise(3000) * 2, np.random.default_rng(0).permutation(3000)
    straight, mixed = walked(start(), scores, 3), walked(start(), scores, 3, part=order)
    assert (straight.values[order] == mixed.values).all()
    assert (straight.flags[order] == mixed.flags).all()


def test_the_log_of_moves_tells_every_value():
    threshold = start()
    scores = noise(6000) * 2
    scores[3000:3300] += 60
    followed = walked(threshold, scores)
    ends = calibration(scores).window_end
    told = pl.DataFrame({"time": ends}).join_asof(followed.moves.select("time", "value"), on="time")
    after = told["value"].fill_null(threshold.value).to_numpy()
    assert (after[:-1] == followed.values[1:]).all()
    assert followed.values[0] == threshold.value
    assert np.unique(followed.values).size > 10


def test_shifting_and_stretching_all_scores_changes_no_decision():
    known, scores = noise(KNOWN, 1), noise(6000) + np.sin(np.arange(6000) / 700)
    plain = walked(calibrate("adaptive_budget", {}, calibration(known)), scores)
    moved = walked(calibrate("adaptive_budget", {}, calibration(8 * known - 100)), 8 * scores - 100)
    assert (plain.flags == moved.flags).all()


def test_units_do_not_know_of_each_other():
    loud = np.concatenate([noise(2000) * 3, noise(2000, 1)])
    together, alone = walked(start(), loud, 2), walked(start(), loud[:2000])
    assert (together.values[:2000] == alone.values).all()
    assert together.state["u0"] == alone.state["u0"]


def test_a_static_threshold_never_moves():
    threshold = calibrate("quantile", {}, calibration(noise(KNOWN)))
    followed = walked(threshold, noise(3000) * 9)
    assert (followed.values == threshold.value).all()
    assert (followed.flags == threshold.flags(noise(3000) * 9)).all()
    assert followed.moves.is_empty()


def test_without_a_width_it_stays_where_it_is():
    threshold = calibrate("adaptive_budget", {}, calibration(np.full(200, 3.0)))
    followed = walked(threshold, np.array([3.0, 4.0] * 100))
    assert (followed.values == 3.0).all()
    assert followed.moves.is_empty()


def test_no_windows_change_nothing():
    state = walked(start(), noise(100)).state
    followed = walked(start(), noise(100), state=state, part=slice(0, 0))
    assert followed.values.size == 0
    assert followed.state == state
    assert followed.moves.schema == walked(start(), noise(3000) * 3).moves.schema


def test_windows_that_were_learnt_from_are_refused():
    state = walked(start(), noise(100)).state
    with pytest.raises(ThresholdError, match=r"unit u0.*state that was left before"):
        walked(start(), noise(200), state=state, part=slice(99, 200))


def test_a_window_that_comes_twice_is_refused():
    with pytest.raises(ThresholdError, match="not later"):
        walked(start(), noise(100), part=np.array([0, 1, 1, 2]))


def test_the_state_of_another_threshold_is_refused():
    state = walked(start(), noise(100)).state
    with pytest.raises(ThresholdError, match="another threshold"):
        walked(start(seed=3), noise(200), state=state, part=slice(100, 200))


def test_a_damaged_state_is_refused():
    with pytest.raises(ThresholdError, match="damaged"):
        walked(start(), noise(100), state={"u0": {"log_width": 0.0}})


def test_a_score_that_is_no_number_is_refused():
    c = calibration(noise(10))
    with pytest.raises(ThresholdError, match="not finite"):
        follow(start(), c.unit_id, c.window_start, c.window_start + MINUTE, np.full(10, np.nan), {})
