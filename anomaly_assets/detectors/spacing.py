"""Fewer rows to learn from, evenly spaced, for methods whose cost grows with every row they remember."""

import numpy as np


def evenly_spaced(matrix: np.ndarray, most: int) -> np.ndarray:
    """Take at most so many rows of (n_rows, n_columns), so that every unit and season keeps its share; first and last
    are among them.
    """
    if len(matrix) <= most:
        return matrix
    return matrix[np.linspace(0, len(matrix) - 1, most).round().astype(np.intp)]


def distinct(matrix: np.ndarray) -> np.ndarray:
    """Keep the first of equal rows, in order."""
    _, first = np.unique(matrix, axis=0, return_index=True)
    return matrix[np.sort(first)]
