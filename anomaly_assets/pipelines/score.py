"""From features to scores: the one path that every face ends in."""

from datetime import UTC, datetime

import numpy as np
import polars as pl

from ..config import FleetConfig
from ..features import missing_share
from ..registry import Bundle
from .days import Span
from .prepare import Written, pieces, rows_per_day
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
    scaled = bundle.scaler.transform(features)
    score = bundle.detector.score(scaled)
    threshold = bundle.require_threshold()
    flags = threshold.flags(score)
    return features.select("unit_id", "window_start", "window_end").with_columns(
        detector=pl.lit(bundle.manifest.detector),
        model_version=pl.lit(version, dtype=pl.Int64),
        score=pl.Series(score, dtype=pl.Float64),
        threshold=pl.lit(threshold.value, dtype=pl.Float64),
        is_anomaly=pl.Series(flags, dtype=pl.Boolean),
        in_training=_in_training(bundle, features),
        missing_share=missing_share(features, bundle.manifest.features),
        top_sensor=_top_sensor(bundle, scaled, flags),
        scored_at=pl.lit(scored_at or datetime.now(UTC)).cast(pl.Datetime("us", "UTC")),
    )


def score_days(site: Site, fleet: FleetConfig, span: Span, reference: str = "champion") -> Written:
    """Score the windows of a span with the fleet's champion (or another version) into ``scores``."""
    version = site.registry.get(fleet.fleet, reference)
    bundle, now, written = site.registry.load(fleet.fleet, version.version), datetime.now(UTC), Written()
    features, table = site.table(fleet, "features"), site.table(fleet, "scores")
    for part in pieces(site, f"{fleet.fleet}: scoring", span, site.warehouse.days(features, span.start, span.end)):
        windows = site.warehouse.read(features, part.start, part.end)
        scored = score_features(bundle, windows, version=version.version, scored_at=now)
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


def _top_sensor(bundle: Bundle, scaled: pl.DataFrame, flags: np.ndarray) -> pl.Series:
    """Name the sensor that contributes most, for alarming windows only; null elsewhere or where nothing explains."""
    named = np.full(len(flags), None, dtype=object)
    contributions = bundle.detector.explain(scaled.filter(pl.Series(flags))) if flags.any() else None
    if contributions is not None:
        sensors = np.array(contributions.columns, dtype=object)
        named[np.flatnonzero(flags)] = sensors[contributions.to_numpy().argmax(axis=1)]
    return pl.Series("top_sensor", named.tolist(), dtype=pl.String)
