from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.pipelines.onboard_choices import SHARE_OF_A_SHORT_ONE, Recorded, choose, possible_range

DAY = timedelta(days=1)
STEPS = [timedelta(seconds=s) for s in (0.1, 1, 10, 60, 300, 900, 3600, 7200, 86_400, 7 * 86_400)]


@st.composite
def recordings(draw: st.DrawFn) -> Recorded:
    sampling = draw(st.sampled_from(STEPS))
    length = sampling * draw(st.integers(60, 200_000))
    part = draw(st.floats(0.01, 1))
    return Recorded(
        sampling, draw(st.integers(1, 200)), length, max(50 * sampling, length * part), draw(st.floats(0.1, 1))
    )


@given(recordings())
@settings(max_examples=300)
def test_every_choice_fits_the_grid_and_the_recording(seen: Recorded) -> None:
    chosen = choose(seen)
    assert 3 * seen.sampling <= chosen.short < chosen.long
    assert chosen.every % seen.sampling == timedelta(0)
    assert chosen.every == seen.sampling or DAY % chosen.every == timedelta(0)
    assert all(lag % seen.sampling == timedelta(0) for lag in chosen.lags)
    assert chosen.learnt <= max(seen.life / 2, 10 * seen.sampling)
    assert 10 <= chosen.min_windows <= 100
    assert 1 <= chosen.min_rows <= 20
    assert chosen.per_unit_day >= 0.05


def test_a_plant_with_a_reading_a_minute_looks_as_a_person_would_have_it() -> None:
    chosen = choose(Recorded(timedelta(minutes=1), 12, 60 * DAY, 60 * DAY))
    assert (chosen.short, chosen.long) == (timedelta(hours=1), timedelta(hours=6))
    assert chosen.learnt == 24 * DAY
    assert chosen.per_unit_day == 0.05


def test_test_runs_one_after_the_other_learn_from_the_beginning_of_each() -> None:
    runs = Recorded(timedelta(seconds=1), 20, 20 * DAY, timedelta(minutes=20))
    assert runs.per_unit
    assert timedelta(0) < choose(runs).learnt <= timedelta(minutes=20) * SHARE_OF_A_SHORT_ONE


def test_a_long_gap_early_in_the_recording_is_not_what_is_held_back() -> None:
    first = date(2024, 1, 1)
    days = {first + i * DAY: 24 for i in (*range(12), *range(40, 120))}
    seen = Recorded(timedelta(hours=1), 1, 120 * DAY, 120 * DAY, 0.8, days)
    learnt = choose(seen).learnt
    held_back = [day for day in days if first + 0.7 * learnt <= day < first + learnt]
    assert len(held_back) >= 0.15 * sum(day < first + learnt for day in days)
    assert not [day for day in days if first + 0.7 * 28 * DAY <= day < first + 28 * DAY]  # what it would have been


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_a_machine_may_stop_and_race_without_leaving_its_range(low: float, extent: float) -> None:
    least, most = possible_range(low, low + extent)
    room = 1e-3 * max(abs(least), abs(most))
    assert least - room <= min(low, 0, 2 * low) and max(low + extent, 0, 2 * (low + extent)) <= most + room
