"""Drift reports: every day's features, scores and missing readings against the model's reference profile.

Distances are defined in distribution.py, when drift launches a retraining in retraining.py.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..config import DriftConfig
from ..errors import ContractError
from .distribution import Array, Distribution
from .profile import ReferenceProfile

_SCHEMA = pl.Schema(
    {
        "day": pl.Date,
        "quantity": pl.String,
        "psi": pl.Float64,
        "ks": pl.Float64,
        "wasserstein": pl.Float64,
        "shift": pl.Float64,
        "missing_share": pl.Float64,
        "drifted": pl.Boolean,
        "reference": pl.String,
        "windows": pl.Int64,
        "model_version": pl.Int64,
    }
)


def drift_report(
    scaled: pl.DataFrame,
    scores: pl.DataFrame,
    missing: pl.Series,
    profile: ReferenceProfile,
    config: DriftConfig,
    *,
    model_version: int,
) -> pl.DataFrame:
    """Compare every UTC day of the windows with the reference.

    A feature has drifted when at least two of PSI, KS and Wasserstein exceed their bound by more than what as many
    windows drawn from the reference itself would show on average (which matters on small days only; there is no test
    and no p-value). The score has drifted when its median moved by more than ``score_shift``; ``missing`` when the
    missing share grew by more than ``missing``. The day has drifted when more than ``share`` of its features, the
    score or ``missing`` has. Fewer than ``min_rows`` windows give no verdict: measures are null, nothing has drifted.

    Parameters
    ----------
    scaled : n_windows rows of any number of days, scaled by the model's scaler, with ``window_start``.
    scores : ``window_start`` and ``score``, any rows; days that ``scaled`` doesn't have are left out.
    missing : n_windows values, the share of each window's features that were missing before scaling.
    profile : the model's reference.
    config : bounds.
    model_version : the version that was compared with.

    Returns
    -------
    Rows of the ``drift_report`` contract: per day one for every feature, ``score``, ``missing`` and ``day``.
    ``missing_share`` is the day's on every row, ``windows`` those that were measured. ``shift`` of ``missing`` is the
    growth of the missing share; ``day`` has a verdict and no measures.

    Raises
    ------
    ContractError
        If the reference knows a feature that the windows don't have.
    """
    names = list(profile.training.features)
    _check(names, scaled, missing)
    judge = _Judge(scaled["window_start"].dt.date(), missing, profile, config)
    rows = [row for name in names for row in judge.feature_rows(name, scaled[name].to_numpy())]
    rows += [*judge.score_rows(scores), *judge.missing_rows()]
    report = pl.DataFrame([row | {"model_version": model_version} for row in rows], schema=_SCHEMA)
    return pl.concat([report, _verdicts(report, names, config)]).sort("day", maintain_order=True)


def day_verdicts(report: pl.DataFrame, config: DriftConfig) -> list[tuple[date, bool]]:
    """Days of a report that have a verdict, with it, in time order; days with too few windows are left out."""
    judged = report.filter(pl.col("quantity") == "day", pl.col("windows") >= config.min_rows).sort("day")
    return list(judged.select("day", "drifted").iter_rows())


class _Judge:
    """Walks the days of one column after the other, so that a month of windows is never copied as a whole."""

    def __init__(self, days: pl.Series, missing: pl.Series, profile: ReferenceProfile, config: DriftConfig) -> None:
        self.config = config
        self.order, self.days, self.ends = _grouped(days)
        self.missing = [float(part.mean()) for part in self._split(missing.cast(pl.Float64).to_numpy())]
        self.references = [profile.reference(day, config.season) for day in self.days]

    def feature_rows(self, name: str, values: Array) -> Iterator[dict[str, Any]]:
        for i, part in enumerate(self._split(values)):
            yield self._row(i, name, len(part)) | self._measure(self.references[i][0].features[name], part)

    def score_rows(self, scores: pl.DataFrame) -> Iterator[dict[str, Any]]:
        by_day = scores.group_by(pl.col("window_start").dt.date().alias("day")).agg("score")
        of_day = dict(by_day.iter_rows())
        for i, day in enumerate(self.days):
            part = np.asarray(of_day.get(day, []), dtype=np.float64)
            measured = self._measure(self.references[i][0].score, part)
            moved = abs(measured.get("shift", 0.0)) > self.config.score_shift
            yield self._row(i, "score", len(part)) | measured | {"drifted": moved}

    def missing_rows(self) -> Iterator[dict[str, Any]]:
        windows = np.diff([0, *self.ends, len(self.order)])
        for i, share in enumerate(self.missing):
            row = self._row(i, "missing", int(windows[i]))
            growth = share - self.references[i][0].missing
            judged = {"shift": growth, "drifted": growth > self.config.missing}
            yield row | (judged if row["windows"] >= self.config.min_rows else {})

    def _row(self, i: int, quantity: str, windows: int) -> dict[str, Any]:
        row = {"day": self.days[i], "quantity": quantity, "missing_share": min(self.missing[i], 1.0), "drifted": False}
        return row | {"reference": self.references[i][1], "windows": windows}

    def _split(self, values: Array) -> list[Array]:
        return np.split(values[self.order], self.ends) if self.days else []

    def _measure(self, reference: Distribution, values: Array) -> dict[str, Any]:
        if len(values) < self.config.min_rows:
            return {}
        found, noise = reference.distances(np.sort(values)), reference.noise(len(values))
        bounds = (self.config.psi, self.config.ks, self.config.wasserstein)
        exceeded = sum(value > bound + extra for value, bound, extra in zip(found, bounds, noise, strict=False))
        return found._asdict() | {"drifted": exceeded >= 2}


def _grouped(days: pl.Series) -> tuple[NDArray[np.int64], list[date], NDArray[np.int64]]:
    """Order of the rows by day, the days, and where each but the last of them ends in that order."""
    counts = days.rename("day").value_counts(sort=False, name="rows").sort("day")
    ends = np.cumsum(counts["rows"].to_numpy().astype(np.int64))[:-1]
    return days.arg_sort().to_numpy().astype(np.int64), counts["day"].to_list(), ends


def _verdicts(report: pl.DataFrame, names: list[str], config: DriftConfig) -> pl.DataFrame:
    share = pl.col("drifted").filter(pl.col("quantity").is_in(names)).mean().fill_null(0.0)
    other = pl.col("drifted").filter(pl.col("quantity").is_in(["score", "missing"])).any()
    same = {name: pl.col(name).last() for name in ("missing_share", "reference", "windows", "model_version")}
    summed = report.group_by("day").agg(drifted=(share > config.share) | other, **same)
    return summed.with_columns(pl.lit("day").alias("quantity")).pipe(_completed)


def _completed(rows: pl.DataFrame) -> pl.DataFrame:
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in _SCHEMA.items() if name not in rows.columns]
    return rows.with_columns(absent).select(_SCHEMA.names())


def _check(names: list[str], scaled: pl.DataFrame, missing: pl.Series) -> None:
    lacking = [name for name in names if name not in scaled.columns]
    if lacking:
        raise ContractError(
            "the model's reference knows features that these windows don't have",
            found=", ".join(scaled.columns),
            expected=", ".join(lacking),
            remedy="train again; the fleet's features have changed since",
        )
    if len(missing) != scaled.height:
        raise ContractError("missing shares are of other windows", found=len(missing), expected=scaled.height)
