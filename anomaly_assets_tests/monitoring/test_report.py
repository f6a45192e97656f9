from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.config import DriftConfig
from anomaly_assets.contracts import drift_report as contract
from anomaly_assets.errors import ContractError
from anomaly_assets.monitoring import ReferenceProfile, day_verdicts
from anomaly_assets_tests.conftest import small_fleet

from .days import FEATURES, START, no_missing, normal, report, scored, verdict


@pytest.fixture(scope="module")
def profile() -> ReferenceProfile:
    training = normal(20_000, 1, days=14)
    return ReferenceProfile.from_training(training, scored(training)["score"].to_numpy(), no_missing(training))


@settings(max_examples=25)
@given(st.integers(20, 3000), st.integers(0, 2**20))
def test_the_same_distribution_does_not_drift_at_any_size(profile, n, seed):
    assert not report(normal(n, seed + 10), profile)["drifted"].any()


@pytest.mark.parametrize("n", [10_000, 100_000])
def test_more_windows_are_not_more_drift(profile, n):
    found = report(normal(n, 77, shift=0.05), profile)  # a test would reject this at any level
    assert not found["drifted"].any()
    assert found.filter(quantity="a__raw")["psi"].item() < 0.02


@settings(max_examples=25)
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


def test_a_lost_feature_is_told(profile):
    with pytest.raises(ContractError, match=r"b__raw.*train again"):
        report(normal(50, 1).drop("b__raw"), profile)
