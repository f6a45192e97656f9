"""Names of the strata that windows fall into: failure type, season, time to failure, missing share, age of the unit.

Each gives String (n_windows,) in the windows' order, for `by_stratum`.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import polars as pl

from .labelling import join_cut_labels

SEASONS = {12: "Dec-Feb", 3: "Mar-May", 6: "Jun-Aug", 9: "Sep-Nov"}
"""First month of a meteorological season to its name."""

NO_FAILURE = "no failure time"


def failure_types(windows: pl.DataFrame, labels: pl.DataFrame) -> pl.Series:
    """Failure type of the event that overlaps each window; null outside events. An event has its first label's type."""
    return (
        _event_facts(windows, labels).select(pl.when("inside").then("failure_type").alias("failure_type")).to_series()
    )


def lead_buckets(windows: pl.DataFrame, labels: pl.DataFrame, edges: Sequence[timedelta]) -> pl.Series:
    """Time from a window's end to the failure its event leads to; null outside events.

    Windows of an event without a known failure, and those after it, are of the stratum "no failure time".

    Parameters
    ----------
    edges : ascending; a lead equal to an edge falls below it.
    """
    facts = _event_facts(windows, labels)
    lead = (facts["failure_at"] - facts["window_end"]).dt.total_seconds(fractional=True)
    named = buckets(lead.set(lead < 0, None), [edge.total_seconds() for edge in edges], [_told(edge) for edge in edges])
    inside = pl.when(facts["inside"]).then(named.fill_null(NO_FAILURE))
    return facts.select(inside.alias("lead")).to_series()


def seasons(windows: pl.DataFrame) -> pl.Series:
    """Meteorological season of each window's start, in UTC: "Dec-Feb" and so on, for both hemispheres."""
    first_month = windows["window_start"].dt.month() // 3 * 3
    return first_month.replace_strict(SEASONS | {0: SEASONS[12]}, return_dtype=pl.String).alias("season")


def cold_start_days(windows: pl.DataFrame, edges: Sequence[float] = (1, 7, 30)) -> pl.Series:
    """Days since the unit's first window; a new unit is judged on little history."""
    age = pl.col("window_start") - pl.col("window_start").min().over("unit_id")
    days = windows.select(age.dt.total_seconds(fractional=True) / 86_400).to_series()
    return buckets(days, edges, [f"{edge:g} d" for edge in edges]).alias("age")


def missing_shares(shares: pl.Series, edges: Sequence[float] = (0.0, 0.05, 0.2)) -> pl.Series:
    """Share of missing readings in each window, 0 to 1."""
    return buckets(shares, edges, [f"{100 * edge:g} %" for edge in edges]).alias("missing")


def buckets(values: pl.Series, edges: Sequence[float], names: Sequence[str]) -> pl.Series:
    """Name the bucket of each value: "1: up to 5 %", "2: 5 % to 20 %", "3: over 20 %"; null stays null.

    Parameters
    ----------
    edges : ascending; a value equal to an edge falls below it.
    names : of the edges.
    """
    between = [f"{low} to {high}" for low, high in pairwise(names)]
    words = [f"up to {names[0]}", *between, f"over {names[-1]}"]
    labelled = [f"{place}: {word}" for place, word in enumerate(words, start=1)]
    return values.cast(pl.Float64).cut(list(edges), labels=labelled).cast(pl.String)


def _event_facts(windows: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Put the event that overlaps each window beside it: window_end, failure_type, failure_at, inside."""
    events = _described(labels)
    numbered = windows.select("unit_id", "window_start", "window_end").with_row_index("row").sort("window_end")
    latest: Any = numbered.join_asof(
        events.sort("start"),
        left_on="window_end",
        right_on="start",
        by="unit_id",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    inside = (pl.col("end") > pl.col("window_start")).fill_null(False)
    return latest.sort("row").select("window_end", "failure_type", "failure_at", inside.alias("inside"))


def _described(labels: pl.DataFrame) -> pl.DataFrame:
    """Events with the type and the moment of failure of the first label that tells them."""
    events = join_cut_labels(labels).with_row_index("event")
    begun = events.select("event", "unit_id", pl.col("start").alias("begun")).sort("begun")
    members = labels.sort("start").join_asof(
        begun, left_on="start", right_on="begun", by="unit_id", check_sortedness=False
    )
    told = members.group_by("event", maintain_order=True).agg(
        pl.col("failure_type").first(), pl.col("failure_at").drop_nulls().first()
    )
    return events.join(told, on="event")


def _told(edge: timedelta) -> str:
    days = edge / timedelta(days=1)
    return f"{days:g} d" if days >= 1 else f"{24 * days:g} h"
