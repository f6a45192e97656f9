"""Boosted trees as plain arrays: grown by scikit-learn, walked without it."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Trees:
    """A sum of regression trees.

    Attributes
    ----------
    feature, threshold, child, missing_right, value : one entry per node; see ``tree_kernel.walk``.
    roots, levels : first node and depth of every tree.
    start : what the sum begins with, an array of no dimension.
    """

    feature: np.ndarray
    threshold: np.ndarray
    child: np.ndarray
    missing_right: np.ndarray
    value: np.ndarray
    roots: np.ndarray
    levels: np.ndarray
    start: np.ndarray

    @classmethod
    def of(cls, model: Any) -> "Trees":
        """Lay out a fitted ``HistGradientBoostingRegressor`` of one output with an identity link."""
        grown = [_laid_out(stage[0].nodes) for stage in model._predictors]
        roots = np.cumsum([0, *(len(tree["value"]) for tree in grown)])[:-1].astype(np.int32)
        child = [tree["child"] + root for tree, root in zip(grown, roots, strict=True)]
        joined = {name: np.concatenate([tree[name] for tree in grown]) for name in ("feature", "threshold", "value")}
        missing = np.concatenate([tree["missing_right"] for tree in grown])
        levels = np.array([tree["levels"] for tree in grown], np.int32)
        start = np.array(float(np.ravel(model._baseline_prediction)[0]))
        return cls(child=np.concatenate(child).astype(np.int32), missing_right=missing, roots=roots, levels=levels,
                   start=start, **joined)  # fmt: skip

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Sum the trees for float64 rows (n_rows, n_features), NaN where unknown."""
        from .tree_kernel import walk

        return walk(np.ascontiguousarray(rows), self.nodes, self.roots, self.levels, float(self.start))

    @property
    def nodes(self) -> tuple[np.ndarray, ...]:
        """The nodes as the kernel takes them."""
        return self.feature, self.threshold, self.child, self.missing_right, self.value

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """Name every array, to be saved."""
        return {f"{prefix}.{field.name}": getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], prefix: str) -> "Trees":
        """Take back what ``arrays`` named."""
        return cls(**{field.name: arrays[f"{prefix}.{field.name}"] for field in fields(cls)})


def _laid_out(nodes: np.ndarray) -> dict[str, Any]:
    """Number nodes level by level, so that siblings are neighbours."""
    order, depth = [0], 0
    for place in order:
        if not nodes[place]["is_leaf"]:
            order += [int(nodes[place]["left"]), int(nodes[place]["right"])]
    taken, new = nodes[order], {old: place for place, old in enumerate(order)}
    leaf = taken["is_leaf"].astype(bool)
    child = np.arange(len(order), dtype=np.int32)
    child[~leaf] = [new[int(left)] for left in taken["left"][~leaf]]
    depth = int(taken["depth"].max())
    return {
        "feature": np.where(leaf, 0, taken["feature_idx"]).astype(np.int32),
        "threshold": np.where(leaf, np.inf, taken["num_threshold"]).astype(np.float64),
        "child": child,
        "missing_right": ~leaf & (taken["missing_go_to_left"] == 0),
        "value": taken["value"].astype(np.float64),
        "levels": depth,
    }
