"""How well one model sees events: a number from 0 to 1 for each of them.

A longer event must not look better seen than a short one just because more windows had the chance to alarm: peaks are
compared with those of clean stretches of the same length.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.dataframe.group_by import GroupBy

Numbers = NDArray[np.float64]


def seen(events: pl.DataFrame, scored: pl.DataFrame, clean: pl.DataFrame, threshold: float) -> Numbers:
    """How well each event was seen, shape (n_events,): the mean of three.

    Being caught, less the chance of a clean stretch of its length to alarm; the rarity of its peak among those of such
    stretches; and the mean rarity of its windows among clean ones.

    Parameters
    ----------
    events : unit_id, start, end.
    scored : windows with the events in them, rows of the ``scores`` table.
    clean : windows without any, likewise.
    """
    ordered = np.sort(clean["score"].to_numpy())
    if not len(ordered):
        return np.full(events.height, np.nan)
    rare = scored.with_columns(rare=pl.Series(_rarity(scored["score"].to_numpy(), ordered), dtype=pl.Float64))
    found = _touched(events, rare).agg(pl.col("score").max(), pl.col("rare").mean(), pl.len()).sort("event")
    peaks, stretches = found["score"].to_numpy(), Stretches(clean)
    return np.array(
        [
            (max(0.0, (peak > threshold) - of.chance(threshold)) + of.rarity(peak) + lasting) / 3
            for peak, lasting, of in zip(peaks, found["rare"], map(stretches.of, found["len"]), strict=True)
        ]
    )


def agreement(events: pl.DataFrame, scored: pl.DataFrame, threshold: float) -> Numbers:
    """How well decisions agree with the labels of each event's unit, window by window: F1, shape (n_events,)."""
    marked = _touched(events, scored).agg(pl.col("unit_id").first(), pl.col("window_start")).explode("window_start")
    keys = ["unit_id", "window_start"]
    labelled = scored.join(marked.select(keys).unique(), on=keys, how="semi").group_by("unit_id")
    flag = pl.col("score") > threshold
    hits = labelled.agg(flag.sum().alias("hits"), pl.len().alias("positive"))
    flagged = scored.group_by("unit_id").agg(flag.sum().alias("flagged"))
    units = hits.join(flagged, on="unit_id").select(
        "unit_id", f1=2 * pl.col("hits") / (pl.col("positive") + pl.col("flagged"))
    )
    return events.join(units, on="unit_id", how="left", maintain_order="left")["f1"].to_numpy()


class Stretches:
    """Peaks of clean stretches of one length after another, made when they are asked for."""

    def __init__(self, clean: pl.DataFrame) -> None:
        self._clean = clean.sort("unit_id", "window_start").select("unit_id", "score")
        self._made: dict[int, Peaks] = {}

    def of(self, length: int) -> "Peaks":
        """Give the peaks of stretches of about so many windows: the next power of two, a quarter of all at most."""
        width = int(min(2 ** np.ceil(np.log2(length)), max(1, self._clean.height // 4)))
        if width not in self._made:
            rolled = pl.col("score").rolling_max(width, min_samples=1).over("unit_id")
            highest = np.sort(self._clean.select(rolled).to_series().to_numpy())
            self._made[width] = Peaks(highest, max(2.0, len(highest) / width))
        return self._made[width]


class Peaks:
    """Ordered peaks of clean stretches, and how many of them could lie side by side."""

    def __init__(self, ordered: Numbers, independent: float) -> None:
        self._ordered, self._independent = ordered, independent

    def chance(self, threshold: float) -> float:
        """Share of the stretches that alarm."""
        return 1 - np.searchsorted(self._ordered, threshold, side="right") / len(self._ordered)

    def rarity(self, peak: float) -> float:
        """How rare a peak is: 0 where every clean stretch reaches it, 1 where none does, by the logarithm of the share.

        One in a thousand is as much better than one in a hundred as that is than one in ten.
        """
        reached = 1 - np.searchsorted(self._ordered, peak, side="left") / len(self._ordered)
        return float(1 - np.log1p(reached * self._independent) / np.log1p(self._independent))


def _rarity(score: Numbers, ordered: Numbers) -> Numbers:
    reached = len(ordered) - np.searchsorted(ordered, score, side="left")
    return 1.0 - np.log1p(reached) / np.log1p(len(ordered))


def _touched(events: pl.DataFrame, scored: pl.DataFrame) -> GroupBy:
    """Gather the windows of each event; every event has one."""
    overlap = (pl.col("window_start") < pl.col("end")) & (pl.col("window_end") > pl.col("start"))
    numbered = events.select("unit_id", "start", "end").with_row_index("event")
    return numbered.join(scored, on="unit_id").filter(overlap).group_by("event")
