"""Drift reports: every day's features, scores and missing readings against the model's reference profile.

Distances are defined in distribution.py, when drift launches a retraining in retraining.py.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from ..config import DriftConfig
from ..errors import ContractError
from .days import DayGroups
from .distribution import Array, Distribution
from .ordinary import NOTHING, Ordinary
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

_BOUNDED = ("psi", "ks", "wasserstein")


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
    missing share grew by more than ``missing``. Where the reference knows its ordinary days and ``ordinary`` is on,
    none of them has drifted before it is also further away than those were. The day has drifted when more than
    ``share`` of its features, the score or ``missing`` has. Fewer than ``min_rows`` windows give no verdict: measures
    are null, nothing has drifted.

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
    judge = _Judge(scaled["window_start"], missing, profile, config)
    rows = [row for name in names for row in judge.feature_rows(name, scaled[name].to_numpy())]
    rows += [*judge.score_rows(scores), *judge.missing_rows()]
    report = pl.DataFrame([row | {"model_version": model_version} for row in rows], schema=_SCHEMA)
    return pl.concat([report, _verdicts(report, names, config)]).sort("day", maintain_order=True)


def day_verdicts(report: pl.DataFrame, config: DriftConfig) -> list[tuple[date, bool]]:
    """Days of a report that have a verdict, with it, in time order; days with too few windows are left out."""
    judged = report.filter(pl.col("quantity") == "day", pl.col("windows") >= config.min_rows).sort("day")
    return list(judged.select("day", "drifted").iter_rows())


class _Judge:
    """Walks the days of one column after the other."""

    def __init__(self, times: pl.Series, missing: pl.Series, profile: ReferenceProfile, config: DriftConfig) -> None:
        self.config = config
        self.groups = DayGroups.of(times)
        self.missing = [float(part.mean()) for part in self.groups.split(missing.cast(pl.Float64).to_numpy())]
        self.references = [profile.reference(day, config.season) for day in self.groups.days]
        unmeasured = Ordinary({}, 0.0, 0.0)
        known = [reference.ordinary if config.ordinary else None for reference, _ in self.references]
        self.ordinary = [one or unmeasured for one in known]

    def feature_rows(self, name: str, values: Array) -> Iterator[dict[str, Any]]:
        config = (self.config.psi, self.config.ks, self.config.wasserstein)
        for i, part in enumerate(self.groups.split(values)):
            reference, ordinary = self.references[i][0].features[name], self.ordinary[i].features.get(name, NOTHING)
            measured = self._measure(reference, part)
            bounds = np.maximum(np.add(config, reference.noise(max(len(part), 1))[:3]), ordinary)
            exceeded = sum(measured[key] > bound for key, bound in zip(_BOUNDED, bounds, strict=True) if measured)
            yield self._row(i, name, len(part)) | measured | {"drifted": exceeded >= 2}

    def score_rows(self, scores: pl.DataFrame) -> Iterator[dict[str, Any]]:
        by_day = scores.group_by(pl.col("window_start").dt.date().alias("day")).agg("score")
        of_day = dict(by_day.iter_rows())
        for i, day in enumerate(self.groups.days):
            part = np.asarray(of_day.get(day, []), dtype=np.float64)
            measured = self._measure(self.references[i][0].score, part)
            moved = abs(measured.get("shift", 0.0)) > max(self.config.score_shift, self.ordinary[i].score)
            yield self._row(i, "score", len(part)) | measured | {"drifted": moved}

    def missing_rows(self) -> Iterator[dict[str, Any]]:
        windows = np.diff([0, *self.groups.ends, len(self.groups.order)])
        for i, share in enumerate(self.missing):
            row = self._row(i, "missing", int(windows[i]))
            growth = share - self.references[i][0].missing
            grown = growth > max(self.config.missing, self.ordinary[i].missing)
            yield row | ({"shift": growth, "drifted": grown} if row["windows"] >= self.config.min_rows else {})

    def _row(self, i: int, quantity: str, windows: int) -> dict[str, Any]:
        share, reference = min(self.missing[i], 1.0), self.references[i][1]
        row = {"day": self.groups.days[i], "quantity": quantity, "missing_share": share, "drifted": False}
        return row | {"reference": reference, "windows": windows}

    def _measure(self, reference: Distribution, values: Array) -> dict[str, float]:
        enough = len(values) >= self.config.min_rows
        return reference.distances(np.sort(values))._asdict() if enough else {}


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
