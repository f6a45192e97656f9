"""One quantity's reference distribution, and how far a sample lies from it: PSI, Kolmogorov-Smirnov, Wasserstein.

Effect sizes only: none of the three grows with the size of the sample, and there is no p-value here (with enough
windows a test calls every difference significant). Which distances matter is judged in report.py.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
EMPTY_BIN = 1e-4  # share that an empty bin counts as in PSI: the customary floor, so that a logarithm exists


class Distances(NamedTuple):
    """How far a sample lies from a reference: PSI, KS, Wasserstein-1 and shift of the median."""

    psi: float
    ks: float
    wasserstein: float
    shift: float


@dataclass(frozen=True, eq=False)
class Distribution:
    """What is remembered of one quantity's values in training.

    Attributes
    ----------
    windows : number of values it was made from.
    mean, std, median : of those values.
    scale : robust standard deviation, 1.4826 x the median absolute deviation.
    quantiles : shape (n_points,), the quantiles at the levels (i + 1/2) / n_points, sorted.
    edges : shape (n_bins - 1,), where the bins of PSI meet; bin i holds edges[i-1] <= value < edges[i]. A value that
        fills whole deciles by itself gets a bin of its own.
    shares : shape (n_bins,), share of the values in each bin.
    """

    windows: int
    mean: float
    std: float
    median: float
    scale: float
    quantiles: Array
    edges: Array
    shares: Array

    @classmethod
    def of(cls, values: Array, *, points: int = 256, bins: int = 10) -> "Distribution":
        """Describe values of shape (n_windows,), n_windows >= 1, none of them NaN, in any order."""
        ordered = np.sort(np.asarray(values, dtype=np.float64))
        median = float(np.median(ordered))
        deciles = _quantiles(ordered, np.arange(1, bins) / bins)
        atoms = deciles[1:][np.diff(deciles) == 0]
        edges = np.unique(np.concatenate([deciles, np.nextafter(atoms, np.inf)]))
        return cls(
            windows=len(ordered),
            mean=float(ordered.mean()),
            std=float(ordered.std()),
            median=median,
            scale=1.4826 * float(np.median(np.abs(ordered - median))),
            quantiles=_quantiles(ordered, _levels(points)),
            edges=edges,
            shares=_shares(ordered, edges),
        )

    def distances(self, ordered: Array) -> Distances:
        """Measure a sorted sample of shape (n_windows,), n_windows >= 1, against this reference.

        PSI is the population stability index (Siddiqi, Credit Risk Scorecards, 2006) over the reference's deciles; KS
        the largest difference of the two distribution functions, seen at the remembered quantiles (so within
        1 / n_points of the exact one); Wasserstein-1 the mean difference of the two quantile functions, in reference
        standard deviations; shift the difference of the medians in robust reference standard deviations. A reference
        that never moved has the unit 1, one unit of the scaled feature.
        """
        shift = (float(np.median(ordered)) - self.median) / self.shift_unit
        return Distances(self._psi(ordered), self._ks(ordered), self._wasserstein(ordered), shift)

    def noise(self, windows: int) -> Distances:
        """Distances that so many windows drawn from the reference itself show on average.

        PSI: (bins - 1)(1/n + 1/m), from its chi-square limit (Yurdakul, 2018). KS: sqrt(pi / 2) ln 2 x sqrt(1/n + 1/m),
        the mean of Kolmogorov's distribution. Wasserstein-1: the integral of the mean absolute deviation of the
        empirical distribution function. The shift is taken as it is.
        """
        per_window = 1 / windows + 1 / self.windows
        psi = (len(self.shares) - 1) * per_window
        ks = np.sqrt(np.pi / 2) * np.log(2) * np.sqrt(per_window)
        return Distances(psi, float(ks), float(self._spread * np.sqrt(2 / np.pi * per_window)), 0.0)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and lists; `from_json` gives back exactly the same values."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: v.tolist() if isinstance(v, np.ndarray) else v for name, v in values.items()}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Distribution":
        """Rebuild what `to_json` wrote."""
        values: dict[str, Any] = {k: np.array(v, np.float64) if isinstance(v, list) else v for k, v in document.items()}
        return cls(**values)

    def _psi(self, ordered: Array) -> float:
        # half a window is the least that a bin can be told from empty by; without it small samples look unstable
        floor = max(EMPTY_BIN, 0.5 / len(ordered))
        found, expected = np.maximum(_shares(ordered, self.edges), floor), np.maximum(self.shares, floor)
        return float(np.sum((found - expected) * np.log(found / expected)))

    def _ks(self, ordered: Array) -> float:
        values, below, up_to = self._steps
        found_below = np.searchsorted(ordered, values, side="left") / len(ordered)
        found_up_to = np.searchsorted(ordered, values, side="right") / len(ordered)
        return float(max(np.abs(found_below - below).max(), np.abs(found_up_to - up_to).max()))

    def _wasserstein(self, ordered: Array) -> float:
        found = _quantiles(ordered, _levels(len(self.quantiles)))
        return float(np.abs(found - self.quantiles).mean() / self._unit)

    @property
    def shift_unit(self) -> float:
        """What a shift of the median is measured in."""
        return self.scale or self._unit

    @cached_property
    def _unit(self) -> float:
        return self.std if self.std > 0 else 1.0

    @cached_property
    def _steps(self) -> tuple[Array, Array, Array]:
        """Distinct remembered values, with the reference's share below and up to each."""
        values, first, count = np.unique(self.quantiles, return_index=True, return_counts=True)
        levels = _levels(len(self.quantiles))
        return values, levels[first], levels[first + count - 1]

    @cached_property
    def _spread(self) -> float:
        """Integral of sqrt(F (1 - F)) over the values, in units of the standard deviation."""
        between = np.arange(1, len(self.quantiles)) / len(self.quantiles)
        return float(np.sum(np.sqrt(between * (1 - between)) * np.diff(self.quantiles)) / self._unit)


def _levels(points: int) -> Array:
    return (np.arange(points) + 0.5) / points


def _quantiles(ordered: Array, levels: Array) -> Array:
    """The smallest value that a share of at least ``level`` does not exceed."""
    return ordered[np.minimum((levels * len(ordered)).astype(np.int64), len(ordered) - 1)]


def _shares(ordered: Array, edges: Array) -> Array:
    cuts = np.concatenate([[0], np.searchsorted(ordered, edges, side="left"), [len(ordered)]])
    return np.diff(cuts) / len(ordered)
