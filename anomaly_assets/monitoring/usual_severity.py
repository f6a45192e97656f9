"""How severe ordinary readings look to the detector that tells severities: what it remembers of its own training.

A detector that learns anew brings its own measure with it, so that a level which it has got to know is no news.
"""

from dataclasses import dataclass

from ..config import ForecastWatch
from .profile import Profile


@dataclass(frozen=True)
class UsualSeverity:
    """Severity of the windows that a detector was trained on, 0 to 1.

    Attributes
    ----------
    median : of all windows.
    ordinary : what the medians of most training days stayed within; the median where that was not measured.
    """

    median: float
    ordinary: float

    @classmethod
    def of(cls, profile: Profile) -> "UsualSeverity":
        """Read it off the profile of a detector whose score is the largest severity before it is held to 0..1."""
        score = profile.score
        apart = profile.ordinary.score * score.shift_unit if profile.ordinary else 0.0
        return cls(_held(score.median), _held(score.median + apart))

    def tolerated(self, watch: ForecastWatch) -> float:
        """Give the median severity above which a day has drifted."""
        return max(self.median + watch.severity, self.ordinary if watch.ordinary else 0.0)


def _held(severity: float) -> float:
    return min(max(severity, 0.0), 1.0)
