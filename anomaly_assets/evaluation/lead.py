"""How long before a known failure the first alarm came. The delay after an event's start is in events.py."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from .labelling import first_window_known


@dataclass(frozen=True)
class LeadSummary:
    """Warnings before failures; a failure nobody was warned of counts as a lead of zero everywhere.

    Attributes
    ----------
    failures : known failures that were watched, warned or not.
    warned : of these, with an alarm before.
    median, p10 : of the leads over all failures (nine in ten failures leave more than ``p10``); None without failures.
    share_in_time : share of the failures with at least the required lead; None without failures.
    """

    failures: int
    warned: int
    median: timedelta | None
    p10: timedelta | None
    share_in_time: float | None


def lead_times(
    windows: pl.DataFrame, labels: pl.DataFrame, *, persistence: int = 1, horizon: timedelta | None = None
) -> pl.DataFrame:
    """Time from the first alarm of each labelled failure to the failure.

    An alarm before the label begins warns of nothing: it is a false alarm, and a detector that flags from the first
    day would otherwise have the longest lead of all.

    Parameters
    ----------
    windows : unit_id, window_start, window_end, is_anomaly; any order.
    labels : table ``labels``; those without ``failure_at`` are left out, pieces of one failure are taken together.
    persistence : so many anomalous windows of a unit in a row are an alarm, known when the last of them ends.
    horizon : count alarms from this long before the failure on, instead of from the label's start.

    Returns
    -------
    One row per failure that was watched (a window lies between the label's start and the failure): unit_id, start,
    failure_at, watched (end of the first window in that span), lead (null when no alarm came in time).
    """
    failures = labels.filter(pl.col("failure_at").is_not_null()).group_by("unit_id", "failure_at", maintain_order=True)
    begin = pl.col("start").min() if horizon is None else pl.col("failure_at").first() - horizon
    spans = failures.agg(begin.alias("start")).select("unit_id", "start", pl.col("failure_at").alias("end"))
    alarms = _persistent(windows, persistence)
    leads = spans["end"] - first_window_known(spans, alarms)
    found = spans.rename({"end": "failure_at"}).with_columns(
        pl.when(leads >= timedelta(0)).then(leads).alias("lead"), first_window_known(spans, windows).alias("watched")
    )
    return found.filter(pl.col("watched").is_not_null()).sort("unit_id", "failure_at")


def lead_summary(leads: pl.DataFrame, *, required: timedelta = timedelta(0)) -> LeadSummary:
    """Sum up `lead_times`; ``required`` is the lead without which a warning is of no use."""
    known = leads["lead"].drop_nulls()
    if leads.is_empty():
        return LeadSummary(0, 0, None, None, None)
    seconds = leads["lead"].fill_null(timedelta(0)).dt.total_seconds(fractional=True).to_numpy()
    in_time = int((known >= required).sum())
    median, p10 = (timedelta(seconds=float(np.quantile(seconds, share))) for share in (0.5, 0.1))
    return LeadSummary(leads.height, known.len(), median, p10, in_time / leads.height)


def _persistent(windows: pl.DataFrame, persistence: int) -> pl.DataFrame:
    """Keep the windows that end a row of so many anomalous ones."""
    if persistence == 1:
        return windows.filter("is_anomaly")
    ordered = windows.select("unit_id", "window_start", "window_end", "is_anomaly").sort("unit_id", "window_start")
    run = pl.col("is_anomaly").cast(pl.Int32).rolling_sum(persistence).over("unit_id")
    return ordered.filter((run == persistence).fill_null(False))
