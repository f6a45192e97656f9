"""Everything that is counted of scored windows, block by block, and the measures of any mixture of blocks.

Block by block, because an interval is the same measures taken of resampled blocks; nothing is stored here.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .blocks import resampling_blocks
from .episodes import number_alarms
from .events import DAY, judged_alarms, judged_events
from .labelling import label_windows
from .lead import lead_times

Numbers = NDArray[np.float64]
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Tally:
    """Counts per block, each (n_blocks,), and what is known of single events.

    Attributes
    ----------
    hits, false, missed, quiet : windows by label and decision.
    events, found : labelled events that were watched, and those an anomalous window overlaps.
    alarms, true : merged alarms, and those that overlap an event.
    normal_days : unlabelled time watched, in days.
    daily : alarms on unlabelled windows as a budget counts them, once a day.
    delays, leads : seconds and block of each found event and of each known failure (a missed one has a lead of 0).
    """

    hits: Numbers
    false: Numbers
    missed: Numbers
    quiet: Numbers
    events: Numbers
    found: Numbers
    alarms: Numbers
    true: Numbers
    normal_days: Numbers
    daily: Numbers
    delays: tuple[Numbers, NDArray[np.int64]]
    leads: tuple[Numbers, NDArray[np.int64]]


def marked_windows(scored: pl.DataFrame, labels: pl.DataFrame, block: str) -> pl.DataFrame:
    """Sort windows by unit and time and add ``label`` and the number of the ``block`` to be resampled."""
    keys = ["unit_id", "window_start", "window_end", "score", "is_anomaly"]
    ordered = scored.select(*keys, pl.col(block).alias("block")).sort("unit_id", "window_start")
    marked = ordered.with_columns(label_windows(ordered, labels))
    return marked.with_columns(block=pl.Series(resampling_blocks(marked, block="block"), dtype=pl.Int64))


def tally(marked: pl.DataFrame, labels: pl.DataFrame, merge_gap: timedelta, persistence: int) -> Tally:
    """Count windows, events, alarms, delays and leads in each block."""
    label, flag = marked["label"].to_numpy(), marked["is_anomaly"].to_numpy()
    block, count = marked["block"].to_numpy(), int(marked["block"].max() or 0) + 1  # type: ignore[arg-type]
    events = _in_blocks(judged_events(marked, labels), marked, "seen", "window_end")
    alarms = _in_blocks(judged_alarms(marked, merge_gap), marked, "start", "window_start")
    failures = _in_blocks(lead_times(marked, labels, persistence=persistence), marked, "watched", "window_end")
    found = events.filter(pl.col("delay").is_not_null())
    days = (marked["window_end"] - marked["window_start"]).dt.total_microseconds().to_numpy() / (DAY / _MICROSECOND)

    def sums(chosen: NDArray[np.bool_], amount: Numbers | None = None) -> Numbers:
        weights = None if amount is None else amount[chosen]
        return np.bincount(block[chosen], weights=weights, minlength=count).astype(np.float64)

    def rows(frame: pl.DataFrame) -> Numbers:
        return np.bincount(frame["block"].to_numpy(), minlength=count).astype(np.float64)

    return Tally(
        hits=sums(label & flag),
        false=sums(~label & flag),
        missed=sums(label & ~flag),
        quiet=sums(~label & ~flag),
        events=rows(events),
        found=rows(found),
        alarms=rows(alarms),
        true=rows(alarms.filter("true")),
        normal_days=sums(~label, days),
        daily=rows(_daily_alarms(marked.filter(~pl.col("label")), merge_gap)),
        delays=(_seconds(found["delay"]), found["block"].to_numpy()),
        leads=(_seconds(failures["lead"].fill_null(timedelta(0))), failures["block"].to_numpy()),
    )


def _in_blocks(rows: pl.DataFrame, marked: pl.DataFrame, instant: str, column: str) -> pl.DataFrame:
    """Add the block of the window that starts or ends at an instant."""
    keys = marked.select("unit_id", pl.col(column).alias(instant), "block").unique(["unit_id", instant], keep="first")
    return rows.join(keys, on=["unit_id", instant], how="inner")


def _daily_alarms(normal: pl.DataFrame, merge_gap: timedelta) -> pl.DataFrame:
    unit_day = pl.format("{}|{}", "unit_id", pl.col("window_start").dt.date())
    numbered = number_alarms(normal.filter("is_anomaly").with_columns(unit_id=unit_day), merge_gap)
    return numbered.group_by("unit_id", "alarm").agg(pl.col("block").first())


def _seconds(durations: pl.Series) -> Numbers:
    return durations.dt.total_seconds(fractional=True).to_numpy().astype(np.float64)
