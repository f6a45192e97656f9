"""How far to go from a naive forecast to the line, and how much of what the trees add to believe."""

import numpy as np

from ..config import ForecastConfig
from .naive import NAIVE

Leaning = tuple[tuple[str, ...], np.ndarray, np.ndarray]


def lean(  # noqa: PLR0917
    straight: np.ndarray,
    added: np.ndarray,
    naive: dict[str, np.ndarray],
    value: np.ndarray,
    place: np.ndarray,
    config: ForecastConfig,
) -> Leaning:
    """Find the shares per day: half by the smallest squared error, half as the settings have them.

    Least squares alone follow the few independent weeks that a recording holds wherever chance leads them.

    Parameters
    ----------
    straight, added, naive, value : (n,) of the line (or whatever is leaned from), of the trees on top of it, of the
        naive forecasts and of what came; all in units in which rows count alike.
    place : (n,) day ahead, from 0.

    Returns
    -------
    Per day the name of the naive forecast, and the shares of the line and of the trees; (n_days,) from 0 to 1.
    """
    days, prior = config.horizon_days, np.array([config.line_share, config.trees_share])
    names, shares = [], np.tile(prior, (days, 1))
    for day in range(days):
        here = (place == day) & np.isfinite(value) & np.isfinite(straight)
        best = min(NAIVE, key=lambda name: float(np.nansum((naive[name][here] - value[here]) ** 2)))
        names.append(best)
        known = here & np.isfinite(naive[best])
        way = np.stack([straight - naive[best], added])[:, known]
        shares[day] = _shares(way, (value - naive[best])[known], prior)
    return tuple(names), shares[:, 0], shares[:, 1]


def evened(values: np.ndarray, base: np.ndarray, spread: np.ndarray, config: ForecastConfig) -> np.ndarray:
    """Measure values (n,) in spreads from a base, cut off as targets are: a probe that is stuck has next to none."""
    return np.clip((values - base) / spread, -config.clip, config.clip)


def _shares(way: np.ndarray, gone: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Solve least squares that are drawn towards the prior as strongly as towards the rows."""
    squares = way @ way.T
    drawn = np.maximum(np.diag(squares), 1e-12)
    return np.clip(np.linalg.solve(squares + np.diag(drawn), way @ gone + drawn * prior), 0, 1)
