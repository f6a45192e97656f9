import json
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from anomaly_assets.errors import ContractError
from anomaly_assets.monitoring import ReferenceProfile

from .days import FEATURES, no_missing, normal, report, trained


@pytest.fixture(scope="module")
def profile() -> ReferenceProfile:
    return trained(normal(20_000, 1, days=14))


def test_a_clock_is_not_watched():
    training = normal(500, 1).with_columns(day_of_year_sin=pl.lit(0.5))
    profile = ReferenceProfile.from_training(training, np.ones(500), no_missing(training))
    assert list(profile.training.features) == FEATURES


def test_a_month_that_training_did_not_see_falls_back_and_says_so(profile):
    assert set(profile.seasons) == {"03"}
    june = normal(500, 4, start=datetime(2024, 6, 5, tzinfo=UTC))
    assert report(june, profile, season="day_of_year")["reference"].unique().to_list() == ["training"]


def test_a_month_with_few_days_is_no_season():
    training = normal(4000, 1, start=datetime(2024, 3, 20, tzinfo=UTC), days=14)  # 12 days of March, 2 of April
    profile = ReferenceProfile.from_training(training, np.ones(4000), no_missing(training))
    assert set(profile.seasons) == {"03"}


def test_training_without_windows_is_told():
    nothing = normal(1, 1).clear()
    with pytest.raises(ContractError, match="widen the training window"):
        ReferenceProfile.from_training(nothing, np.empty(0), no_missing(nothing))


def test_a_profile_survives_json_exactly(profile):
    again = ReferenceProfile.from_json(json.loads(json.dumps(profile.to_json())))
    assert again.to_json() == profile.to_json()
    assert again.training.ordinary == profile.training.ordinary
    assert again.seasons["03"].ordinary == profile.seasons["03"].ordinary
    day = normal(300, 8, shift=0.3)
    assert report(day, again).equals(report(day, profile))


def test_a_profile_from_before_days_were_measured_still_judges(profile):
    document = profile.to_json()
    for one in (document["training"], *document["seasons"].values()):
        del one["ordinary"]
    old, day = ReferenceProfile.from_json(document), normal(300, 8, shift=0.3)
    assert old.training.ordinary is None
    assert report(day, old).equals(report(day, profile, ordinary=None))
