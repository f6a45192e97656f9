"""Which windows a model may learn from, and which later part of them is held back for calibration and choice.

Per unit: fit on [start, split), leave out [split, resume) so that no window of validation looks back into the fitting
part, validate on [resume, end).
"""

from datetime import datetime, timedelta

import polars as pl

from ..config import FleetConfig, TrainingWindow
from ..errors import FeatureError
from ..registry import Bundle
from .days import midnight
from .site import Site

EMBARGO_AT_MOST = 0.5
"""The embargo takes no more than this share of the held-back part, so that something is left to validate on."""


def training_spans(site: Site, fleet: FleetConfig, window: TrainingWindow) -> pl.DataFrame:
    """Resolve a training window into times per unit.

    Returns
    -------
    Frame with unit_id, start, split, resume, end; one row per unit that has windows in it.

    Raises
    ------
    FeatureError
        If no windows lie in the training window.
    """
    bounds = _bounds(site, fleet, window)
    if bounds.is_empty():
        raise FeatureError(
            f"fleet {fleet.fleet} has no windows to learn from",
            expected=f"features inside the training window {window.model_dump(mode='json', exclude_none=True)}",
            remedy=f"backfill those days first: anomaly-assets backfill {fleet.fleet}",
        )
    _require_coverage(fleet, bounds)
    length = pl.col("end") - pl.col("start")
    held_back = length * fleet.training.validation_share
    reach = fleet.lookback + fleet.stride - fleet.sampling  # the last window fitted on may end after the split
    embargo = pl.min_horizontal(pl.lit(reach, dtype=pl.Duration("us")), held_back * EMBARGO_AT_MOST)
    split = bounds.with_columns(split=pl.col("end") - held_back)
    return split.with_columns(resume=pl.col("split") + embargo).select("unit_id", "start", "split", "resume", "end")


def spans_of(bundle: Bundle) -> pl.DataFrame:
    """Give a bundle's training spans per unit: unit_id, start, resume, end."""
    manifest = bundle.manifest
    rows = [
        (unit, start, manifest.validation_windows[unit][0], end)
        for unit, (start, end) in manifest.training_windows.items()
    ]
    moment = pl.Datetime("us", "UTC")
    frame = pl.DataFrame(rows, schema=["unit_id", "start", "resume", "end"], orient="row")
    return frame.cast({"unit_id": pl.String, "start": moment, "resume": moment, "end": moment})


def inside(spans: pl.DataFrame, start: str, end: str, frame: pl.DataFrame) -> pl.Series:
    """Tell of every window of a frame whether it lies in [start, end) of its unit's span: Boolean (n_windows,)."""
    wanted = spans.select("unit_id", pl.col(start).alias("_from"), pl.col(end).alias("_to"))
    joined = frame.select("unit_id", "window_start").join(wanted, on="unit_id", how="left", maintain_order="left")
    within = pl.col("window_start").is_between("_from", "_to", closed="left").fill_null(value=False)
    return joined.select(within.alias("inside")).to_series()


def within(spans: pl.DataFrame, start: str, end: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Keep the windows of a frame that lie in [start, end) of their unit's span; the frame's columns stay."""
    return frame.filter(inside(spans, start, end, frame))


def _bounds(site: Site, fleet: FleetConfig, window: TrainingWindow) -> pl.DataFrame:
    days = site.warehouse.days(site.table(fleet, "features"))
    if not days:
        return pl.DataFrame()
    first, last = midnight(min(days)), midnight(max(days)) + timedelta(days=1)
    if window.early_life is not None:
        return _lives(site, fleet, window.early_life)
    if window.first is not None:
        return _seen(site, fleet, first, first + window.first)
    if window.trailing is not None:
        return _seen(site, fleet, last - window.trailing, last)
    assert window.start is not None and window.end is not None  # noqa: S101 - the model refuses anything else
    return _seen(site, fleet, midnight(window.start), midnight(window.end))


def _seen(site: Site, fleet: FleetConfig, start: datetime, end: datetime) -> pl.DataFrame:
    """Give every unit seen in [start, end) its own first window as start, so that late units split fairly."""
    moment = pl.Datetime("us", "UTC")
    return _spans(_keys(site, fleet, start, end), pl.lit(end).cast(moment), pl.lit(end - start).cast(pl.Duration("us")))


def _lives(site: Site, fleet: FleetConfig, length: timedelta) -> pl.DataFrame:
    asked = pl.lit(length).cast(pl.Duration("us"))
    return _spans(_keys(site, fleet, None, None), pl.col("start") + asked, asked)


def _spans(keys: pl.DataFrame, end: pl.Expr, asked: pl.Expr) -> pl.DataFrame:
    """Give each unit's first window, the end of its span, and the share of the asked length that was recorded."""
    seen = pl.col("window_start")
    units = keys.group_by("unit_id").agg(seen.min().alias("start"), seen.max().alias("last")).sort("unit_id")
    units = units.with_columns(end=end)
    recorded = pl.min_horizontal("last", "end") - pl.col("start")
    return units.with_columns(coverage=recorded / asked).drop("last")


def _require_coverage(fleet: FleetConfig, bounds: pl.DataFrame) -> None:
    covered = float(bounds.get_column("coverage").max())  # type: ignore[arg-type]
    if covered < fleet.training.min_coverage:
        raise FeatureError(
            f"fleet {fleet.fleet} has recorded too little of its training window",
            found=f"{covered:.0%} of it",
            expected=f"at least {fleet.training.min_coverage:.0%} (training.min_coverage)",
            remedy="backfill more days, or make training.window shorter",
        )


def _keys(site: Site, fleet: FleetConfig, start: datetime | None, end: datetime | None) -> pl.DataFrame:
    return site.warehouse.read(site.table(fleet, "features"), start, end, columns=["unit_id", "window_start"])
