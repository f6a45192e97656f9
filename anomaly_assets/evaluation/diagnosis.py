"""Whether an alarm names the right sensor: hits among the first ranked ones, beside what a random ranking would hit."""

from dataclasses import dataclass
from math import comb

import numpy as np
import polars as pl

from .labelling import join_cut_labels


@dataclass(frozen=True)
class Diagnosis:
    """Hits of ranked sensors against labelled root causes; None where no event was diagnosed.

    Attributes
    ----------
    events : labelled events with root-cause sensors and an alarming window inside.
    hit_at_1, hit_at_3 : mean over events of the share of alarming windows whose first one or three sensors include
        a root cause; long events weigh no more than short ones.
    chance_at_1, chance_at_3 : what a random ranking is expected to reach on the same events.
    """

    events: int
    hit_at_1: float | None
    hit_at_3: float | None
    chance_at_1: float | None
    chance_at_3: float | None


def rank_sensors(contributions: pl.DataFrame, *, keep: int = 3) -> pl.Series:
    """Name the sensors of each window by contribution, highest first: List(String) (n_windows,).

    Parameters
    ----------
    contributions : (n_windows, n_sensors) one column per sensor; equal ones stay in the order of the columns.
    keep : so many names per window.
    """
    order = np.argsort(-contributions.to_numpy(), axis=1, kind="stable")[:, :keep]
    names = np.array(contributions.columns, dtype=object)[order]
    return pl.Series("ranked_sensors", names.tolist(), dtype=pl.List(pl.String))


def diagnosis(windows: pl.DataFrame, labels: pl.DataFrame, *, sensors: int) -> Diagnosis:
    """Compare the sensors named in alarms with those that were labelled as the cause.

    Parameters
    ----------
    windows : unit_id, window_start, window_end, is_anomaly, ranked_sensors (List(String), best first).
    labels : table ``labels``; only rows that name a sensor say anything about causes. Rows of a unit that overlap in
        time are one event with several causes.
    sensors : how many sensors could have been named.
    """
    causes = labels.filter(pl.col("sensor").is_not_null())
    events = join_cut_labels(causes).with_row_index("event")
    rooted = _latest_event(causes.sort("start"), events, "start", exact=True).select("event", "sensor").unique()
    alarming = _latest_event(windows.filter("is_anomaly").sort("window_end"), events, "window_end", exact=False)
    inside = alarming.filter(pl.col("end") > pl.col("window_start")).with_row_index("window")
    ranks = _best_ranks(inside, rooted).group_by("event").agg((pl.col("rank") < 1).mean(), _third)
    judged = ranks.join(rooted.group_by("event").len("roots"), on="event")
    if judged.is_empty():
        return Diagnosis(0, None, None, None, None)
    one, three = (float(np.mean([_chance(m, sensors, k) for m in judged["roots"]])) for k in (1, 3))
    return Diagnosis(judged.height, _mean(judged["rank"]), _mean(judged["third"]), one, three)


_third = (pl.col("rank") < 3).mean().alias("third")


def _latest_event(rows: pl.DataFrame, events: pl.DataFrame, instant: str, *, exact: bool) -> pl.DataFrame:
    """Put the latest event of the unit that began before an instant beside each row."""
    begun = events.select("event", "unit_id", pl.col("start").alias("begun"), "end").sort("begun")
    return rows.drop("end", strict=False).join_asof(
        begun, left_on=instant, right_on="begun", by="unit_id", allow_exact_matches=exact, check_sortedness=False
    )


def _best_ranks(inside: pl.DataFrame, rooted: pl.DataFrame) -> pl.DataFrame:
    """Place, from 0, of the first root cause among each window's sensors: event, window, rank (never: far down)."""
    named = inside.select("event", "window", pl.col("ranked_sensors").alias("sensor")).explode("sensor")
    placed = named.with_columns(rank=pl.int_range(pl.len()).over("window"))
    right = placed.join(rooted, on=["event", "sensor"], how="semi").group_by("window").agg(pl.col("rank").min())
    return inside.select("event", "window").join(right, on="window", how="left").fill_null(2**31)


def _chance(roots: int, sensors: int, named: int) -> float:
    """Probability that ``named`` sensors drawn at random include one of ``roots`` (hypergeometric)."""
    named = min(named, sensors)
    return 1 - comb(max(sensors - roots, 0), named) / comb(sensors, named)


def _mean(values: pl.Series) -> float:
    return float(values.to_numpy().mean())
