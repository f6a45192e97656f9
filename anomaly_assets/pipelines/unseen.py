"""Windows that a model was never fitted on, scored by it and by those it is measured against, piece by piece.

What is measured of them is said in evaluate.py; nothing is stored, so that no version is needed in the tables.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..config import FleetConfig
from ..detectors import explain_windows
from ..evaluation import label_windows, rank_sensors
from ..features import missing_share
from ..registry import Bundle
from .days import DAY, Span
from .following import State, judged
from .learning import history, prepared_rows, raw_scores
from .prepare import pieces
from .rows import Rows
from .site import Site
from .training_spans import inside, spans_of

HELD_BACK, AFTER = "held back", "after training"


@dataclass(frozen=True)
class Unseen:
    """Scored windows, sorted by day and unit.

    Attributes
    ----------
    scored : unit_id, window_start, window_end, score, is_anomaly, missing_share, part (`HELD_BACK` or `AFTER`), age
        (Duration since the unit's first window), ranked_sensors (for alarms in labelled events, else null).
    others : detector to unit_id, window_start, window_end, score, is_anomaly of the same windows.
    labels : table ``labels``.
    sensors : how many sensors an explanation could name.
    """

    scored: pl.DataFrame
    others: dict[str, pl.DataFrame]
    labels: pl.DataFrame
    sensors: int


def unseen_windows(
    site: Site, fleet: FleetConfig, bundle: Bundle, others: Mapping[str, Bundle], *, held_back_only: bool
) -> Unseen:
    """Score every window after the part that a model was fitted on.

    Parameters
    ----------
    others : by name; prepared like ``bundle`` and looking at single windows.
    held_back_only : leave out what came after the training window, and units that training did not know.
    """
    spans = _spans(site, fleet, bundle, held_back_only=held_back_only)
    labels = site.warehouse.read(site.table(fleet, "labels"))
    own, rivals = _Voice(bundle, labels), {name: _Voice(other, labels) for name, other in others.items()}
    scored: list[pl.DataFrame] = []
    for rows in _pieces(site, fleet, bundle, spans):
        scored.append(_scored(own, rows, spans))
        prepared = bundle.scaled(rows.only())
        for rival in rivals.values():
            rival.said.append(rival.decided(rows.only(), rival.bundle.detector.score(prepared)))
    joined = {name: pl.concat(rival.said) for name, rival in rivals.items()}
    return Unseen(
        pl.concat(scored), joined, labels, len({name.rpartition("__")[0] for name in bundle.manifest.features} - {""})
    )


def _spans(site: Site, fleet: FleetConfig, bundle: Bundle, *, held_back_only: bool) -> pl.DataFrame:
    """Per unit: first (its first window), from, to, and until (where its training window ended)."""
    seen = pl.col("window_start")
    keys = site.warehouse.read(site.table(fleet, "features"), columns=["unit_id", "window_start"])
    units = keys.group_by("unit_id").agg(seen.min().alias("first"), (seen.max() + DAY).alias("last")).sort("unit_id")
    known = units.join(
        spans_of(bundle).drop("start"), on="unit_id", how="inner" if held_back_only else "left", maintain_order="left"
    )
    until = pl.col("end") if held_back_only else pl.col("last")
    begin, trained = pl.col("resume").fill_null(pl.col("first")), pl.col("end").fill_null(pl.col("first"))
    return known.select("unit_id", "first", begin.alias("from"), until.alias("to"), trained.alias("until"))


def _pieces(site: Site, fleet: FleetConfig, bundle: Bundle, spans: pl.DataFrame) -> Iterator[Rows]:
    """Read the windows piece by piece, at least one piece, with the history that their scores look at."""
    table = site.table(fleet, "features")
    first = spans["from"].min()
    if first is None:
        yield Rows.where(table.empty())
        return
    days, back = site.warehouse.days(table), history(fleet, bundle.detector)
    for part in pieces(site, f"{fleet.fleet}: evaluating", Span(first.date(), max(days) + DAY), days):  # type: ignore[union-attr]
        windows = site.warehouse.read(table, part.first_moment - back, part.end)
        yield Rows.where(windows, inside(spans, "from", "to", windows), pl.col("window_start") >= part.first_moment)


@dataclass
class _Voice:
    """One bundle in service from window to window: a threshold that moves goes on where the last piece left it."""

    bundle: Bundle
    labels: pl.DataFrame
    said: list[pl.DataFrame] = field(default_factory=list)
    _state: State = field(default_factory=dict)

    def decided(self, windows: pl.DataFrame, score: np.ndarray) -> pl.DataFrame:
        threshold = self.bundle.require_threshold()
        known = label_windows(windows, self.labels) if threshold.adapts else None
        followed = judged(threshold, windows, score, self._state, known)
        self._state = followed.state
        return windows.select("unit_id", "window_start", "window_end").with_columns(
            score=pl.Series(score, dtype=pl.Float64), is_anomaly=pl.Series(followed.flags, dtype=pl.Boolean)
        )


def _scored(own: _Voice, rows: Rows, spans: pl.DataFrame) -> pl.DataFrame:
    windows = rows.only()
    scored = own.decided(windows, raw_scores(own.bundle, rows)).with_columns(
        missing_share=missing_share(windows, own.bundle.manifest.features)
    )
    told = scored.join(spans.select("unit_id", "first", "until"), on="unit_id", how="left", maintain_order="left")
    late = pl.col("window_start") >= pl.col("until")
    return told.with_columns(
        _ranked(own.bundle, rows, scored, own.labels),
        part=pl.when(late).then(pl.lit(AFTER)).otherwise(pl.lit(HELD_BACK)),
        age=pl.col("window_start") - pl.col("first"),
    ).drop("first", "until")


def _ranked(bundle: Bundle, rows: Rows, scored: pl.DataFrame, labels: pl.DataFrame) -> pl.Series:
    """Name the sensors of alarms inside events whose cause was labelled, by contribution; null elsewhere."""
    named: list[Any] = [None] * scored.height
    causes = labels.filter(pl.col("sensor").is_not_null())
    asked = np.flatnonzero((scored["is_anomaly"] & label_windows(scored, causes)).to_numpy())
    if asked.size:
        shares = _contributions(bundle, rows, np.flatnonzero(rows.wanted)[asked])
        for place, sensors in zip(asked, rank_sensors(shares) if shares is not None else (), strict=False):
            named[place] = sensors
    return pl.Series("ranked_sensors", named, dtype=pl.List(pl.String))


def _contributions(bundle: Bundle, rows: Rows, places: NDArray[np.intp]) -> pl.DataFrame | None:
    """Explain the windows at some places."""
    wanted = np.zeros_like(rows.wanted)
    wanted[places] = True
    scaled = prepared_rows(bundle, Rows(rows.windows, wanted))
    return explain_windows(bundle.detector, scaled.windows, scaled.wanted)
