"""Thresholds in service: static ones, and those that move with the scores, carried from day to day in the warehouse.

How a threshold moves is said in thresholds/; nothing here scores.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from ..config import FleetConfig
from ..contracts import Table
from ..evaluation import label_windows
from ..thresholds import Followed, Threshold, follow
from .days import DAY, Span
from .site import Site

State = dict[str, dict[str, float]]


def judged(
    threshold: Threshold,
    windows: pl.DataFrame,
    score: np.ndarray,
    state: Mapping[str, Mapping[str, float]],
    labelled: pl.Series | None = None,
) -> Followed:
    """Judge scored windows by a threshold, from the state that it was left in.

    Parameters
    ----------
    windows : unit_id, window_start, window_end of (n_windows,) in any order.
    score : (n_windows,).
    state : what it remembered before these windows; empty at the beginning, and for one that doesn't move.
    labelled : (n_windows,) windows that are known to be anomalous; nothing is learnt from them.
    """
    if not threshold.adapts:
        return Followed(np.full(len(score), threshold.value), threshold.flags(score), {}, pl.DataFrame())
    unit, start, end = (windows[name] for name in ("unit_id", "window_start", "window_end"))
    return follow(threshold, unit, start, end, score, state, labelled)


@dataclass
class Service:
    """One version's threshold over consecutive days: read once, walked day by day, written with the scores.

    A day begins with the state at the end of the last day before it that this version has scored, and with none where
    there is no such day. So days one by one, as one range or in pieces give the same bits as long as they come in
    order; scoring one day again leaves the days after it as they were. Labels count that lie in the ``labels`` table
    for the day itself: a later label is not known yet.

    Attributes
    ----------
    version : number of the version; states and moves of others stay as they are.
    state : after the latest window.
    """

    site: Site
    fleet: FleetConfig
    threshold: Threshold
    version: int
    state: State | None = None
    _states: list[dict[str, Any]] = field(default_factory=list)
    _moves: list[pl.DataFrame] = field(default_factory=list)

    def judge(self, part: Span, windows: pl.DataFrame, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give the threshold and the verdict of every window of some days: (n_windows,) each, as ``windows`` go."""
        if not self.threshold.adapts:
            return np.full(len(score), self.threshold.value), self.threshold.flags(score)
        self.state = self._before(part.start) if self.state is None else self.state
        labels = self.site.warehouse.read(self._table("labels"), part.start, part.end)
        values, flags = np.empty(len(score)), np.empty(len(score), dtype=bool)
        dates = windows["window_start"].dt.date()
        order = np.argsort(dates.to_physical().to_numpy(), kind="stable")
        ordered = dates.gather(order)
        for day in part.days():
            rows = order[ordered.search_sorted(day, "left") : ordered.search_sorted(day, "right")]
            known = labels.filter(pl.col("start").dt.date() == day)
            followed = self._day(day, windows[rows], score[rows], known)
            values[rows], flags[rows] = followed.values, followed.flags
        return values, flags

    def keep(self, part: Span) -> int:
        """Write the states and moves of the days judged since the last call; returns how often it moved."""
        if not self.threshold.adapts:
            return 0
        states, moves = self._table("threshold_state"), self._table("threshold_moves")
        said = pl.concat([moves.empty(), *self._moves])
        self._replace(moves, said, part)
        self._replace(states, pl.DataFrame(self._states, schema=states.dtypes), part)
        self._states, self._moves = [], []
        return said.height

    def _day(self, day: date, windows: pl.DataFrame, score: np.ndarray, labels: pl.DataFrame) -> Followed:
        labelled = label_windows(windows, labels) if labels.height and windows.height else None
        followed = judged(self.threshold, windows, score, self.state or {}, labelled)
        self.state = followed.state
        units = sorted(self.state.items())
        told = {"day": day, "model_version": self.version}
        self._states += [told | {"unit_id": unit, "state": json.dumps(own, sort_keys=True)} for unit, own in units]
        moves = followed.moves.with_columns(day=pl.lit(day), model_version=pl.lit(self.version, dtype=pl.Int64))
        self._moves.append(self._table("threshold_moves").align(moves))
        return followed

    def _before(self, day: date) -> State:
        """Read the state at the end of the last day before this one that the version has scored."""
        table, mine = self._table("threshold_state"), pl.col("model_version") == self.version
        known = self.site.warehouse.read(table, None, day, columns=["day", "model_version"]).filter(mine)
        if known.is_empty():
            return {}
        last: Any = known["day"].max()
        rows = self.site.warehouse.read(table, last, last + DAY).filter(mine)
        return {row["unit_id"]: json.loads(row["state"]) for row in rows.iter_rows(named=True)}

    def _replace(self, table: Table, rows: pl.DataFrame, part: Span) -> None:
        others = self.site.warehouse.read(table, part.start, part.end).filter(pl.col("model_version") != self.version)
        self.site.warehouse.replace(table, pl.concat([others, table.align(rows)]), part.start, part.end)

    def _table(self, name: str) -> Table:
        return self.site.table(self.fleet, name)
