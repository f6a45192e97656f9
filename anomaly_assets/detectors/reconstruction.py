"""Reconstruction-based contributions: which sensor, if its features were replaced, would make an index fall most.

What they would be replaced by is what the other sensors expect of it.
Works on any quadratic index x' R R' x of a window's deviation x. Which index that is belongs in the detector.
"""

from collections.abc import Mapping, Sequence

import numpy as np


def reconstruction_axes(root: np.ndarray, groups: Mapping[str, Sequence[int]]) -> np.ndarray:
    """Find the axes along which each group's contribution is a plain sum of squares.

    Reconstructing a group replaces its features by the values that make the index least, the other features staying as
    they are. The index is the squared length of y = R' x; it then falls by the squared length of y's projection onto
    the span of the group's rows of R, which is x' M E (E' M E)^+ E' M x with M = R R' and E the group's unit vectors.
    Being a projection, the fall is never negative and never more than the index.

    Parameters
    ----------
    root : R, (n_features, n_features).
    groups : positions of each group's features; groups don't overlap.

    Returns
    -------
    (n_features, n_features) B, a column for each feature: the contribution of a group to x is the sum of (x' B)^2 over
    the group's columns. A feature of no group has a column of zeros.

    References
    ----------
    Alcala, C. F. and Qin, S. J. (2009). Reconstruction-based contribution for process monitoring. Automatica 45(7),
    1593-1600; for several variables at once as in their multidimensional reconstruction.
    """
    axes = np.zeros_like(root)
    for group in groups.values():
        _, sizes, basis = np.linalg.svd(root[group], full_matrices=False)
        basis[sizes <= len(root) * np.finfo(np.float64).eps * sizes[0]] = 0.0  # what is left of a copied feature
        axes[:, group] = root @ basis.T
    return axes


def suited_values(root: np.ndarray, groups: Mapping[str, Sequence[int]]) -> np.ndarray:
    """Find what each group's features would have to be for the index to be least, given the other groups' features.

    Parameters
    ----------
    root, groups : as of `reconstruction_axes`.

    Returns
    -------
    (n_features, n_features) W: the values that suit a deviation x are x' W. A group's own features have no say in its
    columns; where several values suit alike, as those of a copied feature, the ones nearest to the middle are meant.
    """
    suited = np.zeros_like(root)
    for group in groups.values():
        others = np.setdiff1d(np.arange(len(root)), group)
        inverse = np.linalg.pinv(root[group], rcond=len(root) * np.finfo(np.float64).eps)
        suited[np.ix_(others, np.asarray(group))] = -np.einsum("ij,jk->ik", root[others], inverse)
    return suited
