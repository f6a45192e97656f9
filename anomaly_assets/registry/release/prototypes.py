"""Distance to the nearest of some usual shapes, as a graph; see detectors/prototypes.py. Kinds name it in kinds/."""

from typing import Any

import numpy as np

from .formulas import in_blocks, shaped, squared
from .graph import Graph
from .preparation import Prepared
from .tolerance import Tolerance

BOUND = 1e4
"""As in detectors/prototypes.py: largest value by which the nearest is looked for."""

FLOAT32 = float(np.finfo(np.float32).eps)


def tolerance(detector: Any) -> Tolerance:
    """Rounding of a float32 product of an ordinary shape with another, four standard errors of its sum wide."""
    share = 4.0 * FLOAT32 * float(np.sqrt(detector.prototypes_.shape[1]))
    ordinary = float(np.square(detector.prototypes_, dtype=np.float64).sum(axis=1).mean()) / detector.steps
    reason = "the nearest shape is looked for in float32, where of two about equally near ones either may be found"
    return Tolerance(share, share * ordinary, reason, usual=1e-6)


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """Mean squared distance per step to the nearest shape, added up over the features."""
    half = 0.5 * np.square(detector.prototypes_).sum(axis=1)  # rounded in float32, as the platform has it

    def distances(body: Graph, block: str) -> str:
        near = body.cast(body.clip(block, -BOUND, BOUND), "float32")
        nearness = body.subtract(body.product(near, np.ascontiguousarray(detector.prototypes_.T)), half)
        prototype = body.gather(detector.prototypes_, body.place_of("ArgMax", nearness), axis=0)
        apart = squared(body, body.subtract(block, body.cast(prototype, "float64")))
        by_feature = body.reshape(apart, [-1, len(detector.center_), detector.steps])
        return body.reduced("Sum", body.reduced("Mean", by_feature))

    return in_blocks(graph, shaped(graph, prepared.matrix, detector, level=detector.level), distances)
