"""What one step ahead is expected from: nothing but the past, gaps filled from it, lines that find the rule."""

import numpy as np
import pytest

from anomaly_assets.detectors.one_step import Lines, OneStep, spans_of, told_of

USUAL = np.array([5.0])


def told(*past: float, lags: int = 2, hours: tuple[float, ...] = ()) -> list[float]:
    """What is told of one window of one series."""
    steps = np.array(past).reshape(-1, 1, 1)
    return told_of(steps, USUAL, [np.array([hour]) for hour in hours], min(lags, len(past)))[:, 0, 0].tolist()


def test_spans_double_from_the_lags_on_and_end_with_the_whole_past() -> None:
    assert spans_of(6, 47) == (12, 24, 47)
    assert spans_of(6, 24) == (12, 24)
    assert spans_of(6, 6) == ()


def test_the_newest_step_is_told_then_how_it_differs_from_earlier_ones_and_from_means() -> None:
    assert told(1.0, 2.0, 3.0, 6.0, 8.0, hours=(0.5,)) == [8.0, 2.0, 8.0 - 19 / 4, 8.0 - 4.0, 0.5]


def test_an_unknown_step_takes_the_one_before_it_a_leading_one_the_first_known_and_no_past_at_all_the_usual_value() -> (
    None
):
    nan = float("nan")
    assert told(nan, 2.0, nan, 6.0, nan) == told(2.0, 2.0, 2.0, 6.0, 6.0)
    assert told(nan, nan, nan) == told(5.0, 5.0, 5.0)


def test_lines_find_the_rule_of_every_series_and_learn_nothing_from_readings_that_do_not_count() -> None:
    rng = np.random.default_rng(0)
    given = rng.normal(size=(2, 500, 2))
    reading = np.stack([3.0 + 2.0 * given[0, :, 0] - given[1, :, 0], 0.5 * given[1, :, 1]], axis=1)
    counts = np.ones(reading.shape, dtype=bool)
    counts[:50], reading[:50] = False, np.nan
    lines = Lines.fit(OneStep(given, reading, counts), 1e-6)
    assert lines.constant == pytest.approx([3.0, 0.0], abs=1e-6)
    assert lines.slope == pytest.approx(np.array([[2.0, -1.0], [0.0, 0.5]]), abs=1e-6)
    assert lines.follow(given)[50:] == pytest.approx(reading[50:])
    counts[:, 1] = False
    assert Lines.fit(OneStep(given, reading, counts), 1e-6).slope[1].tolist() == [0.0, 0.0]
