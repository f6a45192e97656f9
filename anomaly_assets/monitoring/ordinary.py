"""How far ordinary days lie from the reference: the days of training themselves.

A single day of an autocorrelated, seasonal signal is a narrow slice of the months it is compared with, so it differs
from them in distribution although nothing has happened. How much it does is known from training; report.py asks for
more than that.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from .days import DayGroups
from .distribution import Array, Distances, Distribution

NOTHING = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Ordinary:
    """What a share of the training days stayed within; all of them, where they are too few for that share.

    Attributes
    ----------
    features : PSI, Kolmogorov-Smirnov and Wasserstein-1 distance to the reference, by feature.
    score : shift of the median score, in either direction, in robust reference standard deviations.
    missing : growth of the missing share.
    """

    features: dict[str, tuple[float, float, float]]
    score: float
    missing: float

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, lists and dictionaries."""
        features = {name: list(distances) for name, distances in self.features.items()}
        return {"features": features, "score": self.score, "missing": self.missing}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Ordinary":
        """Rebuild what `to_json` wrote."""
        features = {name: (psi, ks, wasserstein) for name, (psi, ks, wasserstein) in document["features"].items()}
        return cls(features, document["score"], document["missing"])


@dataclass(frozen=True, eq=False)
class TrainingDays:
    """Measures the days that a reference was made from against it.

    Attributes
    ----------
    groups : which of the training windows belong to which day.
    level : the share of the days that the result is to cover, above 0.
    min_rows : days with fewer windows are left out.
    """

    groups: DayGroups
    level: float
    min_rows: int

    def ordinary(
        self, scaled: pl.DataFrame, scores: Array, missing: pl.Series, features: dict[str, Distribution]
    ) -> Ordinary | None:
        """Measure features, scores and missing shares of the same n_windows; None without a day of enough windows."""
        share = missing.cast(pl.Float64).to_numpy()
        if not self._parts(share):
            return None
        bounds = {name: self._feature(scaled[name].to_numpy(), known) for name, known in features.items()}
        growths = np.array([part.mean() for part in self._parts(share)]) - share.mean()
        shifts = [abs(found.shift) for found in self._distances(scores, Distribution.of(scores))]
        return Ordinary(bounds, covering(np.array(shifts), self.level), covering(growths, self.level))

    def _feature(self, values: Array, known: Distribution) -> tuple[float, float, float]:
        psi, ks, wasserstein, _ = np.array(self._distances(values, known)).T
        return covering(psi, self.level), covering(ks, self.level), covering(wasserstein, self.level)

    def _distances(self, values: Array, known: Distribution) -> list[Distances]:
        return [known.distances(np.sort(part)) for part in self._parts(values)]

    def _parts(self, values: Array) -> list[Array]:
        return [part for part in self.groups.split(values) if len(part) >= self.min_rows]


def covering(values: Array, level: float) -> float:
    """Give the smallest of the values that one more like them stays within with a probability of at least ``level``.

    That is the one of rank ceil(level (n + 1)) of n (Vovk et al., Algorithmic Learning in a Random World, 2005), or
    the largest where n is too small for the level: below 19 for 0.95.
    """
    rank = int(np.ceil(level * (len(values) + 1)))
    return float(np.sort(values)[min(max(rank, 1), len(values)) - 1])
