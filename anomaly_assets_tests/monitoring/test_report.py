import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.config import DriftConfig
from anomaly_assets.contracts import drift_report as contract
from anomaly_assets.errors import ContractError
from anomaly_assets.monitoring import ReferenceProfile, day_verdicts, drift_report
from anomaly_assets_tests.conftest import small_fleet

START = datetime(2024, 3, 1, tzinfo=UTC)
FEATURES = ["a__raw", "a__mean_1h", "b__raw", "b__mean_1h", "c__raw"]


def windows(columns: dict[str, np.ndarray], start: datetime, days: int) -> pl.DataFrame:
    """Windows of one unit, evenly spread over some days."""
    n = len(next(iter(columns.values())))
    step = timedelta(days=days) / n
    times = [start + step * i for i in range(n)]
    keys = {"unit_id": ["u"] * n, "window_start": times, "window_end": [time + step for time in times]}
    return pl.DataFrame(keys | columns).cast({pl.Datetime: pl.Datetime("us", "UTC")})


def normal(n: int, seed: int, shift: float = 0.0, start: datetime = START, days: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return windows({name: rng.normal(size=n) + shift for name in FEATURES}, start, days)


def scored(scaled: pl.DataFrame, seed: int = 0, shift: float = 0.0) -> pl.DataFrame:
    score = np.random.default_rng(seed).gamma(2, size=scaled.height) + shift
    return scaled.select("unit_id", "window_start").with_columns(score=pl.Series(score))


def no_missing(scaled: pl.DataFrame) -> pl.Series:
    return pl.Series(np.zeros(scaled.height))


@pytest.fixture(scope="module")
def profile() -> ReferenceProfile:
    training = normal(20_000, 1, days=14)
    return ReferenceProfile.from_training(training, scored(training)["score"].to_numpy(), no_missing(training))


def report(scaled, profile, scores=None, missing=None, **config) -> pl.DataFrame:
    scores = scored(scaled, 5) if scores is None else scores
    missing = no_missing(scaled) if missing is None else missing
    return drift_report(scaled, scores, missing, profile, DriftConfig(**config), model_version=3)


def verdict(found: pl.DataFrame, quantity: str = "day") -> bool:
    return found.filter(quantity=quantity)["drifted"].item()


@settings(max_examples=25, deadline=None)
@given(st.integers(20, 3000), st.integers(0, 2**20))
def test_the_same_distribution_does_not_drift_at_any_size(profile, n, seed):
    assert not report(normal(n, seed + 10), profile)["drifted"].any()


@pytest.mark.parametrize("n", [10_000, 100_000])
def test_more_windows_are_not_more_drift(profile, n):
    found = report(normal(n, 77, shift=0.05), profile)  # a test would reject this at any level
    assert not found["drifted"].any()
    assert found.filter(quantity="a__raw")["psi"].item() < 0.02


@settings(max_examples=25, deadline=None)
@given(st.integers(20, 3000), st.sampled_from([-2.0, 2.0]), st.integers(0, 2**20))
def test_a_shift_of_two_standard_deviations_drifts_at_any_size(profile, n, shift, seed):
    found = report(normal(n, seed + 10, shift=shift), profile)
    assert found.filter(pl.col("quantity").is_in(FEATURES))["drifted"].all()
    assert verdict(found)


def test_one_exceeded_bound_of_three_is_not_enough(profile):
    rng = np.random.default_rng(3)
    spread = normal(5000, 3).with_columns(
        pl.Series("a__raw", np.where(rng.random(5000) < 0.03, 40.0, rng.normal(size=5000)))
    )
    row = report(spread, profile).filter(quantity="a__raw")
    assert row["wasserstein"].item() > 0.5
    assert not row["drifted"].item()


@pytest.mark.parametrize(("moved", "drifted"), [(1, False), (2, True)])
def test_the_day_drifts_when_more_than_the_share_of_its_features_does(profile, moved, drifted):
    day = normal(500, 4).with_columns(pl.col(FEATURES[:moved]) + 3)
    assert verdict(report(day, profile, share=0.3)) is drifted


def test_a_moved_score_drifts_the_day_though_no_feature_did(profile):
    day = normal(500, 4)
    found = report(day, profile, scores=scored(day, 5, shift=6))
    assert found.filter("drifted")["quantity"].to_list() == ["score", "day"]
    assert found.filter(quantity="score")["shift"].item() > 2


def test_missing_readings_drift_the_day_by_how_much_their_share_grew(profile):
    day = normal(500, 4)
    grown = report(day, profile, missing=pl.Series(np.repeat([0.0, 1.0], 250)))
    assert grown.filter("drifted")["quantity"].to_list() == ["missing", "day"]
    assert grown.filter(quantity="missing")["shift"].item() == 0.5
    assert not verdict(report(day, profile, missing=pl.Series(np.repeat([0.0, 1.0], [400, 100]))))


def test_a_small_day_has_no_verdict_and_no_measures(profile):
    config = DriftConfig(min_rows=20)
    both = pl.concat([normal(19, 1, shift=9), normal(20, 2, shift=9, start=START + timedelta(days=1))])
    found = report(both, profile, min_rows=20)
    small = found.filter(day=date(2024, 3, 1))
    assert not small["drifted"].any()
    assert small.select("psi", "ks", "wasserstein", "shift").null_count().row(0) == (small.height,) * 4
    assert day_verdicts(found, config) == [(date(2024, 3, 2), True)]


def test_many_days_at_once_are_the_same_as_day_by_day_in_any_order(profile):
    days = [normal(200 + 50 * i, i, shift=0.4 * i, start=START + timedelta(days=i)) for i in range(5)]
    single = pl.concat([report(day, profile, scores=scored(day)) for day in days])
    shuffled = pl.concat(days).sample(fraction=1, shuffle=True, seed=1)
    together = report(shuffled, profile, scores=pl.concat([scored(day) for day in reversed(days)]))
    assert together.equals(single)


def test_the_report_keeps_its_contract(profile):
    training = normal(500, 9)
    found = report(training, profile)
    table = contract(small_fleet())
    assert table.validate(found).equals(found)
    assert found["quantity"].to_list() == [*FEATURES, "score", "missing", "day"]
    assert table.validate(report(training.clear(), profile)).is_empty()


def test_a_day_that_was_not_scored_is_judged_by_its_features(profile):
    day = normal(500, 4, shift=2)
    found = report(day, profile, scores=scored(day).clear())
    assert verdict(found)
    assert found.filter(quantity="score")["windows"].item() == 0


def test_a_clock_is_not_watched():
    training = normal(500, 1).with_columns(day_of_year_sin=pl.lit(0.5))
    profile = ReferenceProfile.from_training(training, np.ones(500), no_missing(training))
    assert list(profile.training.features) == FEATURES


@pytest.fixture(scope="module")
def year() -> tuple[pl.DataFrame, ReferenceProfile]:
    """Two years of daily rhythm around a yearly cycle; the first is training."""
    hours = np.arange(2 * 365 * 24)
    rng = np.random.default_rng(0)
    season = 3 * np.sin(2 * np.pi * hours / (365 * 24))
    columns = {name: season + rng.normal(size=len(hours)) for name in FEATURES}
    both = windows(columns, datetime(2023, 1, 1, tzinfo=UTC), 2 * 365)
    first = both.head(365 * 24)
    score = scored(first)["score"].to_numpy()
    return both.tail(365 * 24), ReferenceProfile.from_training(first, score, no_missing(first))


def test_a_season_drifts_against_the_whole_year_but_not_against_its_own_month(year):
    later, profile = year
    config = DriftConfig()
    whole = day_verdicts(report(later, profile), config)
    matched = report(later, profile, season="day_of_year")
    assert np.mean([drifted for _, drifted in whole]) > 0.4
    assert (
        np.mean([drifted for _, drifted in day_verdicts(matched, config)]) < 0.1
    )  # a month's first and last days differ from its middle
    assert matched.filter(day=date(2024, 3, 9))["reference"].unique().to_list() == ["season:03"]


def test_a_real_change_drifts_against_its_own_month_too(year):
    later, profile = year
    changed = later.with_columns(pl.col(FEATURES) + 2.5)
    found = day_verdicts(report(changed, profile, season="day_of_year"), DriftConfig())
    assert np.mean([drifted for _, drifted in found]) > 0.95


def test_a_month_that_training_did_not_see_falls_back_and_says_so(profile):
    assert set(profile.seasons) == {"03"}
    june = normal(500, 4, start=datetime(2024, 6, 5, tzinfo=UTC))
    assert report(june, profile, season="day_of_year")["reference"].unique().to_list() == ["training"]


def test_a_month_with_few_days_is_no_season():
    training = normal(4000, 1, start=datetime(2024, 3, 20, tzinfo=UTC), days=14)  # 12 days of March, 2 of April
    profile = ReferenceProfile.from_training(training, np.ones(4000), no_missing(training))
    assert set(profile.seasons) == {"03"}


def test_a_profile_survives_json_exactly(profile):
    again = ReferenceProfile.from_json(json.loads(json.dumps(profile.to_json())))
    assert again.to_json() == profile.to_json()
    day = normal(300, 8, shift=0.3)
    assert report(day, again).equals(report(day, profile))


def test_a_lost_feature_is_told(profile):
    with pytest.raises(ContractError, match=r"b__raw.*train again"):
        report(normal(50, 1).drop("b__raw"), profile)


def test_training_without_windows_is_told():
    nothing = normal(1, 1).clear()
    with pytest.raises(ContractError, match="widen the training window"):
        ReferenceProfile.from_training(nothing, np.empty(0), no_missing(nothing))
