"""Conditioning by regression: a sensor without the polynomial of the settings that fits it on training windows."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import polars as pl

from ..errors import FeatureError
from .conditioning import UNTOLD, Conditioner, numbers, require_columns
from .moments import FloatArray


class Regress(Conditioner):
    """Ridge least squares of every sensor on products of the settings, taken out of its linear features.

    A mean is linear, so that the mean of what is left is what is left of the means: one set of coefficients, learnt
    from one feature, serves readings, lags and trailing means. Settings that jump with every reading, which make
    trailing means mix operating modes, are taken out exactly. What is given out is the feature as it would be at the
    settings' usual values, in the sensor's unit; spreads, extremes and the like are left alone. Up to ten distinct
    settings' values can be met exactly with three settings and degree 2; a spread that differs between modes stays. A
    setting far outside what training saw is extrapolated.

    Parameters
    ----------
    sensors : names of the sensors.
    terms : names of the settings and products of settings.
    features : names of the linear features, such as ``raw`` and ``mean_1h``; every sensor and term has each of them.
    learn_from : the one of them that coefficients are learnt from.
    keep_settings : whether the terms' columns stay.
    ridge : penalty on squared coefficients, as a share of the terms' variance; only there to bear terms that say the
        same thing.
    min_rows : windows needed to learn a sensor's coefficients; its features are null with fewer.
    min_explained : share of a sensor's variance that the settings must explain in windows that were not learnt from;
        a sensor of which they explain less is left as it is, for chance would only add noise to it.
    blocks : consecutive parts of the training windows; every other one is told from the rest to find that share.

    Attributes
    ----------
    centre_ : (terms,) their mean in training.
    slope_ : (sensors, terms) sensor's unit per term's unit; NaN where nothing could be learnt.
    """

    method = "regress"

    def __init__(
        self,
        *,
        sensors: Sequence[str],
        terms: Sequence[str],
        features: Sequence[str],
        learn_from: str,
        keep_settings: bool = False,
        ridge: float = 1e-9,
        min_rows: int = 30,
        min_explained: float = 0.05,
        blocks: int = 10,
    ) -> None:
        self.sensors, self.terms, self.features = tuple(sensors), tuple(terms), tuple(features)
        self.learn_from, self.keep_settings, self.ridge, self.min_rows = learn_from, keep_settings, ridge, min_rows
        self.min_explained, self.blocks = min_explained, blocks
        self.centre_: FloatArray = np.empty(0)
        self.slope_: FloatArray = np.empty((0, 0))

    def fit(self, features: pl.DataFrame) -> Self:
        """Learn the coefficients from training windows (rows of contracts.features)."""
        require_columns(features, [f"{name}__{self.learn_from}" for name in (*self.terms, *self.sensors)])
        terms = self._learnt_from(features, self.terms)
        known = np.isfinite(terms).all(axis=1)
        if not known.any():
            raise FeatureError("no window tells its settings", remedy=UNTOLD)
        self.centre_ = terms[known].mean(axis=0)
        offset, scale = terms - self.centre_, terms[known].std(axis=0)
        scale[scale <= 1e-9 * np.abs(self.centre_)] = np.inf  # what never varied explains nothing
        readings = self._learnt_from(features, self.sensors).T
        self.slope_ = np.array([self._slope(offset / scale, reading) for reading in readings]) / scale
        return self

    def transform(self, features: pl.DataFrame) -> pl.DataFrame:
        """Take the settings' part out of every linear feature of every sensor."""
        if not self.slope_.size:
            raise FeatureError("the conditioner is not fitted", remedy="call fit, or load one with from_json")
        require_columns(
            features, [f"{name}__{part}" for name in (*self.terms, *self.sensors) for part in self.features]
        )
        left = [series for part in self.features for series in self._left(features, part)]
        dropped = [] if self.keep_settings else [f"{term}__{part}" for term in self.terms for part in self.features]
        return features.with_columns(left).drop(dropped)

    def restored(self, left: pl.DataFrame, features: pl.DataFrame) -> pl.DataFrame:
        """Add the settings' part to linear features; the others never lost it."""
        return left.select(self._restored(column, features) for column in left.get_columns())

    def _restored(self, column: pl.Series, features: pl.DataFrame) -> pl.Series:
        sensor, _, part = column.name.rpartition("__")
        if sensor not in self.sensors or part not in self.features:
            return column
        value = numbers(column)
        for slope, term, centre in zip(self._slopes(sensor), self.terms, self.centre_, strict=True):
            if slope:
                value += slope * (numbers(features[f"{term}__{part}"]) - centre)
        return pl.Series(column.name, value, nan_to_null=True)

    def _slopes(self, sensor: str) -> FloatArray:
        slopes: FloatArray = self.slope_[self.sensors.index(sensor)]
        return slopes

    def _left(self, features: pl.DataFrame, part: str) -> list[pl.Series]:
        """What is left of one feature of every sensor; added up term by term, so that every row rounds alike."""
        offsets = [numbers(features[f"{term}__{part}"]) - c for term, c in zip(self.terms, self.centre_, strict=True)]
        left = []
        for sensor, slopes in zip(self.sensors, self.slope_, strict=True):
            reading = numbers(features[f"{sensor}__{part}"])
            for slope, offset in zip(slopes, offsets, strict=True):
                if slope:  # 0 leaves a reading alone whether or not its settings are known
                    reading -= slope * offset
            left.append(pl.Series(f"{sensor}__{part}", reading, nan_to_null=True))
        return left

    def _learnt_from(self, features: pl.DataFrame, names: Sequence[str]) -> FloatArray:
        return np.column_stack([numbers(features[f"{name}__{self.learn_from}"]) for name in names])

    def _slope(self, terms: FloatArray, reading: FloatArray) -> FloatArray:
        """Coefficients of standardised terms (rows, terms); sums are numpy's own, the same in any run."""
        known = np.isfinite(terms).all(axis=1) & np.isfinite(reading)
        if np.count_nonzero(known) < self.min_rows:
            return np.full(terms.shape[1], np.nan)
        x, y = terms[known], reading[known]
        if self._explained(x, y) < self.min_explained:
            return np.zeros(terms.shape[1])
        return _ridge(x, y, self.ridge)

    def _explained(self, x: FloatArray, y: FloatArray) -> float:
        """Share of the variance in each half of the blocks that the other half's coefficients explain."""
        odd = np.arange(len(y)) * self.blocks // len(y) % 2 == 1
        left, whole = 0.0, 0.0
        for told in (odd, ~odd):
            slopes = _ridge(x[~told], y[~told], self.ridge)
            left += np.var(y[told] - np.einsum("ij,j->i", x[told], slopes)) * told.sum()
            whole += np.var(y[told]) * told.sum()
        return 1.0 - left / whole if whole > 0 else 0.0

    def to_json(self) -> dict[str, Any]:
        """Options, names and coefficients; None stands for NaN."""
        options = {name: getattr(self, name) for name in _OPTIONS}
        names = {name: list(getattr(self, name)) for name in _NAMES}
        slopes = [[None if np.isnan(slope) else slope for slope in row] for row in self.slope_.tolist()]
        return {"method": self.method, **options, **names, "centre": self.centre_.tolist(), "slope": slopes}

    @classmethod
    def _read(cls, document: dict[str, Any]) -> Self:
        conditioner = cls(**{name: document[name] for name in (*_OPTIONS, *_NAMES)})
        conditioner.centre_ = np.array(document["centre"], dtype=np.float64)
        conditioner.slope_ = np.array(document["slope"], dtype=np.float64)
        terms, sensors = len(conditioner.terms), len(conditioner.sensors)
        if (conditioner.centre_.shape, conditioner.slope_.shape) != ((terms,), (sensors, terms)):
            raise ValueError("coefficients of a wrong shape")
        return conditioner


_OPTIONS = ("learn_from", "keep_settings", "ridge", "min_rows", "min_explained", "blocks")
_NAMES = ("sensors", "terms", "features")


def _ridge(x: FloatArray, y: FloatArray, penalty: float) -> FloatArray:
    """Coefficients (terms,) of y on x (rows, terms) beside a constant; the sums are numpy's own, not BLAS's."""
    x, y = x - x.mean(axis=0), y - y.mean()
    square = np.einsum("ij,ik->jk", x, x) / len(x)
    return np.linalg.solve(square + penalty * np.eye(len(square)), np.einsum("ij,i->j", x, y) / len(x))
