"""How well an event was seen: the same for a long one as for a short one, and nothing for scores that know nothing."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from anomaly_assets.pipelines.seeing import Peaks, agreement, seen

START = datetime(2024, 1, 1, tzinfo=UTC)


def windows(scores: np.ndarray, unit: str = "u") -> pl.DataFrame:
    times = [START + timedelta(minutes=row) for row in range(len(scores) + 1)]
    return pl.DataFrame({"unit_id": unit, "window_start": times[:-1], "window_end": times[1:], "score": scores})


def events(*spans: tuple[int, int], unit: str = "u") -> pl.DataFrame:
    rows = [
        {"unit_id": unit, "start": START + timedelta(minutes=a), "end": START + timedelta(minutes=b)} for a, b in spans
    ]
    return pl.DataFrame(rows)


@pytest.mark.parametrize("length", [1, 10, 100, 500])
def test_a_score_that_knows_nothing_sees_little_however_long_the_event(length: int) -> None:
    random = np.random.default_rng(0)
    clean, scored = windows(random.random(5000)), windows(random.random(5000))
    spans = [(start, start + length) for start in range(0, 5000 - length, max(length, 100))]
    assert seen(events(*spans), scored, clean, 0.99).mean() < 0.3


def test_counting_any_alarm_would_have_let_it_see_long_events() -> None:
    """Negative control: the share of long events with a window above the threshold is near one for random scores."""
    random = np.random.default_rng(0)
    scored = random.random(5000).reshape(10, 500)
    assert (scored.max(axis=1) > 0.99).mean() > 0.9


def test_an_event_above_everything_clean_is_seen_in_full() -> None:
    clean = windows(np.random.default_rng(1).random(1000))
    scored = windows(np.where(np.arange(200) < 20, 5.0, 0.5))
    assert seen(events((0, 20)), scored, clean, 1.0)[0] == pytest.approx(1.0, abs=0.02)


def test_half_an_event_is_seen_less_than_all_of_it() -> None:
    clean = windows(np.random.default_rng(1).random(1000))
    whole, half = (windows(np.where(np.arange(40) < upto, 5.0, 0.5)) for upto in (40, 20))
    assert seen(events((0, 40)), whole, clean, 0.99)[0] > seen(events((0, 40)), half, clean, 0.99)[0] + 0.1


def test_equal_scores_are_no_merit() -> None:
    assert seen(events((0, 5)), windows(np.full(10, 7.0)), windows(np.full(50, 7.0)), 8.0)[0] == pytest.approx(0.0)


def test_without_clean_windows_it_is_undefined() -> None:
    assert np.isnan(seen(events((0, 5)), windows(np.arange(10.0)), windows(np.empty(0)), 1.0)[0])


def test_a_tenth_of_the_stretches_is_worth_the_same_step_everywhere() -> None:
    peaks = Peaks(np.arange(100_000.0), 100_000)
    steps = [peaks.rarity(1e5 - reached) for reached in (10.0, 100.0, 1000.0)]
    assert steps[0] - steps[1] == pytest.approx(steps[1] - steps[2], rel=0.05)


def test_agreement_is_f1_of_the_events_unit() -> None:
    scored = pl.concat([windows(np.array([0.0, 9, 9, 9, 0])), windows(np.array([9.0, 9, 0, 0, 0]), "v")])
    known = pl.concat([events((1, 3)), events((2, 4), unit="v")])
    assert agreement(known, scored, 1.0).tolist() == pytest.approx([2 * 2 / (2 + 3), 0.0])
