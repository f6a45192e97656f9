"""The reference profile: what features, scores and missing readings looked like when the model was trained.

It travels inside the bundle. Comparing a day with it belongs in report.py.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import polars as pl

from ..errors import ContractError
from .days import DayGroups
from .distribution import Array, Distribution
from .ordinary import Ordinary, TrainingDays


@dataclass(frozen=True, eq=False)
class Profile:
    """Reference of one stretch of time.

    Attributes
    ----------
    features : distribution of every scaled feature, by name; missing ones are in it as the neutral 0.
    score : distribution of the anomaly score.
    missing : mean share of a window's features that were missing.
    windows : number of windows.
    ordinary : how far its own days lie from it; None where that was not measured.
    """

    features: dict[str, Distribution]
    score: Distribution
    missing: float
    windows: int
    ordinary: Ordinary | None = None

    @classmethod
    def of(
        cls, scaled: pl.DataFrame, scores: Array, missing: pl.Series, *, ordinary: float | None, min_rows: int
    ) -> "Profile":
        """Describe the windows of a stretch of time; the arguments are those of `ReferenceProfile.from_training`."""
        _check(scaled, scores, missing)
        features = {name: Distribution.of(scaled[name].to_numpy()) for name in scaled.columns if "__" in name}
        days = TrainingDays(DayGroups.of(scaled["window_start"]), ordinary, min_rows) if ordinary else None
        return cls(
            features=features,
            score=Distribution.of(scores),
            missing=float(missing.cast(pl.Float64).to_numpy().mean()),
            windows=scaled.height,
            ordinary=days.ordinary(scaled, scores, missing, features) if days else None,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, lists and dictionaries."""
        features = {name: distribution.to_json() for name, distribution in self.features.items()}
        ordinary = self.ordinary.to_json() if self.ordinary else None
        rest = {"missing": self.missing, "windows": self.windows, "ordinary": ordinary}
        return {"features": features, "score": self.score.to_json()} | rest

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Profile":
        """Rebuild what `to_json` wrote; a document without ``ordinary`` is one from before days were measured."""
        features = {name: Distribution.from_json(inner) for name, inner in document["features"].items()}
        score = Distribution.from_json(document["score"])
        ordinary = Ordinary.from_json(document["ordinary"]) if document.get("ordinary") else None
        return cls(features, score, document["missing"], document["windows"], ordinary)


@dataclass(frozen=True, eq=False)
class ReferenceProfile:
    """What training looked like, as a whole and by calendar month.

    Attributes
    ----------
    training : profile of all training windows.
    seasons : profile of every month that training saw enough of, by ``01`` to ``12``.
    """

    training: Profile
    seasons: dict[str, Profile] = field(default_factory=dict)

    @classmethod
    def from_training(
        cls,
        scaled: pl.DataFrame,
        scores: Array,
        missing: pl.Series,
        *,
        ordinary: float | None = 0.95,
        min_rows: int = 20,
        month_days: int = 7,
        month_windows: int = 100,
    ) -> "ReferenceProfile":
        """Capture the training windows.

        Parameters
        ----------
        scaled : n_windows rows with ``window_start``. Columns named ``<sensor>__<feature>`` are remembered; the
            calendar's are not, for a clock is never the same two days running.
        scores : shape (n_windows,), the detector's scores of these windows, finite.
        missing : n_windows values, the share of each window's features that were missing before scaling.
        ordinary : quantile of the days' own distances that is remembered, as of ``drift.ordinary``; none for None or 0.
        min_rows : days with fewer windows are not measured for that, as of ``drift.min_rows``.
        month_days, month_windows : a month with fewer training days or windows than this gets no profile of its own.

        Raises
        ------
        ContractError
            If there is no window, or the three don't have the same length.
        """
        _check(scaled, scores, missing)
        of = partial(Profile.of, ordinary=ordinary, min_rows=min_rows)
        months, seasons = scaled["window_start"].dt.month(), {}
        for month in months.unique().sort():
            mask = months == month
            part = scaled.filter(mask)
            if part["window_start"].dt.date().n_unique() >= month_days and part.height >= month_windows:
                seasons[f"{month:02d}"] = of(part, scores[mask.to_numpy()], missing.filter(mask))
        return cls(of(scaled, scores, missing), seasons)

    def reference(self, day: date, season: str = "none") -> tuple[Profile, str]:
        """Choose what a day is compared with: its own month for ``day_of_year`` where training saw it, or everything.

        Returns
        -------
        The profile, and its name: ``season:03`` or ``training``.
        """
        month = f"{day.month:02d}"
        if season == "day_of_year" and month in self.seasons:
            return self.seasons[month], f"season:{month}"
        return self.training, "training"

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, lists and dictionaries; `from_json` gives back exactly the same values."""
        seasons = {month: profile.to_json() for month, profile in self.seasons.items()}
        return {"training": self.training.to_json(), "seasons": seasons}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "ReferenceProfile":
        """Rebuild what `to_json` wrote."""
        seasons = {month: Profile.from_json(inner) for month, inner in document["seasons"].items()}
        return cls(Profile.from_json(document["training"]), seasons)


def _check(scaled: pl.DataFrame, scores: Array, missing: pl.Series) -> None:
    if not scaled.height or not scaled.height == len(scores) == len(missing):
        raise ContractError(
            "a reference profile can't be made",
            found=f"{scaled.height} windows, {len(scores)} scores, {len(missing)} missing shares",
            expected="the same number of each, and at least one",
            remedy="widen the training window",
        )
