"""Logarithms of sums of Gaussian kernels; compiled: import it in functions.

The exponential is a polynomial of our own: a call of the C library for each of a thousand support vectors would cost
more than all the rest, and the compiler can't put calls into a vector.
"""

import numpy as np

from .compiled import compiled, fma
from .distance_kernel import TOGETHER, squared_distances

_PER_LN2 = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_ROUNDING = 6755399441055744.0
"""1.5 * 2^52: a number added to it loses its fraction, and stands in the low bits of the sum."""

_LEAST, _NEAR = -700.0, 1e-280
"""exp of the first is still a normal number, and nothing beside a sum of more than the second."""


@compiled
def _exp(power: np.ndarray, scale: np.ndarray, result: np.ndarray) -> None:
    """Fill ``result`` with exp of numbers <= 0, (n,) each, relative error about 1e-16; ``scale`` is room to work in.

    exp(x) = 2^k exp(r) with |r| <= ln(2) / 2 and Taylor's polynomial of degree 13, whose rest is 4e-18.
    """
    for j in range(len(power)):
        x = power[j] if power[j] > _LEAST else _LEAST
        scale[j] = fma(x, _PER_LN2, _ROUNDING)
        k = scale[j] - _ROUNDING
        r = fma(k, -_LN2_LOW, fma(k, -_LN2_HIGH, x))
        y = fma(r, 1 / 6227020800, 1 / 479001600)
        y = fma(r, fma(r, fma(r, fma(r, y, 1 / 39916800), 1 / 3628800), 1 / 362880), 1 / 40320)
        y = fma(r, fma(r, fma(r, fma(r, y, 1 / 5040), 1 / 720), 1 / 120), 1 / 24)
        result[j] = fma(r, fma(r, fma(r, fma(r, y, 1 / 6), 0.5), 1.0), 1.0)
    bits, exponents = result.view(np.int64), scale.view(np.int64)
    for j in range(len(power)):
        bits[j] += exponents[j] << 52


@compiled
def _halved_sum(values: np.ndarray) -> float:
    """Add up (n,) by adding halves to each other, whose bits don't depend on the vectors' width; overwrites them."""
    n = len(values)
    while n > 1:
        half = n // 2
        lower, upper = values[:half], values[n - half : n]
        for j in range(half):
            lower[j] += upper[j]
        n -= half
    return values[0]


@compiled
def _log_sum(power: np.ndarray, scale: np.ndarray, kernel: np.ndarray) -> float:
    """Compute the logarithm of the sum of exp of (n,) numbers <= 0; the two others are room to work in."""
    _exp(power, scale, kernel)
    total = _halved_sum(kernel)
    if total > _NEAR:
        return np.log(total)
    largest = power.max()
    for j in range(len(power)):
        power[j] -= largest
    _exp(power, scale, kernel)
    return largest + np.log(_halved_sum(kernel))


@compiled
def log_kernel_sums(rows: np.ndarray, columns: np.ndarray, log_weight: np.ndarray, gamma: float) -> np.ndarray:
    """Compute ``log(sum_i exp(log_weight_i - gamma * |row - reference_i|^2))``, which doesn't underflow far away.

    Parameters
    ----------
    rows : float64 (n_rows, n_features), C-contiguous.
    columns : float64 (n_features, n_references), C-contiguous: the references, feature by feature.
    log_weight : float64 (n_references,).
    gamma : positive.

    Returns
    -------
    (n_rows,), finite; a row's is its own bits.
    """
    n = columns.shape[1]
    total, power = np.empty(len(rows)), np.empty((TOGETHER, n))
    most = log_weight.max()
    scale, kernel = np.empty(n), np.empty(n)
    for first in range(0, len(rows), TOGETHER):
        some = rows[first : first + TOGETHER]
        squared_distances(some, columns, 0, power)
        for i in range(len(some)):
            own = power[i]
            for j in range(n):
                own[j] = fma(-gamma, own[j], log_weight[j] - most)
            total[first + i] = most + _log_sum(own, scale, kernel)
    return total
