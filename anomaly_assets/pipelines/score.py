"""From features to scores: the one path that every face ends in."""

from datetime import UTC, datetime

import numpy as np
import polars as pl

from ..config import FleetConfig
from ..detectors import explain_windows
from ..features import missing_share
from ..registry import Bundle
from .days import Span
from .learning import history, raw_scores
from .prepare import Written, pieces, rows_per_day
from .rows import Rows
from .site import Site
from .training_spans import spans_of


def score_features(
    bundle: Bundle, features: pl.DataFrame, *, version: int = 0, scored_at: datetime | None = None
) -> pl.DataFrame:
    """Score windows with one bundle.

    Parameters
    ----------
    bundle : detector, scaler and threshold.
    features : frame of the fleet's features table, one row per window; any cutting gives the same rows.
    version : the bundle's version in the registry.
    scored_at : moment to be written; now when not given.

    Returns
    -------
    Frame of the scores table, one row per window.
    """
    return score_rows(bundle, Rows.where(features), version=version, scored_at=scored_at)


def score_rows(bundle: Bundle, rows: Rows, *, version: int = 0, scored_at: datetime | None = None) -> pl.DataFrame:
    """Score the wanted windows with one bundle; the others are the history that it may look back on.

    Parameters and result as of `score_features`.
    """
    features, threshold = rows.only(), bundle.require_threshold()
    score = raw_scores(bundle, rows)
    flags = threshold.flags(score)
    return features.select("unit_id", "window_start", "window_end").with_columns(
        detector=pl.lit(bundle.manifest.detector),
        model_version=pl.lit(version, dtype=pl.Int64),
        score=pl.Series(score, dtype=pl.Float64),
        threshold=pl.lit(threshold.value, dtype=pl.Float64),
        is_anomaly=pl.Series(flags, dtype=pl.Boolean),
        in_training=_in_training(bundle, features),
        missing_share=missing_share(features, bundle.manifest.features),
        top_sensor=_top_sensor(bundle, rows, flags),
        scored_at=pl.lit(scored_at or datetime.now(UTC)).cast(pl.Datetime("us", "UTC")),
    )


def score_days(site: Site, fleet: FleetConfig, span: Span, reference: str = "champion") -> Written:
    """Score the windows of a span with the fleet's champion (or another version) into ``scores``."""
    version = site.registry.get(fleet.fleet, reference)
    bundle, now, written = site.registry.load(fleet.fleet, version.version), datetime.now(UTC), Written()
    features, table = site.table(fleet, "features"), site.table(fleet, "scores")
    for part in pieces(site, f"{fleet.fleet}: scoring", span, site.warehouse.days(features, span.start, span.end)):
        windows = site.warehouse.read(features, part.first_moment - history(fleet, bundle.detector), part.end)
        asked = Rows.where(windows, pl.col("window_start") >= part.first_moment)
        scored = score_rows(bundle, asked, version=version.version, scored_at=now)
        site.warehouse.replace(table, scored, part.start, part.end)
        written.rows |= rows_per_day(scored, "window_start")
        alarming = scored.filter("is_anomaly")
        written.counts_by_day |= rows_per_day(alarming, "window_start")
        written.counts.update(alarming=alarming.height, windows=scored.height)
        written.preview = scored.tail(10) if scored.height else written.preview
    return written


def _in_training(bundle: Bundle, features: pl.DataFrame) -> pl.Series:
    """Say for every window whether it lay in the training window (fitting or validation) of this model."""
    spans = spans_of(bundle).select("unit_id", "start", "end")
    joined = features.select("unit_id", "window_start").join(spans, on="unit_id", how="left", maintain_order="left")
    inside = pl.col("window_start").is_between("start", "end", closed="left").fill_null(value=False)
    return joined.select(inside.alias("in_training")).to_series()


def _top_sensor(bundle: Bundle, rows: Rows, flags: np.ndarray) -> pl.Series:
    """Name the sensor that contributes most, for alarming windows only; null elsewhere or where nothing explains."""
    named = np.full(len(flags), None, dtype=object)
    contributions = _contributions(bundle, rows, flags)
    if contributions is not None:
        sensors = np.array(contributions.columns, dtype=object)
        named[np.flatnonzero(flags)] = sensors[contributions.to_numpy().argmax(axis=1)]
    return pl.Series("top_sensor", named.tolist(), dtype=pl.String)


def _contributions(bundle: Bundle, rows: Rows, flags: np.ndarray) -> pl.DataFrame | None:
    alarming = np.zeros_like(rows.wanted)
    alarming[np.flatnonzero(rows.wanted)[flags]] = True
    if bundle.detector.steps == 1:
        rows, alarming = Rows.where(rows.windows.filter(pl.Series(alarming))), np.ones(int(alarming.sum()), dtype=bool)
    return explain_windows(bundle.detector, bundle.prepared(rows.windows), alarming)
