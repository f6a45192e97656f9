"""Age: the baseline that only looks at the clock; what it sees, a calendar would have seen."""

import numpy as np

from .base import Detector, DetectorTags


class Age(Detector):
    """Scores the days since the first training window, whatever the sensors say.

    Recordings that end in a failure make every score that rises with time look good. A detector that doesn't beat
    this one there has shown nothing about the sensors.

    Attributes
    ----------
    first_ : the earliest training window, days since 1970.
    """

    tags = DetectorTags(deterministic=True, explains=False, sanity_only=True, knows_nothing=True)
    clock = True

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        self.first_ = float(matrix[:, 0].min())

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        return matrix[:, 0] - self.first_
