"""Always alarm: the baseline that flags every window; it finds every fault and is right as rarely as faults are."""

import numpy as np

from .base import Detector, DetectorTags


class AlwaysAlarm(Detector):
    """Scores 1 whatever the window; its tag ``always`` asks for a threshold below that.

    What it earns is what a measure gives away for nothing: point-adjusted F1 and recall by episodes are perfect for it,
    and whatever a detector is praised for must be more.
    """

    tags = DetectorTags(deterministic=True, explains=False, sanity_only=True, knows_nothing=True, always=True)

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        """Nothing to learn but the columns."""

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        return np.ones(len(matrix))
