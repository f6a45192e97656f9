"""KMeansAD: how far a history's shape lies from the nearest of a few usual ones."""

from typing import Annotated

import numpy as np
from pydantic import Field

from .base import DetectorTags
from .one_thread import one_thread
from .prototypes import NearestPrototype, bounded
from .shapes import usual


class KmeansWindows(NearestPrototype):
    """Mean squared distance of a history to the nearest cluster of the histories in training.

    Assumes that what is normal is a small number of shapes, each in any phase. Sees amplitude, shape and timing over
    ``steps`` windows. A wild stretch in training, if long enough, becomes a cluster and is normal from then on. Costs
    n_clusters * n_features * steps multiplications per window. A sensor's contribution is its part of the distance.

    Parameters
    ----------
    steps : length of a history; half of the dominant period is a good choice (see periods.py).
    n_clusters : usual shapes.
    level : share of a history's level that counts, 0 to 1; see shapes.py.
    statistics : features that take part; None for all.
    max_windows : most histories that are learnt from; None for all.
    seed : of the clustering.

    References
    ----------
    Yairi, T., Kato, Y. and Hori, K. (2001). Fault detection by mining association rules from house-keeping data.
    i-SAIRAS. (Clusters of windows.)
    Sculley, D. (2010). Web-scale k-means clustering. WWW, 1177-1178.
    Schmidl, S., Wenig, P. and Papenbrock, T. (2022). Anomaly detection in time series: a comprehensive evaluation.
    PVLDB 15(9), 1779-1797.
    """

    tags = DetectorTags(deterministic=True, explains=True, reads="sequence")

    def __init__(
        self,
        *,
        steps: Annotated[int, Field(ge=2)] = 50,
        n_clusters: Annotated[int, Field(ge=1)] = 50,
        level: Annotated[float, Field(ge=0, le=1)] = 0.5,
        statistics: tuple[str, ...] | None = ("raw",),
        max_windows: Annotated[int, Field(ge=1)] | None = 20_000,
        seed: Annotated[int, Field(ge=0, lt=2**32)] = 0,
    ) -> None:
        self.steps = steps
        self.n_clusters = n_clusters
        self.level = level
        self.statistics = statistics
        self.max_windows = max_windows
        self.seed = seed

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        from sklearn.cluster import MiniBatchKMeans

        self.center_, self.scale_ = usual(matrix, self.steps)
        shapes = bounded(self._shaped(matrix))
        clusters = MiniBatchKMeans(min(self.n_clusters, len(shapes)), random_state=self.seed, n_init=3)
        with one_thread():
            self.prototypes_ = clusters.fit(shapes).cluster_centers_.astype(np.float32)
