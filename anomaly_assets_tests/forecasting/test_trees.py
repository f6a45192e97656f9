"""Trees that are laid out forecast what scikit-learn does, to the bit."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from anomaly_assets.forecasting.trees import Trees


def rows(seed: int, count: int = 700) -> np.ndarray:
    chance = np.random.default_rng(seed)
    told = chance.normal(size=(count, 6))
    told[chance.random(told.shape) < 0.2] = np.nan
    told[:5, 0] = np.inf, -np.inf, 0.0, 1e300, -1e300
    return told


@pytest.mark.parametrize(
    "options", [{}, {"max_depth": 2}, {"max_iter": 1}, {"loss": "quantile", "quantile": 0.1}, {"max_features": 0.3}]
)
def test_equal_to_the_bit_missing_values_and_all(options: dict[str, Any]) -> None:
    told = np.where(np.isinf(rows(0)), 3.0, rows(0))
    target = np.nansum(told[:, :3], axis=1)
    model = HistGradientBoostingRegressor(**{"max_iter": 30, "random_state": 0, "min_samples_leaf": 5} | options)
    model.fit(told, target)
    asked = rows(1)
    assert np.array_equal(Trees.of(model).predict(asked), model.predict(asked))


def test_a_row_alone_is_what_it_is_among_others() -> None:
    told = np.nan_to_num(rows(2), posinf=3, neginf=-3)
    trees = Trees.of(HistGradientBoostingRegressor(max_iter=20).fit(told, told[:, 0] * told[:, 1]))
    together = trees.predict(told)
    assert [trees.predict(told[k : k + 1])[0] for k in range(40)] == together[:40].tolist()
