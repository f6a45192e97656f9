"""Dense layers in float32, many rows side by side; compiled: import it in functions.

Rows lie in the lanes of vectors and every lane does the same in the same order, so that a row's answer is its own bits
in whatever batch it comes, which a product of BLAS or torch promises to no row. Which layers belongs in the detector.
"""

import numpy as np

from .compiled import compiled, fma

LANES = 256
"""Rows that go through the layers together: their numbers stay in the processor's nearest cache."""

Layer = tuple[np.ndarray, np.ndarray, bool]
"""Weights (n_out, n_in), biases (n_out,), and whether a ReLU follows; n_out and n_in in fours, see `in_fours`."""


def in_fours(values: np.ndarray) -> np.ndarray:
    """Pad every axis with zeros to the next multiple of four."""
    padded = np.zeros([size + -size % 4 for size in values.shape], values.dtype)
    padded[tuple(map(slice, values.shape))] = values
    return padded


@compiled
def _add_four_inputs(weights: np.ndarray, inputs: np.ndarray, o: int, i: int, outputs: np.ndarray) -> None:
    A, B, C, D = inputs[i], inputs[i + 1], inputs[i + 2], inputs[i + 3]
    W, X, Y, Z = outputs[o], outputs[o + 1], outputs[o + 2], outputs[o + 3]
    w0, w1, w2, w3 = weights[o, i], weights[o, i + 1], weights[o, i + 2], weights[o, i + 3]
    x0, x1, x2, x3 = weights[o + 1, i], weights[o + 1, i + 1], weights[o + 1, i + 2], weights[o + 1, i + 3]
    y0, y1, y2, y3 = weights[o + 2, i], weights[o + 2, i + 1], weights[o + 2, i + 2], weights[o + 2, i + 3]
    z0, z1, z2, z3 = weights[o + 3, i], weights[o + 3, i + 1], weights[o + 3, i + 2], weights[o + 3, i + 3]
    for lane in range(LANES):
        a, b, c, d = A[lane], B[lane], C[lane], D[lane]
        W[lane] = fma(w3, d, fma(w2, c, fma(w1, b, fma(w0, a, W[lane]))))
        X[lane] = fma(x3, d, fma(x2, c, fma(x1, b, fma(x0, a, X[lane]))))
        Y[lane] = fma(y3, d, fma(y2, c, fma(y1, b, fma(y0, a, Y[lane]))))
        Z[lane] = fma(z3, d, fma(z2, c, fma(z1, b, fma(z0, a, Z[lane]))))


@compiled
def _through(layer: Layer, inputs: np.ndarray, outputs: np.ndarray) -> None:
    """Fill ``outputs`` (>= n_out, LANES) from ``inputs`` (>= n_in, LANES)."""
    weights, biases, relu = layer
    for o in range(len(weights)):
        for lane in range(LANES):
            outputs[o, lane] = biases[o]
    for o in range(0, weights.shape[0], 4):
        for i in range(0, weights.shape[1], 4):
            _add_four_inputs(weights, inputs, o, i, outputs)
    if relu:
        for o in range(len(weights)):
            own = outputs[o]
            for lane in range(LANES):
                own[lane] = own[lane] if own[lane] > 0 else np.float32(0)


@compiled
def dense(columns: np.ndarray, cap: float, layers: tuple[Layer, ...], n_out: int) -> np.ndarray:
    """Send rows through layers.

    Parameters
    ----------
    columns : (n_features, n_rows), feature by feature.
    cap : numbers are cut off at it and at minus it on their way in.
    layers : one after the other; each takes as many numbers as the one before it gives.
    n_out : numbers wanted of the last layer, the first ones.

    Returns
    -------
    float32 (n_out, n_rows).
    """
    n_features, n_rows = columns.shape
    widest = 0
    for weights, _, _ in layers:
        widest = max(widest, weights.shape[0], weights.shape[1])
    answers = np.empty((n_out, n_rows), np.float32)
    inputs, outputs = np.zeros((widest, LANES), np.float32), np.zeros((widest, LANES), np.float32)
    for first in range(0, n_rows, LANES):
        lanes = min(LANES, n_rows - first)
        for f in range(n_features):
            given, shown = columns[f][first : first + lanes], inputs[f]
            for lane in range(lanes):
                number = given[lane] if given[lane] < cap else cap
                shown[lane] = number if number > -cap else -cap
        for f in range(n_features, n_features + -n_features % 4):
            inputs[f] = 0
        for layer in layers:
            _through(layer, inputs, outputs)
            inputs, outputs = outputs, inputs
        for o in range(n_out):
            found, own = answers[o][first : first + lanes], inputs[o]
            for lane in range(lanes):
                found[lane] = own[lane]
    return answers
