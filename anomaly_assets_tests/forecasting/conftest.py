"""One forecaster, learnt once."""

import pytest

from anomaly_assets.forecasting import Learnt, learn_forecaster

from .fleets import HOUR, readings, settings


@pytest.fixture(scope="session")
def learnt() -> Learnt:
    return learn_forecaster(readings(), settings(), HOUR)
