"""Decisions window by window against labels: precision, recall, F-beta, false and missed alarm rates.

Every window counts once and as it is: nothing is adjusted. Events are in events.py.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import EvaluationError


@dataclass(frozen=True)
class Confusion:
    """Windows by label and decision; every share is None where it has nothing to be a share of.

    Attributes
    ----------
    hits : anomalous and flagged.
    false : normal and flagged.
    missed : anomalous and not flagged.
    quiet : normal and not flagged.
    """

    hits: int
    false: int
    missed: int
    quiet: int

    @property
    def precision(self) -> float | None:
        """Share of the flagged windows that are anomalous; None when nothing was flagged."""
        return _share(self.hits, self.hits + self.false)

    @property
    def recall(self) -> float | None:
        """Share of the anomalous windows that were flagged; None when none is anomalous."""
        return _share(self.hits, self.hits + self.missed)

    @property
    def far(self) -> float | None:
        """False alarm rate: share of the normal windows that were flagged; None when none is normal."""
        return _share(self.false, self.false + self.quiet)

    @property
    def mar(self) -> float | None:
        """Missed alarm rate: share of the anomalous windows that were not flagged; None when none is anomalous."""
        return _share(self.missed, self.hits + self.missed)

    def f_beta(self, beta: float = 1.0) -> float | None:
        """Weigh recall ``beta`` times as much as precision (van Rijsbergen 1979).

        0 when something was anomalous or flagged and nothing both; None when neither was.
        """
        gain = (1 + beta**2) * self.hits
        return _share(gain, gain + beta**2 * self.missed + self.false)


def confusion(labels: ArrayLike, decisions: ArrayLike) -> Confusion:
    """Count windows by label and decision, both (n_windows,) of truth values.

    Raises
    ------
    EvaluationError
        when the arrays differ in length.
    """
    anomalous, flagged = np.asarray(labels, dtype=bool), np.asarray(decisions, dtype=bool)
    if anomalous.shape != flagged.shape:
        sizes = {"labels": anomalous.size, "decisions": flagged.size}
        raise EvaluationError(
            "labels and decisions differ in length", found=sizes, remedy="pass one of each per window"
        )
    hits, positives, alarms = int((anomalous & flagged).sum()), int(anomalous.sum()), int(flagged.sum())
    return Confusion(hits, alarms - hits, positives - hits, anomalous.size - positives - alarms + hits)


def precision(labels: ArrayLike, decisions: ArrayLike) -> float | None:
    """Share of the flagged windows that are anomalous; None when nothing was flagged."""
    return confusion(labels, decisions).precision


def recall(labels: ArrayLike, decisions: ArrayLike) -> float | None:
    """Share of the anomalous windows that were flagged; None when none is anomalous."""
    return confusion(labels, decisions).recall


def f_beta(labels: ArrayLike, decisions: ArrayLike, *, beta: float = 1.0) -> float | None:
    """F-beta of decisions; None when nothing was anomalous or flagged. Show it beside that of trivial detectors."""
    return confusion(labels, decisions).f_beta(beta)


def far(labels: ArrayLike, decisions: ArrayLike) -> float | None:
    """False alarm rate: share of the normal windows that were flagged; None when none is normal."""
    return confusion(labels, decisions).far


def mar(labels: ArrayLike, decisions: ArrayLike) -> float | None:
    """Missed alarm rate, 1 - recall; None when none is anomalous."""
    return confusion(labels, decisions).mar


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
