"""Conditioning by operating modes: every feature as it would be in an average mode."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..errors import FeatureError
from .clusters import cluster_count, k_means, nearest
from .conditioning import UNTOLD, Conditioner, numbers, require_columns
from .moments import FloatArray
from .scale_estimates import Method, estimate_units


class Modes(Conditioner):
    """Moves and stretches every feature from its usual value and spread in the mode of the instant to the fleet's.

    Modes are clusters of the settings at the window's instant. A trailing mean is judged by that mode although its
    older readings may come from another: right where modes last longer than the windows, wrong where they jump (see
    `Regress`). Settings far from every mode count as the nearest one.

    Parameters
    ----------
    columns : the sensors' features.
    settings : names of the settings; each has a feature ``raw``.
    modes : their number; None for the one that stands out (`clusters.cluster_count`).
    keep_settings : whether the settings' columns stay.
    estimate : ``robust`` (median and MAD) or ``standard`` (mean and standard deviation).
    seed : of the clustering.
    min_rows : values that a feature needs in a mode; it is null there with fewer.
    floor : smallest spread, as a share of the centre's magnitude, that counts as variation.
    sample : at most so many windows, evenly spaced, are clustered.

    Attributes
    ----------
    modes_ : (modes, settings) their centres.
    weight_ : (settings,) one over the settings' standard deviation in training; 0 for one that did not vary.
    centre_, scale_ : (modes, columns) usual value and spread of every feature; NaN where too few values were seen.
    usual_ : (2, columns) what they are moved and stretched to.
    """

    method = "modes"

    def __init__(
        self,
        *,
        columns: Sequence[str],
        settings: Sequence[str],
        modes: int | None = None,
        keep_settings: bool = False,
        estimate: Method = "robust",
        seed: int = 0,
        min_rows: int = 30,
        floor: float = 1e-9,
        sample: int = 5_000,
    ) -> None:
        self.columns, self.settings = tuple(columns), tuple(settings)
        self.modes, self.keep_settings, self.estimate, self.seed = modes, keep_settings, estimate, seed
        self.min_rows, self.floor, self.sample = min_rows, floor, sample
        self.modes_ = self.centre_ = self.scale_ = self.usual_ = np.empty((0, 0))
        self.weight_: FloatArray = np.empty(0)

    def fit(self, features: pl.DataFrame) -> Self:
        """Find the modes and every feature's usual value in each."""
        require_columns(features, [*self._settings, *self.columns])
        points = self._points(features)
        known = np.isfinite(points).all(axis=1)
        if not known.any():
            raise FeatureError("no window tells its settings", remedy=UNTOLD)
        told = points[known]
        spread: FloatArray = np.std(told, axis=0)
        spread[spread <= self.floor * np.abs(told).max(axis=0)] = np.inf  # what never varied tells no modes apart
        self.weight_ = 1.0 / spread
        clustered = (told * self.weight_)[:: -(-len(told) // self.sample)]
        self.modes_ = k_means(clustered, self.modes or cluster_count(clustered, seed=self.seed), seed=self.seed)
        self._measure(features)
        return self

    def transform(self, features: pl.DataFrame) -> pl.DataFrame:
        """Make every feature comparable between modes."""
        if not self.modes_.size:
            raise FeatureError("the conditioner is not fitted", remedy="call fit, or load one with from_json")
        require_columns(features, [*self._settings, *self.columns])
        mode = self.mode_of(features)
        moved = [self._moved(features[name], mode, place) for place, name in enumerate(self.columns)]
        return features.with_columns(moved).drop([] if self.keep_settings else self._settings)

    def restored(self, left: pl.DataFrame, features: pl.DataFrame) -> pl.DataFrame:
        """Move and stretch every feature from the fleet's usual value and spread to those of the window's mode."""
        mode = self.mode_of(features)
        return left.select(self._restored(column, mode) for column in left.get_columns())

    def _restored(self, column: pl.Series, mode: NDArray[np.intp]) -> pl.Series:
        if column.name not in self.columns:
            return column
        place = self.columns.index(column.name)
        centre, scale = (np.append(table[:, place], np.nan)[mode] for table in (self.centre_, self.scale_))
        usual, pooled = self.usual_[:, place]
        distance = (numbers(column) - usual) / pooled
        return pl.Series(column.name, centre + scale * distance, nan_to_null=True)

    def mode_of(self, features: pl.DataFrame) -> NDArray[np.intp]:
        """Number of each window's mode, -1 where a setting is missing; (windows,)."""
        points = self._points(features)
        known: NDArray[np.bool_] = np.all(np.isfinite(points), axis=1)
        number, _ = nearest(np.where(known[:, None], points, 0.0) * self.weight_, self.modes_)
        return np.where(known, number, -1)

    def _measure(self, features: pl.DataFrame) -> None:
        centre, scale, count = self._usual_by_mode(features)
        share = np.where(count >= self.min_rows, count, 0.0)
        seen, share = share > 0, share / np.maximum(share.sum(axis=0), 1.0)
        usual = np.where(seen, share * centre, 0.0).sum(axis=0)
        pooled = np.sqrt(np.where(seen, share * scale**2, 0.0).sum(axis=0))
        pooled[pooled == 0] = 1.0
        self.usual_ = np.stack([usual, pooled])
        self.centre_ = np.where(seen, centre, np.nan)
        self.scale_ = np.where(seen, np.where(scale > 0, scale, pooled), np.nan)

    def _usual_by_mode(self, features: pl.DataFrame) -> FloatArray:
        """Centre, scale and count of every feature in every mode, (3, modes, columns); count 0 in an empty mode."""
        mode = pl.Series(self.mode_of(features))
        told = features.with_columns(unit_id=mode.cast(pl.String)).filter(mode >= 0)
        names, own = estimate_units(told, self.columns, self.estimate, self.floor)
        found = np.zeros((3, len(self.modes_), len(self.columns)))
        found[:, [int(name) for name in names]] = own.centre, own.scale, own.count
        return found

    def _moved(self, values: pl.Series, mode: NDArray[np.intp], place: int) -> pl.Series:
        centre, scale = (np.append(table[:, place], np.nan)[mode] for table in (self.centre_, self.scale_))
        distance = (numbers(values) - centre) / scale
        usual, pooled = self.usual_[:, place]
        return pl.Series(values.name, usual + pooled * distance, nan_to_null=True)

    @property
    def _settings(self) -> list[str]:
        return [f"{name}__raw" for name in self.settings]

    def _points(self, features: pl.DataFrame) -> FloatArray:
        return np.column_stack([numbers(features[name]) for name in self._settings])

    def to_json(self) -> dict[str, Any]:
        """Options, names and tables; None stands for NaN."""
        names = {name: list(getattr(self, name)) for name in ("columns", "settings")}
        options = {name: getattr(self, name) for name in _OPTIONS}
        tables = {name: _listed(getattr(self, f"{name}_")) for name in _TABLES}
        return {"method": self.method, **names, **options, "tables": tables}

    @classmethod
    def _read(cls, document: dict[str, Any]) -> Self:
        conditioner = cls(**{name: document[name] for name in ("columns", "settings", *_OPTIONS)})
        for name in _TABLES:
            setattr(conditioner, f"{name}_", np.array(document["tables"][name], dtype=np.float64))
        modes, columns, settings = len(conditioner.modes_), len(conditioner.columns), len(conditioner.settings)
        expected = [(modes, settings), (settings,), (modes, columns), (modes, columns), (2, columns)]
        if [getattr(conditioner, f"{name}_").shape for name in _TABLES] != expected:
            raise ValueError("tables of a wrong shape")
        return conditioner


_OPTIONS = ("modes", "keep_settings", "estimate", "seed", "min_rows", "floor", "sample")
_TABLES = ("modes", "weight", "centre", "scale", "usual")


def _listed(table: FloatArray) -> list[Any]:
    return [_listed(row) for row in table] if table.ndim > 1 else [None if np.isnan(n) else float(n) for n in table]
