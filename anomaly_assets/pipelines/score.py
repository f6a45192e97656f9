"""From features to scores: the one path that every face ends in.

How a threshold moves in service belongs in following.py, why a window alarms in explain.py.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import numpy as np
import polars as pl

from ..config import FleetConfig
from ..detectors import tell_windows
from ..features import missing_share
from ..registry import Bundle
from .days import Span
from .explain import explanations
from .following import Service, judged
from .kinds import kinds_of
from .learning import history, prepared_rows
from .prepare import Written, pieces, rows_per_day
from .rows import Rows
from .site import Site
from .training_spans import spans_of

Judge = Callable[[pl.DataFrame, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From windows and their scores to the threshold and the verdict of each."""


def score_features(
    bundle: Bundle,
    features: pl.DataFrame,
    *,
    version: int = 0,
    scored_at: datetime | None = None,
    state: Mapping[str, Mapping[str, float]] | None = None,
    labelled: pl.Series | None = None,
) -> pl.DataFrame:
    """Score windows with one bundle.

    Parameters
    ----------
    bundle : detector, scaler and threshold.
    features : frame of the fleet's features table, one row per window; any cutting gives the same rows, but for a
        threshold that moves, which judges a window by those before it.
    version : the bundle's version in the registry.
    scored_at : moment to be written; now when not given.
    state : what a threshold that moves remembered before these windows; nothing when not given.
    labelled : (n_windows,) windows known to be anomalous, which such a threshold learns nothing from.

    Returns
    -------
    Frame of the scores table, one row per window.
    """
    return score_rows(
        bundle, Rows.where(features), version=version, scored_at=scored_at, state=state, labelled=labelled
    )


def score_rows(
    bundle: Bundle,
    rows: Rows,
    *,
    version: int = 0,
    scored_at: datetime | None = None,
    state: Mapping[str, Mapping[str, float]] | None = None,
    labelled: pl.Series | None = None,
) -> pl.DataFrame:
    """Score the wanted windows with one bundle; the others are the history that it may look back on.

    Parameters and result as of `score_features`; ``labelled`` is of the wanted windows.
    """

    def judge(windows: pl.DataFrame, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        followed = judged(bundle.require_threshold(), windows, score, state or {}, labelled)
        return followed.values, followed.flags

    return score_judged(bundle, rows, judge, version, scored_at or datetime.now(UTC))


def score_days(site: Site, fleet: FleetConfig, span: Span, reference: str = "champion") -> Written:
    """Score the windows of a span with the fleet's champion (or another version) into ``scores``.

    A threshold that moves goes on from the day before; its states and moves are written with the scores.
    """
    version = site.registry.get(fleet.fleet, reference)
    bundle, now, written = site.registry.load(fleet.fleet, version.version), datetime.now(UTC), Written()
    features, table = site.table(fleet, "features"), site.table(fleet, "scores")
    service = Service(site, fleet, bundle.require_threshold(), version.version)
    for part in pieces(site, f"{fleet.fleet}: scoring", span, site.warehouse.days(features, span.start, span.end)):
        windows = site.warehouse.read(features, part.first_moment - history(fleet, bundle.detector), part.end)
        asked = Rows.where(windows, pl.col("window_start") >= part.first_moment)
        scored = score_part(service, bundle, asked, part, now)
        site.warehouse.replace(table, scored, part.start, part.end)
        moves = service.keep(part)
        written.rows |= rows_per_day(scored, "window_start")
        alarming = scored.filter("is_anomaly")
        written.counts_by_day |= rows_per_day(alarming, "window_start")
        written.counts.update(alarming=alarming.height, windows=scored.height)
        written.counts.update({"threshold_moves": moves} if service.threshold.adapts else {})
        written.preview = scored.tail(10) if scored.height else written.preview
    return written


def score_part(service: Service, bundle: Bundle, rows: Rows, part: Span, scored_at: datetime) -> pl.DataFrame:
    """Score the days of a part with a version in service; ``service.keep(part)`` is due once the scores are written.

    Parameters
    ----------
    service : the version's threshold; parts come in order of time.
    rows : of which those of the part's days are wanted.

    Returns
    -------
    As of `score_features`.
    """

    def judge(windows: pl.DataFrame, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return service.judge(part, windows, score)

    return score_judged(bundle, rows, judge, service.version, scored_at)


def score_judged(
    bundle: Bundle, rows: Rows, judge: Judge, version: int, scored_at: datetime, *, explained: bool = True
) -> pl.DataFrame:
    """Score the wanted windows and judge them; every other road through this module ends here.

    Parameters
    ----------
    judge : gives threshold and verdict of the wanted windows.
    version, scored_at : written with them.
    explained : whether it is told why windows alarm; nothing is told of any when not.

    Returns
    -------
    As of `score_features`.
    """
    features, scaled = rows.only(), prepared_rows(bundle, rows)
    told = tell_windows(bundle.detector, scaled.windows, scaled.wanted)
    threshold, flags = judge(features, told.score)
    why = explanations(bundle, features, scaled, flags if explained else np.zeros_like(flags))
    scored = features.select("unit_id", "window_start", "window_end").with_columns(
        detector=pl.lit(bundle.manifest.detector),
        model_version=pl.lit(version, dtype=pl.Int64),
        score=pl.Series(told.score, dtype=pl.Float64),
        threshold=pl.Series(threshold, dtype=pl.Float64),
        is_anomaly=pl.Series(flags, dtype=pl.Boolean),
        in_training=_in_training(bundle, features),
        missing_share=missing_share(features, bundle.manifest.features),
        top_sensor=why["sensor_1"],
        scored_at=pl.lit(scored_at).cast(pl.Datetime("us", "UTC")),
    )
    return scored.hstack(why).hstack(kinds_of(told, flags))


def _in_training(bundle: Bundle, features: pl.DataFrame) -> pl.Series:
    """Say for every window whether it lay in the training window (fitting or validation) of this model."""
    spans = spans_of(bundle).select("unit_id", "start", "end")
    joined = features.select("unit_id", "window_start").join(spans, on="unit_id", how="left", maintain_order="left")
    inside = pl.col("window_start").is_between("start", "end", closed="left").fill_null(value=False)
    return joined.select(inside.alias("in_training")).to_series()
