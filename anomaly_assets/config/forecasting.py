"""How the week ahead of a fleet is forecast; the doing lives in forecasting/."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from .base import Duration, Identifier, Model

DAY = timedelta(days=1)
Strategy = Literal["direct", "recursive"]


def coverage_names(levels: tuple[float, ...]) -> tuple[str, ...]:
    """Name levels as columns do: 0.8 is 80, 0.975 is 97_5."""
    return tuple(f"{100 * level:g}".replace(".", "_") for level in levels)


class GridConfig(Model):
    """The settings that are tried, each combination once; the one with the smallest error on validation is kept."""

    learning_rate: tuple[float, ...] = Field(default=(0.02, 0.04), min_length=1)
    max_depth: tuple[int, ...] = Field(default=(3, 5), min_length=1)

    @model_validator(mode="after")
    def _can_be_tried(self) -> "GridConfig":
        if min(self.learning_rate) <= 0 or max(self.learning_rate) > 1 or min(self.max_depth) < 1:
            raise ValueError("learning rates lie above 0 and up to 1, depths are 1 and more")
        return self


class ForecastWatch(Model):
    """When a day's forecasts were so wrong, or its readings so odd, that the forecaster has drifted.

    A unit's error of a day is taken in multiples of what it was in the backtest, alike for all horizon days; a day's
    error is the median over units, so that one broken probe is an incident and no drift.

    Attributes
    ----------
    error : a day has drifted when its error exceeds this multiple of the backtest's,
    ordinary : and this quantile of the same number over the days of the backtest, being further than its own days were;
        null or 0 leaves the fixed bound alone,
    severity : or when the median severity of its readings exceeds that of training by more than this.
    min_readings : a unit with fewer readings to compare forecasts with takes no part in the day.
    """

    error: float = Field(default=1.5, gt=0)
    ordinary: float | None = Field(default=0.95, ge=0, le=1)
    severity: float = Field(default=0.1, gt=0, le=1)
    min_readings: int = Field(default=20, ge=1)


class ForecastConfig(Model):
    """One global model of one sensor of all units.

    Attributes
    ----------
    sensor : the one that is forecast.
    horizon : how far ahead, in whole days.
    step : time between two forecast instants; the fleet's sampling when not given, else a multiple of it.
    history : the latest part of the recording, which is learnt from, chosen on and tested on.
    origins_every : time between two origins of the backtest; no whole day, so that every hour of a day comes up.
    lags, means : earlier readings, and trailing means, that are features; shorter ones than the step are one step long.
    days : how many earlier days' readings at the forecast instant's own time of day are features.
    level : length of the trailing mean that every reading is measured from, so that units of any level are alike.
    spread : length of the trailing stretch whose variation is the unit of every difference.
    calendar : whether time of day and day of week, with cyclic encodings, are features.
    validation, test : the last stretches of the recording; validation chooses, test is only reported.
    severity_quantile : rows whose severity lies above this quantile of training are left out of it.
    grid, iterations, leaves, min_rows_leaf : settings of the gradient boosting.
    feature_share : share of the features that each split may choose from.
    penalty : of the straight line that the trees learn the rest of, per day ahead: the further, the fewer independent
        weeks there are to learn from.
    line_share, trees_share : how much of the way from a naive forecast to the line is gone, and how much of what the
        trees add is believed, before readings are asked; they have as much to say.
    clip : targets further than so many spreads from the level are learnt as if they were there.
    max_rows, rows_per_origin : rows that are drawn from the recording for one fit; how many of them share an origin.
    folds : stretches of the recording that are forecast by a model that has not seen them, to calibrate
        intervals, and the leaning on naive forecasts.
    levels : coverage of the intervals.
    recent : stretch before an origin whose changes from day to day are what the width of intervals is measured in.
    calm : the least that they may be, in spreads.
    memory : residuals so much older than the latest count half when intervals are calibrated.
    interval_iterations, interval_rate : boosting iterations and learning rate of each quantile.
    strategies : which are learnt; the winner of the backtest on validation is in force.
    tolerance : a challenger replaces the model in force when its validation error is lower by at least this share.
    watch : when a day has drifted away from the forecasts.
    seed : every random choice comes from it.
    """

    sensor: Identifier
    horizon: Duration = "7d"  # type: ignore[assignment]
    step: Duration | None = None
    history: Duration = "365d"  # type: ignore[assignment]
    origins_every: Duration = "31h"  # type: ignore[assignment]
    lags: tuple[Duration, ...] = ("1m", "5m", "1h", "6h", "12h", "1d", "7d")  # type: ignore[assignment]
    means: tuple[Duration, ...] = ("1h", "3h", "6h", "12h", "3d", "7d")  # type: ignore[assignment]
    days: int = Field(default=7, ge=1, le=28)
    level: Duration = "1d"  # type: ignore[assignment]
    spread: Duration = "14d"  # type: ignore[assignment]
    calendar: bool = True
    validation: Duration = "28d"  # type: ignore[assignment]
    test: Duration = "28d"  # type: ignore[assignment]
    severity_quantile: float = Field(default=0.99, gt=0, le=1)
    grid: GridConfig = GridConfig()
    iterations: int = Field(default=100, ge=1)
    leaves: int = Field(default=31, ge=2)
    min_rows_leaf: int = Field(default=500, ge=1)
    feature_share: float = Field(default=0.3, gt=0, le=1)
    penalty: float = Field(default=400.0, gt=0)
    line_share: float = Field(default=0.8, ge=0, le=1)
    trees_share: float = Field(default=0.4, ge=0, le=1)
    clip: float = Field(default=4.0, gt=0)
    max_rows: int = Field(default=40_000, ge=100)
    rows_per_origin: int = Field(default=8, ge=1)
    folds: int = Field(default=8, ge=2)
    levels: tuple[float, ...] = Field(default=(0.8, 0.95), min_length=1)
    recent: Duration = "7d"  # type: ignore[assignment]
    calm: float = Field(default=0.3, gt=0)
    memory: Duration = "90d"  # type: ignore[assignment]
    interval_iterations: int = Field(default=10, ge=1)
    interval_rate: float = Field(default=0.1, gt=0, le=1)
    strategies: tuple[Strategy, ...] = Field(default=("direct", "recursive"), min_length=1)
    tolerance: float = Field(default=0.0, ge=0, lt=1)
    watch: ForecastWatch = ForecastWatch()
    seed: int = 0

    @property
    def horizon_days(self) -> int:
        """Number of days ahead."""
        return self.horizon // DAY

    @property
    def bounds(self) -> tuple[str, ...]:
        """Names of the columns of the intervals: ``lower_80``, ``upper_80`` and so on."""
        return tuple(f"{side}_{name}" for name in coverage_names(self.levels) for side in ("lower", "upper"))

    @property
    def needed(self) -> timedelta:
        """How long a recording must be to learn from, choose on and test on."""
        return self.validation + self.test + self.horizon + self.spread / 2

    @property
    def lookback(self) -> timedelta:
        """How far before an origin the oldest reading lies that a forecast depends on."""
        week = 8 * DAY  # a mean of up to a day, a week before
        return max(
            *self.lags,
            *self.means,
            (self.days + 1) * DAY,
            self.level,
            self.spread + DAY,
            week,
            self.recent + self.horizon,
        )

    @model_validator(mode="after")
    def _spans_fit(self) -> "ForecastConfig":
        if self.horizon % DAY:
            raise ValueError(f"horizon {self.horizon} is no whole number of days")
        if self.step is not None and DAY % self.step:
            raise ValueError(f"step {self.step} does not divide a day")
        if min(self.validation, self.test) <= self.horizon:
            raise ValueError("validation and test must be longer than the horizon, or no forecast can be judged")
        if self.history < self.needed:
            raise ValueError(f"history {self.history} is shorter than the {self.needed} that learning needs")
        if any(not 0.5 <= level < 1 for level in self.levels) or len(set(self.levels)) != len(self.levels):
            raise ValueError(f"levels {self.levels} must be different and lie from 0.5 to below 1")
        return self
