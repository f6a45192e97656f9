"""Maximum likelihood of a generalised Pareto tail, by a search that can't run away."""

import numpy as np

_LEAST_SHAPE = -0.5  # below it maximum likelihood has no ordinary limit law (Smith 1985), below -1 no maximum
_EXPONENTIAL = 1e-9  # a ratio this small is none
_REFINEMENTS = 3


def fit_tail(excesses: np.ndarray) -> tuple[float, float]:
    """Shape and scale of the most likely generalised Pareto distribution of positive excesses (n_excesses,).

    For a given ratio r = shape / scale the best shape is mean(log(1 + r x)), so one number is searched for (Grimshaw
    1993): on a grid first, then around its best point. Shapes below -0.5 are not considered.
    """
    x = excesses / excesses.mean()
    grid = _grid(x)
    for _ in range(_REFINEMENTS):
        best = int(np.argmax([_log_likelihood(x, ratio) for ratio in grid]))
        grid = np.linspace(grid[max(0, best - 1)], grid[min(grid.size - 1, best + 1)], 101)
    ratio = grid[int(np.argmax([_log_likelihood(x, ratio) for ratio in grid]))]
    shape = _shape(x, ratio)
    scale = shape / ratio if abs(ratio) > _EXPONENTIAL else 1.0
    return float(shape), float(scale * excesses.mean())


def _grid(x: np.ndarray) -> np.ndarray:
    """Ratios from the one where the distribution ends at the largest excess to one of a very heavy tail."""
    below = -(1 - np.geomspace(1e-8, 1, 200)) / x.max()
    return np.concatenate([below, np.geomspace(1e-6, 1e4, 400)])


def _shape(x: np.ndarray, ratio: float) -> float:
    return float(np.mean(np.log1p(ratio * x)))


def _log_likelihood(x: np.ndarray, ratio: float) -> float:
    """Mean log likelihood at the best shape for this ratio; the exponential distribution where the ratio is 0."""
    if abs(ratio) < _EXPONENTIAL:
        return -1.0  # mean of x is 1
    shape = _shape(x, ratio)
    return -np.inf if shape < _LEAST_SHAPE else -float(np.log(shape / ratio)) - shape - 1.0
