"""What can only be said once every row is scored: thresholds that models have not, and which alarm is the worst."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...contracts import explanation_columns, kind_columns
from ...errors import ScoringError
from .spool import Spool

SCORED = ("anomaly_score", "is_anomaly", "threshold_used", "severity_rank", "model_name")
"""Columns of one model's verdict, in the order of the output; ``scored_at`` and the explanation follow."""


@dataclass(frozen=True)
class Judged:
    """The verdicts of one model on every row.

    Attributes
    ----------
    suffix : of its columns: nothing, or ``_1`` and ``_2`` where two models are compared.
    scores : float64 (n_rows,); higher is more anomalous.
    flags : boolean (n_rows,).
    alarming : (n_alarms,) rows that alarm, in order.
    ranks : (n_alarms,) of these rows: 1 is the highest score, of equal ones the earlier.
    thresholds : lowest and highest threshold that a row was judged by; None without rows.
    found : the threshold that was found on these very scores; None where the model has its own, or was given one.
    """

    suffix: str
    scores: NDArray[np.float64]
    flags: NDArray[np.bool_]
    alarming: NDArray[np.intp]
    ranks: NDArray[np.int64]
    thresholds: tuple[float, float] | None
    found: float | None = None

    @property
    def alarms(self) -> int:
        """How many rows alarm."""
        return len(self.alarming)

    @property
    def threshold(self) -> float | None:
        """The one threshold of all rows; None where it moved, or there are no rows."""
        return self.thresholds[0] if self.thresholds and self.thresholds[0] == self.thresholds[1] else None

    @property
    def worst_first(self) -> NDArray[np.intp]:
        """Rows that alarm, the highest score first: (n_alarms,)."""
        return self.alarming[np.argsort(self.ranks)]

    def columns(self, start: int, rows: int) -> list[pl.Series | pl.Expr]:
        """Give the columns of some rows in a row that are only known now."""
        flags = pl.Series(f"is_anomaly{self.suffix}", self.flags[start : start + rows], dtype=pl.Boolean)
        first, last = np.searchsorted(self.alarming, [start, start + rows])
        ranks = pl.repeat(None, rows, dtype=pl.Int64, eager=True).alias(f"severity_rank{self.suffix}")
        ranks = ranks.scatter(self.alarming[first:last] - start, self.ranks[first:last])
        found = [pl.lit(self.found, dtype=pl.Float64).alias(f"threshold_used{self.suffix}")]
        return [flags, ranks, *(found if self.found is not None else [])]


def judge(spool: Spool, suffix: str, contamination: float) -> Judged:
    """Read one model's verdicts, and make those that are missing.

    Parameters
    ----------
    contamination : share of rows that alarm where the model has no threshold: it becomes the smallest score that at
        least the other rows don't exceed.
    """
    scores = spool.column(f"anomaly_score{suffix}")
    known, thresholds = _thresholds(spool, f"threshold_used{suffix}")
    if known:
        flags = spool.column(f"is_anomaly{suffix}", bool)
        return Judged(suffix, scores, flags, *severity_ranks(scores, flags), thresholds)
    found = float(np.quantile(scores, 1 - contamination, method="inverted_cdf"))
    flags = scores > found
    return Judged(suffix, scores, flags, *severity_ranks(scores, flags), (found, found), found)


def severity_ranks(scores: NDArray[np.float64], flags: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Number the rows that alarm from the highest score down: where they are and their numbers, (n_alarms,) each."""
    alarming = np.flatnonzero(flags)
    ranks = np.empty(len(alarming), dtype=np.int64)
    ranks[np.argsort(-scores[alarming], kind="stable")] = np.arange(1, len(alarming) + 1)
    return alarming, ranks


def _thresholds(spool: Spool, name: str) -> tuple[bool, tuple[float, float] | None]:
    """Say whether every row has a threshold, and give the lowest and the highest of them."""
    used = [piece[name] for piece in spool.pieces([name])]
    known = not any(piece.null_count() for piece in used)
    seen = [float(end) for piece in used for end in (piece.min(), piece.max()) if end is not None]  # type: ignore[arg-type]
    return known, (min(seen), max(seen)) if seen else None


def columns(spooled: pl.Schema, suffixes: tuple[str, ...], explained: bool) -> tuple[str, ...]:
    """Order the columns of the output: what came with the rows, verdicts, the moment of scoring, explanations, kinds.

    Raises
    ------
    ScoringError
        If a column that came with the rows is called like one that is made here.
    """
    verdicts = [f"{name}{suffix}" for suffix in suffixes for name in SCORED]
    told = [f"{name}{suffix}" for suffix in suffixes for name in explanation_columns()] if explained else []
    made = {f"severity_rank{suffix}" for suffix in suffixes} | {"scored_at"}
    if taken := sorted(made & set(spooled)):
        raise ScoringError(
            f"the input has columns that the output has for itself: {', '.join(taken)}",
            remedy="leave them out of --keep, or rename them in the input",
        )
    kinds = [name for suffix in suffixes for kind in kind_columns() if (name := f"{kind}{suffix}") in spooled]
    came = [name for name in spooled if name not in {*verdicts, *told, *kinds}]
    return (*came, *verdicts, "scored_at", *told, *kinds)
