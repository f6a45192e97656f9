"""What is usual depends on the hour of the week, as far as training knows it."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.detectors import build_detector
from anomaly_assets.detectors.checks.judgement import roc_auc
from anomaly_assets.detectors.seasons import hour_of_week, learn_seasons

KIND, MONDAY = "seasonal_residual", datetime(2024, 3, 4, tzinfo=UTC)


def days_of(moments: list[datetime]) -> np.ndarray:
    return pl.Series(moments).cast(pl.Datetime("us")).to_physical().to_numpy() / 86_400e6


def recording(days: int, *, start: datetime = MONDAY, minutes: int = 10, seed: int = 0) -> pl.DataFrame:
    """A level of 4 in working hours of working days, 0 else; a second sensor that knows no clock."""
    step = timedelta(minutes=minutes)
    moments = pl.datetime_range(start, start + timedelta(days=days) - step, step, eager=True).cast(
        pl.Datetime("us", "UTC")
    )
    busy = (moments.dt.hour().is_between(8, 16) & (moments.dt.weekday() < 6)).to_numpy()
    noise = np.random.default_rng(seed).normal(0.0, 0.3, (2, len(moments)))
    return pl.DataFrame({"window_start": moments, "load__raw": 4.0 * busy + noise[0], "level__raw": noise[1]})


@given(st.datetimes(datetime(1971, 1, 1), datetime(2090, 1, 1)))
def test_the_hour_of_the_week_is_the_calendars(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC, microsecond=0)
    assert hour_of_week(days_of([moment])).tolist() == [moment.weekday() * 24 + moment.hour]


def test_the_first_moment_of_every_hour_belongs_to_that_hour() -> None:
    moments = [MONDAY + timedelta(hours=hour) for hour in range(168 * 3)]
    assert hour_of_week(days_of(moments)).tolist() == list(range(168)) * 3


def test_a_level_that_is_usual_at_another_hour_is_seen_here_and_nowhere_else() -> None:
    """A plant that runs on Sunday as if it were Monday; its levels are all usual ones."""
    training, normal = recording(42), recording(14, start=MONDAY + timedelta(days=42), seed=1)
    on_sunday = normal.filter(pl.col("window_start").dt.weekday() == 7, pl.col("window_start").dt.hour() == 10)
    wrong = on_sunday.with_columns(pl.col("load__raw") + 4.0)
    ranked = {}
    for kind in (KIND, "deviation"):
        detector = build_detector(kind).fit(training)
        ranked[kind] = roc_auc(detector.score(normal), detector.score(wrong))
    assert ranked[KIND] > 0.99 > 0.95 > ranked["deviation"]


def test_four_weeks_know_the_week_four_days_the_day_and_one_day_nothing() -> None:
    known = {days: set(build_detector(KIND, {"min_rows": 6}).fit(recording(days)).period_) for days in (28, 4, 1)}
    assert known == {28: {168}, 4: {24}, 1: {1}}


def test_many_windows_of_one_morning_say_little_about_mornings() -> None:
    training = recording(1, minutes=1)
    assert set(build_detector(KIND).fit(training).period_) == {1}
    assert set(build_detector(KIND, {"min_days": 1}).fit(training).period_) == {24, 168}


def test_an_hour_that_was_never_seen_takes_what_is_known_of_all_others() -> None:
    """The week's mornings only; nights are then judged by the median of everything."""
    training = recording(28).filter(pl.col("window_start").dt.hour().is_between(8, 11))
    detector = build_detector(KIND).fit(training)
    night = pl.DataFrame({"window_start": [MONDAY + timedelta(hours=3)], "load__raw": [4.0], "level__raw": [0.0]})
    night = night.with_columns(pl.col("window_start").cast(pl.Datetime("us", "UTC")))
    assert detector.period_[3] == 1
    assert detector.expected(night)["load__raw"][0] == pytest.approx(training["load__raw"].median())


def test_the_score_is_the_sum_of_squared_z_values_around_the_hours_medians() -> None:
    detector, asked = build_detector(KIND).fit(recording(28)), recording(7, seed=2)
    hours = np.array([moment.weekday() * 24 + moment.hour for moment in asked["window_start"]])
    z = (asked.select("load__raw", "level__raw").to_numpy() - detector.center_[hours]) / detector.scale_[hours]
    assert detector.score(asked) == pytest.approx((np.clip(z, -10, 10) ** 2).sum(axis=1))
    assert detector.explain(asked).sum_horizontal().to_numpy() == pytest.approx(detector.score(asked))
    busy = (asked["window_start"].dt.hour() == 10) & (asked["window_start"].dt.weekday() == 2)
    assert detector.expected(asked).filter(busy)["load__raw"].to_list() == pytest.approx([4.0] * 6, abs=0.4)


def test_without_seasons_it_is_the_deviation() -> None:
    training = recording(2)
    other = build_detector("deviation", {"cap": 10}).fit(training)
    middle = build_detector(KIND).fit(training)
    assert middle.center_[0] == pytest.approx(training.select("load__raw", "level__raw").median().row(0))
    ranks = [np.argsort(np.argsort(d.score(recording(2, seed=3)))) for d in (middle, other)]
    assert np.corrcoef(*ranks)[0, 1] > 0.9


def test_an_hour_in_which_nothing_ever_moved_has_a_spread_all_the_same() -> None:
    days = days_of([MONDAY + timedelta(minutes=10 * step) for step in range(28 * 144)])
    values = np.random.default_rng(0).standard_normal((len(days), 1))
    still = hour_of_week(days) == 5
    values[still] = 0.25
    learnt = learn_seasons(values, days, min_rows=20, min_days=3, floor=0.5)
    assert learnt.center[5] == 0.25
    assert learnt.scale[5] == pytest.approx(0.5, abs=0.05)
    assert (learnt.scale >= 0.5 * 0.9).all()


def test_a_tenth_of_wild_windows_in_training_hardly_moves_what_is_usual() -> None:
    """Negative control beside it: means do move."""
    clean = recording(28)
    wild = clean.with_columns(
        pl.when(pl.int_range(pl.len()) % 10 == 0).then(50.0).otherwise("load__raw").alias("load__raw")
    )
    one, other = (build_detector(KIND).fit(frame).center_[:, 0] for frame in (clean, wild))
    assert np.abs(one - other).max() < 0.6
    assert wild["load__raw"].mean() > clean["load__raw"].mean() + 4
