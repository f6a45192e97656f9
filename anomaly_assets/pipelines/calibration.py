"""What thresholds promise against what they keep, on a fleet's own clean windows; nothing is chosen by it.

How thresholds are found is said in thresholds/; which one a fleet uses stands in its file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from ..config import FleetConfig
from ..evaluation import daily_alarms, label_windows
from ..registry import Bundle
from ..thresholds import Calibration, Threshold, calibration_table, promised_share, realised_share
from .days import DAY, Span
from .learning import find_threshold, history, raw_scores, scored_windows
from .rows import Rows
from .site import Site
from .train import held_back
from .training_spans import spans_of

WINDOWS, ALARMS = "share of windows", "alarms per unit and day"
FEWEST = 500
"""Later windows with fewer than this say nothing of a share of one in a hundred."""


@dataclass(frozen=True, eq=False)
class CalibrationReport:
    """Promise and outcome of every method that promises a number, and of the threshold in use.

    Attributes
    ----------
    version : whose scores these are, such as ``deviation/3``.
    in_use : the threshold that decides, or what it would have been on the earlier half of what was held back.
    judged_on : which windows the outcome was counted on, in words.
    rows : method, counted (`WINDOWS` or `ALARMS`), target, threshold, realised, ratio (realised / target; null where
        nothing was promised or counted), refused (why there is no threshold); the one in use first.
    """

    fleet: str
    version: str
    in_use: Threshold
    judged_on: str
    rows: pl.DataFrame


def calibration_report(
    site: Site, fleet: FleetConfig, reference: str | int = "champion", later: timedelta = timedelta(days=30)
) -> CalibrationReport:
    """Calibrate every method on what was held back from a version, and count on the clean windows after its training.

    Where hardly any window was recorded after training, the held-back windows are halved in time instead. Windows that
    labels call anomalous are left out of both; what nobody labelled counts as clean.

    Parameters
    ----------
    later : how long after each unit's training is looked at.

    Raises
    ------
    RegistryError
        If there is no such version.
    ThresholdError
        If halved windows can't give a threshold by the fleet's method.
    """
    version = site.registry.get(fleet.fleet, reference)
    bundle = site.registry.load(fleet.fleet, version.version)
    held, after = _held_back(site, fleet, bundle), _after_training(site, fleet, bundle, later)
    threshold, judged = bundle.require_threshold(), f"{after.height:,} clean windows after training"
    if after.height < FEWEST:
        held, after = _halves(held)
        unlabelled = pl.repeat(False, held.height, eager=True)
        threshold = find_threshold(fleet, held, held["score"].to_numpy(), unlabelled)
        judged = f"the later half, {after.height:,} windows, of what was held back; too few came after training"
    rows = pl.concat([_kept(fleet, threshold, after), _promises(_windows(held), _windows(after))])
    return CalibrationReport(fleet.fleet, version.name, threshold, judged, rows)


def _promises(held: Calibration, after: Calibration) -> pl.DataFrame:
    table = calibration_table(held, after).with_columns(counted=pl.lit(WINDOWS))
    return table.select(_SCHEMA.names()).with_columns(pl.col("realised", "ratio").fill_nan(None))


def _kept(fleet: FleetConfig, threshold: Threshold, after: pl.DataFrame) -> pl.DataFrame:
    """What the threshold in use promised and kept, (1,)."""
    row: dict[str, Any] = {"method": f"{threshold.method} (in use)", "threshold": threshold.value}
    target, windows = promised_share(threshold), _windows(after)
    if threshold.method == "alarm_budget":
        target = float(threshold.params["per_unit_day"])
        flagged = after.with_columns(is_anomaly=pl.Series(threshold.flags(windows.scores)))
        alarms = daily_alarms(flagged, fleet.threshold.merge_gap)
        realised = alarms / windows.unit_days if after.height else None
    else:
        realised = realised_share(threshold, windows) if after.height else None
    ratio = realised / target if realised is not None and target else None
    row |= {"counted": ALARMS if threshold.method == "alarm_budget" else WINDOWS, "target": target}
    return pl.DataFrame([row | {"realised": realised, "ratio": ratio, "refused": None}], schema=_SCHEMA)


def _held_back(site: Site, fleet: FleetConfig, bundle: Bundle) -> pl.DataFrame:
    return _clean(site, fleet, _scored(bundle, held_back(site, fleet, bundle)))


def _after_training(site: Site, fleet: FleetConfig, bundle: Bundle, later: timedelta) -> pl.DataFrame:
    ends = spans_of(bundle).select("unit_id", trained="end")
    parts = [_scored(bundle, rows) for rows in _rows_after(site, fleet, bundle, ends, later)]
    return _clean(site, fleet, pl.concat(parts)) if parts else _scored(bundle, held_back(site, fleet, bundle)).clear()


def _rows_after(site: Site, fleet: FleetConfig, bundle: Bundle, ends: pl.DataFrame, later: timedelta) -> Iterator[Rows]:
    """Windows of each unit's time after training, in pieces that fit in memory."""
    features = site.table(fleet, "features")
    first, last = ends.select(pl.col("trained").min(), pl.col("trained").max().alias("last") + later).row(0)
    span = Span(first.date(), last.date() + DAY)
    for part in span.chunks(site.warehouse.days(features, span.start, span.end)):
        windows = site.warehouse.read(features, part.first_moment - history(fleet, bundle.detector), part.end)
        trained = windows.select("unit_id").join(ends, on="unit_id", how="left", maintain_order="left")["trained"]
        start = pl.col("window_start")
        yield Rows.where(windows, start >= part.first_moment, start >= trained, start < trained + later)


def _scored(bundle: Bundle, rows: Rows) -> pl.DataFrame:
    keys = rows.only().select("unit_id", "window_start", "window_end")
    return keys.with_columns(score=pl.Series(raw_scores(bundle, rows), dtype=pl.Float64))


def _clean(site: Site, fleet: FleetConfig, scored: pl.DataFrame) -> pl.DataFrame:
    return scored.filter(~label_windows(scored, site.warehouse.read(site.table(fleet, "labels"))))


def _halves(scored: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cut every unit's windows in the middle of their number."""
    ordered = scored.sort("unit_id", "window_start")
    early = pl.int_range(pl.len()).over("unit_id") < pl.len().over("unit_id") // 2
    return ordered.filter(early), ordered.filter(~early)


def _windows(scored: pl.DataFrame) -> Calibration:
    return scored_windows(scored, scored["score"].to_numpy())


_SCHEMA = pl.Schema(
    {"method": pl.String, "counted": pl.String}
    | dict.fromkeys(("target", "threshold", "realised", "ratio"), pl.Float64)
    | {"refused": pl.String}
)
