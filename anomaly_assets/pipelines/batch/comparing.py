"""How far two models agree on the rows that both have scored. Which one is better can't be said without labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..shadow import rank_correlation
from .judging import Judged
from .spool import Spool

SHOWN = 10
"""So many rows are named of those that two models see most differently."""


@dataclass(frozen=True)
class Agreement:
    """Two models on the same rows.

    Attributes
    ----------
    rows : so many.
    first, second, both, either : rows that alarm by the first, by the second, by both, by at least one.
    jaccard : both over either (Jaccard 1912); None where neither flags any.
    kappa : agreement beyond what as many alarms at random would give (Cohen 1960); None where that is undefined.
    spearman : correlation of the ranks of the scores (Spearman 1904); None where one is constant.
    disagreements : the rows they see most differently, at most `SHOWN`: ``row`` (from 1), the kept columns, scores,
        verdicts, and how far apart the two ranks are as a share of the rows.
    """

    rows: int
    first: int
    second: int
    both: int
    either: int
    jaccard: float | None
    kappa: float | None
    spearman: float | None
    disagreements: pl.DataFrame

    @property
    def flagged(self) -> dict[str, int | float | None]:
        """How far the verdicts agree, by the names that people are told them under."""
        counts = {f"flagged_by_{who}": getattr(self, who) for who in ("first", "second", "both", "either")}
        return counts | {"jaccard": self.jaccard, "cohens_kappa": self.kappa}


def compare(spool: Spool, one: Judged, other: Judged, kept: Sequence[str]) -> Agreement:
    """Set two models side by side.

    Parameters
    ----------
    kept : columns of the input that say which row is meant.
    """
    a, b = one.flags, other.flags
    both, either = int((a & b).sum()), int((a | b).sum())
    return Agreement(
        rows=len(a),
        first=one.alarms,
        second=other.alarms,
        both=both,
        either=either,
        jaccard=both / either if either else None,
        kappa=cohens_kappa(a, b),
        spearman=rank_correlation(pl.Series(one.scores), pl.Series(other.scores)),
        disagreements=_disagreements(spool, one, other, kept),
    )


def cohens_kappa(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float | None:
    """Agreement of two verdicts (n_rows,) beyond chance, 1 at most; None where chance alone agrees on everything."""
    if not len(a):
        return None
    p, q = float(a.mean()), float(b.mean())
    by_chance = p * q + (1 - p) * (1 - q)
    return None if by_chance == 1 else (float((a == b).mean()) - by_chance) / (1 - by_chance)


def _disagreements(spool: Spool, one: Judged, other: Judged, kept: Sequence[str]) -> pl.DataFrame:
    """Find rows whose verdicts differ, and among those (or all) the ones whose ranks are furthest apart."""
    apart = np.abs(_rank_share(one.scores) - _rank_share(other.scores))
    places = np.lexsort((-apart, one.flags == other.flags))[:SHOWN]
    places = places[(apart[places] > 0) | (one.flags != other.flags)[places]]
    told = {"row": places + 1, **{f"anomaly_score{side.suffix}": side.scores[places] for side in (one, other)}}
    told |= {f"is_anomaly{side.suffix}": side.flags[places] for side in (one, other)}
    verdicts = pl.DataFrame(told | {"rank_distance": apart[places]})
    return verdicts.select("row").hstack(spool.rows_at(places.tolist(), kept)).hstack(verdicts.drop("row"))


def _rank_share(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Say which share of the rows scores no higher than each, ties in the middle: (n_rows,)."""
    return pl.Series(scores).rank().to_numpy() / max(1, len(scores))
