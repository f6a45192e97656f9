"""A day that is like the days of training has not drifted, however narrow a slice of them it is."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.config import DriftConfig
from anomaly_assets.monitoring import ReferenceProfile, day_verdicts, drift_report
from anomaly_assets.monitoring.ordinary import covering

from .days import FEATURES, normal, report, scored, trained, verdict, windows

YEAR = 365 * 24
MEASURES = ["psi", "ks", "wasserstein", "shift"]


def drifted_share(found: pl.DataFrame) -> float:
    return float(np.mean([drifted for _, drifted in day_verdicts(found, DriftConfig())]))


def at(day: pl.DataFrame, when: datetime) -> pl.DataFrame:
    """The same windows on another day."""
    return day.with_columns(pl.col("window_start") - day["window_start"].min() + when)


@pytest.fixture(scope="module")
def both() -> pl.DataFrame:
    """Two years of noise around a yearly cycle, warmest at the end of June; the first is training."""
    hours, rng = np.arange(2 * YEAR), np.random.default_rng(0)
    season = -3 * np.cos(2 * np.pi * hours / YEAR)
    columns = {name: season + rng.normal(size=len(hours)) for name in FEATURES}
    return windows(columns, datetime(2023, 1, 1, tzinfo=UTC), 2 * 365)


@pytest.fixture(scope="module")
def year(both) -> ReferenceProfile:
    return trained(both.head(YEAR))


@pytest.fixture(scope="module")
def later(both) -> pl.DataFrame:
    return both.tail(YEAR)


@pytest.mark.parametrize("season", ["none", "day_of_year"])
def test_an_ordinary_day_of_a_season_that_training_saw_has_not_drifted(year, later, season):
    assert drifted_share(report(later, year, season=season)) < 0.1


def test_by_fixed_bounds_alone_every_other_such_day_would_have(year, later):
    assert drifted_share(report(later, year, ordinary=None)) > 0.5


def test_a_day_of_july_in_january_drifts_against_its_month_but_not_against_the_year(year, later):
    july = later.filter(pl.col("window_start").dt.date() == date(2024, 7, 25))
    misplaced = at(july, datetime(2025, 1, 8, tzinfo=UTC))
    assert verdict(report(misplaced, year, season="day_of_year"))
    assert not verdict(report(misplaced, year))


def test_a_season_that_training_never_saw_drifts(both, later):
    winter = trained(both.filter(pl.col("window_start") < datetime(2023, 3, 1, tzinfo=UTC)))
    summer = later.filter(pl.col("window_start").dt.month().is_in([6, 7, 8]))
    assert drifted_share(report(summer, winter)) == 1


@pytest.mark.parametrize(("season", "shift"), [("none", 8.0), ("day_of_year", 2.5), ("day_of_year", -2.5)])
def test_what_leads_out_of_what_training_saw_drifts(year, later, season, shift):
    assert drifted_share(report(later.with_columns(pl.col(FEATURES) + shift), year, season=season)) > 0.9


def test_the_measures_stay_as_they_are_only_the_verdicts_change(year, later):
    raised, fixed = report(later, year), report(later, year, ordinary=None)
    assert raised.drop("drifted").equals(fixed.drop("drifted"))
    assert not raised.filter(pl.col("drifted") & ~fixed["drifted"]).height
    assert raised["drifted"].sum() < 0.2 * fixed["drifted"].sum()


@settings(max_examples=25)
@given(st.floats(0, 2), st.integers(20, 2000), st.integers(0, 2**20))
def test_a_signal_without_seasons_is_judged_as_by_the_fixed_bounds(steady, shift, n, seed):
    day = normal(n, seed + 10, shift=shift)
    assert report(day, steady).equals(report(day, steady, ordinary=None))


@pytest.fixture(scope="module")
def steady() -> ReferenceProfile:
    return trained(normal(96 * 60, 1, days=60))


@pytest.mark.parametrize("off", [None, 0.0])
def test_what_is_off_is_not_measured(off):
    assert trained(normal(2000, 1, days=10), ordinary=off).training.ordinary is None


@pytest.mark.parametrize(("rows", "known"), [(200, True), (201, False)])
def test_days_of_few_windows_are_not_measured(rows, known):
    profile = trained(normal(2000, 1, days=10), min_rows=rows)
    assert (profile.training.ordinary is not None) is known


def test_each_month_knows_its_own_ordinary_days(year):
    january, april = (year.seasons[month].ordinary.features["a__raw"] for month in ("01", "04"))
    assert year.training.ordinary.features["a__raw"][2] > 1.2 > april[2] > january[2]  # it changes fastest in April


def test_scores_and_missing_shares_that_wander_in_training_may_wander_later():
    training = normal(100 * 40, 1, days=40)
    regime = np.repeat(np.arange(40) % 4 == 0, 100)
    score = scored(training)["score"].to_numpy() + 8 * regime
    missing = pl.Series(np.where(regime, 0.6, 0.0))
    profile, day = ReferenceProfile.from_training(training, score, missing), normal(100, 99)

    def judged(moved: float, lost: float, **config) -> list[bool]:
        absent = pl.Series(np.full(100, lost))
        found = drift_report(day, scored(day, 5, moved), absent, profile, DriftConfig(**config), model_version=1)
        return [verdict(found, "score"), verdict(found, "missing")]

    assert judged(8, 0.6, ordinary=None) == [True, True]
    assert judged(7, 0.6) == [False, False]
    assert judged(14, 0.9) == [True, True]


@settings(max_examples=50)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=80), st.floats(0.01, 1))
def test_the_level_covers_its_share_and_all_where_days_are_few(values, level):
    found = covering(np.array(values), level)
    assert found in values
    assert np.mean(np.array(values) <= found) >= level
    if len(values) < level / (1 - level + 1e-12) - 1e-6:
        assert found == max(values)


def test_one_more_day_is_covered_as_often_as_was_promised():
    drawn = np.random.default_rng(0).gamma(2, size=(4000, 31))
    covered = [day[-1] <= covering(day[:-1], 0.9) for day in drawn]
    assert 0.885 < np.mean(covered) < 0.93


def river(folder: Path) -> pl.DataFrame:
    """Three years of dissolved oxygen and temperature at one station, without the readings of no answer."""
    read = pl.read_csv(folder / "FranklinBasin2017_2019.csv.gz", columns=["datetime", "temp", "do"], null_values="NULL")
    time = pl.col("datetime").str.to_datetime("%Y-%m-%d %H:%M", time_zone="UTC")
    kept = read.select(time.alias("window_start"), unit_id=pl.lit("u"), temp__raw="temp", do__raw="do").drop_nulls()
    return kept.filter(pl.col("temp__raw").is_between(-2, 35), pl.col("do__raw").is_between(0.5, 25))


def test_of_a_real_river_few_ordinary_days_drift_and_most_shifted_ones_do(real):
    recorded = river(real("lro"))
    first = recorded.filter(pl.col("window_start").dt.year() == 2017)
    rest = recorded.filter(pl.col("window_start").dt.year() > 2017)
    profile = trained(first, min_rows=48)
    moved = rest.with_columns(pl.col("do__raw") + 2, pl.col("temp__raw") + 2)
    assert first["window_start"].dt.date().n_unique() > 350

    def features_drifted(days: pl.DataFrame, **config) -> float:
        return drifted_share(report(days, profile, scores=scored(days).clear(), share=0.0, min_rows=48, **config))

    assert features_drifted(rest, ordinary=None) > 0.8
    assert features_drifted(rest) < 0.2
    assert features_drifted(moved) > 0.95
