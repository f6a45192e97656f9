"""Forecast residual: how far a reading lies from what the windows before it led one to expect."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Annotated

import numpy as np
from pydantic import Field

from ..errors import DetectorError
from ..forecasting.trees import Trees
from .base import Detector, DetectorTags
from .boosted import NO_TREES, check_boosted, grown
from .columns import BLOCK, sensor_of
from .held_back import held_back
from .one_step import Floats, Lines, OneStep, seen_of, size_of, told_of, usual_of
from .one_thread import one_thread

_HOURS = ("hour_of_day_sin", "hour_of_day_cos")
_EACH = ("center_", "low_", "high_", "patience_", "enough_", "constant_", "lift_", "size_")

Count = Annotated[int, Field(ge=1)]


class ForecastResidual(Detector):
    """Largest distance, over the sensors, of a reading from its one-step forecast, in sizes that are usual for it.

    A window's reading is expected from the windows before it: the newest ones, trailing means of them, and the hour of
    the day where the fleet has that feature. A straight line for every series comes first, boosted trees that all
    series share learn what the lines leave, and are heard for a series if that brings its forecasts closer on stretches
    that were held back; the usual size of a residual is learnt there, too. Assumes that readings follow from
    themselves. Sees what comes suddenly: spikes, steps, noise, a broken rhythm. A shift that lasts is news for as long
    as it is no part of the history; afterwards it is seen only as far as readings use to return. Blind to slow drift
    where readings wander anyway, and to a sensor that freezes, which is easily foretold.

    A reading that is missing is no news, nor is one whose history is: where the last reading lies more than ``recent``
    times as far back as usual, or less than a share ``known`` of the usual number of steps is known, its residual
    counts as 0. So a sensor that is slower than the windows is judged whenever it reads. A sensor's contribution is the
    largest of its features' residuals in usual sizes, so that the largest contribution is the score. What was expected
    is the forecast. Costs a few operations per step, feature and window, and ``iterations`` short walks per feature.

    Parameters
    ----------
    statistics : features that are expected, such as ``raw``; with ``calendar`` the hour of the day is told.
    steps : windows that are looked at, the one that is expected among them.
    lags : how many of the newest are told one by one; means of twice, four times, ... as many, and of all, beside them.
    recent, known : see above.
    cap : furthest from the usual value, in robust deviations, that a reading of the history is believed.
    penalty : of the lines' slopes, in rows.
    iterations, learning_rate, leaves, min_rows_leaf : of the trees; 0 iterations leave the lines alone.
    within : share of the held-back residuals that are smaller than the usual size.
    max_rows : most readings that the trees learn from.
    max_windows : most histories that are learnt from; None for all.
    seed : of the trees.

    Attributes
    ----------
    center_, low_, high_ : (n_series,) usual reading, and the bounds of what is believed; series are the features that
        belong to a sensor.
    patience_, enough_ : (n_series,) most steps since the last reading, and fewest known ones, to expect a reading from.
    constant_, slope_ : (n_series,) and (n_series, n_told) of the lines.
    lift_ : (n_series,) by how much the trees' forecast counts; 0 where they are not heard.
    size_ : (n_series,) usual size of a residual.
    feature_, threshold_, child_, missing_right_, value_, roots_, levels_, start_ : the trees; see `Trees`.

    References
    ----------
    Corsi, F. (2009). A simple approximate long-memory model of realized volatility. Journal of Financial Econometrics
    7(2), 174-196, for trailing means of growing spans in place of many lags.
    Leigh, C. et al. (2019). A framework for automated anomaly detection in high frequency water-quality data from in
    situ sensors. Science of the Total Environment 664, 885-898, for one-step residuals as scores.
    """

    tags = DetectorTags(
        deterministic=True, explains=True, expects=True, reads="sequence", gaps=True, cannot_see=("stuck",)
    )

    def __init__(
        self,
        *,
        statistics: tuple[str, ...] | None = ("raw", "calendar"),
        steps: Annotated[int, Field(ge=2)] = 30,
        lags: Count = 6,
        recent: Annotated[float, Field(ge=1)] = 3.0,
        known: Annotated[float, Field(gt=0, le=1)] = 0.25,
        cap: Annotated[float, Field(gt=0)] = 10.0,
        penalty: Annotated[float, Field(gt=0)] = 1.0,
        iterations: Annotated[int, Field(ge=0)] = 60,
        learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.1,
        leaves: Annotated[int, Field(ge=2)] = 15,
        min_rows_leaf: Count = 50,
        within: Annotated[float, Field(gt=0, lt=1)] = 0.75,
        max_rows: Count = 50_000,
        max_windows: Count | None = 20_000,
        seed: Annotated[int, Field(ge=0, lt=2**32)] = 0,
    ) -> None:
        self.statistics = statistics
        self.steps = steps
        self.lags = lags
        self.recent = recent
        self.known = known
        self.cap = cap
        self.penalty = penalty
        self.iterations = iterations
        self.learning_rate = learning_rate
        self.leaves = leaves
        self.min_rows_leaf = min_rows_leaf
        self.within = within
        self.max_rows = max_rows
        self.max_windows = max_windows
        self.seed = seed

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        if not _series(names):
            raise DetectorError(
                "there is no sensor's feature to expect",
                found=", ".join(names),
                remedy="name a statistic of the sensors, such as raw, under the detector's statistics",
            )
        blocks = [matrix[start : start + BLOCK] for start in range(0, len(matrix), BLOCK)]
        self._learn_bounds([self._own(block, names) for block in blocks])
        asked = OneStep.joined([self._one_step(block, names) for block in blocks])
        learnt, checked = (asked.taken(rows) for rows in held_back(len(matrix), self.steps))
        with one_thread():
            lines = Lines.fit(replace(learnt, reading=np.clip(learnt.reading, self.low_, self.high_)), self.penalty)
        self.constant_, self.slope_ = lines.constant, lines.slope
        self._learn_trees(learnt)
        self._listen(checked)
        self.size_ = np.array([size_of(own, self.within) for own in _known(self._residual(checked), checked)])

    def _learn_bounds(self, blocks: Sequence[Floats]) -> None:
        """Learn what readings are believed, and how much is usually known before one comes."""
        seen = np.concatenate([np.stack([own[-1], *seen_of(own[:-1])]) for own in blocks], axis=1)
        found = np.array([usual_of(one[:, ~np.isnan(one[0])]) for one in np.moveaxis(seen, 2, 0)])
        center, scale, age, known = found.T
        self.center_, self.low_, self.high_ = center, center - self.cap * scale, center + self.cap * scale
        self.patience_, self.enough_ = self.recent * age, self.known * known

    def _learn_trees(self, learnt: OneStep) -> None:
        """Grow trees for what the lines leave, in usual sizes of it; all of them are heard at first."""
        straight = self._straight(learnt.told)
        left = learnt.reading - straight
        self.lift_ = np.array([size_of(own, self.within) for own in _known(left, learnt)])
        window, place = np.nonzero(learnt.counts)
        every = max(1, -(-len(window) // self.max_rows))
        window, place = window[::every], place[::every]
        trees = NO_TREES
        if self.iterations and len(window) >= 2 * self.min_rows_leaf:
            target = np.clip(left / self.lift_, -self.cap, self.cap)[window, place]
            trees = grown(
                _rows(learnt.told, straight)[window, place],
                target,
                learning_rate=self.learning_rate,
                max_iter=self.iterations,
                max_leaf_nodes=self.leaves,
                min_samples_leaf=self.min_rows_leaf,
                random_state=self.seed,
            )
        for field in fields(Trees):
            setattr(self, f"{field.name}_", getattr(trees, field.name))

    def _listen(self, checked: OneStep) -> None:
        """Hear the trees for the series that they bring closer."""
        both = self._straight(checked.told), self._forecast(checked.told)
        alone, lifted = (checked.reading - expected for expected in both)
        for place, (own, other) in enumerate(zip(_known(alone, checked), _known(lifted, checked), strict=True)):
            if not np.abs(other).sum() < np.abs(own).sum():
                self.lift_[place] = 0.0

    def _one_step(self, matrix: np.ndarray, names: Sequence[str]) -> OneStep:
        own, newest = self._own(matrix, names), matrix[:, self.steps - 1 :: self.steps]
        past, reading = np.clip(own[:-1], self.low_, self.high_), own[-1]
        hours = [np.nan_to_num(newest[:, names.index(hour)]) for hour in _HOURS if hour in names]
        age, known = seen_of(past)
        counts = (age <= self.patience_) & (known >= self.enough_) & (known > 0) & ~np.isnan(reading)
        return OneStep(told_of(past, self.center_, hours, min(self.lags, len(past))), reading, counts)

    def _own(self, matrix: np.ndarray, names: Sequence[str]) -> Floats:
        """Histories of the series, (steps, n_windows, n_series), oldest first."""
        return np.moveaxis(matrix.reshape(len(matrix), -1, self.steps)[:, _series(names)], 2, 0)

    def _forecast(self, told: Floats) -> Floats:
        """What is expected, (n_windows, n_series)."""
        expected, heard = self._straight(told), np.flatnonzero(self.lift_)
        if len(heard):
            rows = _rows(told, expected)[:, heard]
            lifted = self._trees().predict(rows.reshape(-1, rows.shape[2])).reshape(rows.shape[:2])
            expected[:, heard] += self.lift_[heard] * lifted
        return expected

    def _straight(self, told: Floats) -> Floats:
        return Lines(self.constant_, self.slope_).follow(told)

    def _trees(self) -> Trees:
        return Trees(**{field.name: np.asarray(getattr(self, f"{field.name}_")) for field in fields(Trees)})

    def _residual(self, asked: OneStep) -> Floats:
        """Readings less their forecasts, (n_windows, n_series); 0 where they don't count."""
        expected = self._forecast(asked.told)
        return np.where(asked.counts, asked.reading, expected) - expected

    def _sizes(self, matrix: np.ndarray) -> Floats:
        """Residuals in usual sizes, none negative, (n_windows, n_series)."""
        return np.abs(self._residual(self._one_step(matrix, self.feature_names_in_))) / self.size_

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        return self._sizes(matrix).max(axis=1)

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        place = {position: number for number, position in enumerate(_series(self.feature_names_in_))}
        sizes = self._sizes(matrix)
        return np.stack([sizes[:, [place[one] for one in own]].max(axis=1) for own in sensors.values()], axis=1)

    def _expected(self, matrix: np.ndarray) -> np.ndarray:
        values = np.nan_to_num(matrix[:, self.steps - 1 :: self.steps])  # the calendar is as it is
        asked = self._one_step(matrix, self.feature_names_in_)
        values[:, _series(self.feature_names_in_)] = self._forecast(asked.told)
        return values

    def _check_state(self) -> None:
        series, told = self.slope_.shape
        shapes = {getattr(self, name).shape for name in _EACH}
        if shapes != {(len(_series(self.feature_names_in_)),)} or series != len(self.size_) or (self.size_ <= 0).any():
            raise ValueError("bounds, lines and sizes are not one for each series, or a size is not above 0")
        check_boosted(self._trees(), told + 2)
        super()._check_state()


def _series(names: Sequence[str]) -> list[int]:
    return [place for place, name in enumerate(names) if sensor_of(name)]


def _rows(told: Floats, straight: Floats) -> Floats:
    """What trees are told, (n_windows, n_series, n_told + 2): the line's forecast and the series' number, too."""
    number = np.broadcast_to(np.arange(float(told.shape[2])), straight.shape)
    return np.stack([*told, straight, number], axis=2)


def _known(numbers: Floats, asked: OneStep) -> list[Floats]:
    """Numbers of each series where its readings count."""
    return [own[counts] for own, counts in zip(numbers.T, asked.counts.T, strict=True)]
