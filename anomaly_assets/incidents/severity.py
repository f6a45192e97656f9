"""How severe a score is: how much rarer than the threshold among the reference scores, never among today's.

References are handed in by model version; who keeps them is none of this room's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..errors import IncidentError

Numbers = NDArray[np.float64]

TAIL = 0.1
"""The share of the highest reference scores whose excesses say how fast rarer ones thin out."""


@dataclass(frozen=True)
class Reference:
    """Scores of normal windows of one model version, such as those its threshold was calibrated on.

    Attributes
    ----------
    ascending : (n,) sorted.
    edge : where the tail begins.
    excess : mean excess over the edge in the tail, positive.
    """

    ascending: Numbers
    edge: float
    excess: float

    @classmethod
    def of(cls, scores: Numbers) -> "Reference":
        """Sort scores and fit their tail.

        Raises
        ------
        IncidentError
            If there are none, or one is not finite.
        """
        ascending = np.sort(np.asarray(scores, dtype=np.float64))
        if not ascending.size or not np.isfinite(ascending).all():
            raise IncidentError(
                "reference scores can't be ranked in",
                found=f"{ascending.size} scores, {int((~np.isfinite(ascending)).sum())} of them not finite",
                expected="one finite score or more",
                remedy="hand in the scores of the model version's calibration windows",
            )
        edge = float(ascending[-max(1, round(TAIL * ascending.size))])
        over = ascending[ascending > edge] - edge
        excess = float(over.mean()) if over.size else 0.0
        return cls(ascending, edge, max(excess, 1e-9 * max(abs(edge), 1.0)))

    @property
    def usual(self) -> float:
        """The median."""
        return float(np.median(self.ascending))

    def rarity(self, scores: Numbers) -> Numbers:
        """Powers of ten of rarity, (n_windows,): 2 is a score that one normal window in 100 reaches.

        Counted up to the edge of the tail, each score itself among the counted; beyond it the tail falls off
        exponentially with its mean excess, so that scores higher than any seen still differ.
        """
        values = np.asarray(scores, dtype=np.float64)
        reaching = self.ascending.size - np.searchsorted(self.ascending, np.minimum(values, self.edge), side="left")
        beyond = np.maximum(values - self.edge, 0.0) / self.excess / np.log(10.0)
        return np.asarray(beyond - np.log10((1 + reaching) / (self.ascending.size + 1)))


def severity(reference: Reference, scores: Numbers, thresholds: Numbers, *, decades: float) -> Numbers:
    """Severity 0 to 100, (n_windows,): 0 up to the threshold, 50 where ``decades`` powers of ten rarer, then 75, 87.5.

    It rises with the score and never quite reaches its end; the same score over the same threshold is as severe next
    year, whatever else is scored beside it.
    """
    rarer = np.maximum(reference.rarity(scores) - reference.rarity(thresholds), 0.0)
    return np.asarray(100.0 * (1.0 - np.exp2(-rarer / decades)))


def require_references(windows: pl.DataFrame, references: Mapping[int, Reference]) -> None:
    """Refuse windows of a model version whose reference scores nobody handed in.

    Raises
    ------
    IncidentError
        Naming the versions.
    """
    missing = sorted(set(windows["model_version"].unique()) - set(references))
    if missing:
        raise IncidentError(
            f"no reference scores of model version {', '.join(map(str, missing))}",
            found=f"references of {', '.join(map(str, sorted(references))) or 'none'}",
            expected="those of every version that scored the windows",
            remedy="hand in the calibration scores of these versions",
        )


def with_severity(windows: pl.DataFrame, references: Mapping[int, Reference], decades: float) -> pl.DataFrame:
    """Add ``severity`` of every window by the reference of its own model version."""
    values = np.zeros(windows.height)
    for version in windows["model_version"].unique():
        own = (windows["model_version"] == version).to_numpy()
        scores, thresholds = (windows[name].to_numpy()[own] for name in ("score", "threshold"))
        values[own] = severity(references[version], scores, thresholds, decades=decades)
    return windows.with_columns(severity=pl.Series(values, dtype=pl.Float64))
