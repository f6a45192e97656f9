"""How raw readings become clean readings and clean readings become windows; the doing lives in cleaning/, features/."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from .base import Duration, Identifier, Model

_TIME_DOMAIN = ("mean", "std", "min", "max", "rms", "peak", "crest_factor", "skewness", "kurtosis", "z")
_FREQUENCY_DOMAIN = ("spectral_centroid", "spectral_entropy", "spectral_flatness", "dominant_frequency")
_IN_SEQUENCE = ("mean_abs_z", "unchanged", "reversal", "impossible")
FEATURE_NAMES = _TIME_DOMAIN + _FREQUENCY_DOMAIN + _IN_SEQUENCE

FURTHER = {"mean_abs_z": 1.5}
"""Lengths of its window that a statistic looks back, where that is more than one."""


class OutlierConfig(Model):
    """Readings far from their recent past: |reading - rolling mean| > sigmas x rolling std, known at that moment.

    ``action`` is ``flag`` (keep the reading, mark it), ``remove`` (quarantine it) or ``ignore``. With fewer than
    ``min_readings`` in the window there is no verdict.
    """

    sigmas: float = Field(default=3.0, gt=0)
    window: Duration = "6h"  # type: ignore[assignment]
    min_readings: int = Field(default=10, ge=2)
    action: Literal["flag", "remove", "ignore"] = "flag"


class StuckConfig(Model):
    """An unchanged value for longer than ``longer_than`` is stuck; ``tolerance`` is the largest change still 'same'."""

    longer_than: Duration = "6h"  # type: ignore[assignment]
    tolerance: float = Field(default=0.0, ge=0)
    action: Literal["flag", "remove", "ignore"] = "flag"


class CleaningConfig(Model):
    """How raw readings are cleaned.

    Attributes
    ----------
    outliers, stuck : the two judgements that may flag, remove or ignore.
    impute_up_to : how long the last reading of a sensor is carried forward; a gap up to this long is filled whole,
        the rest of a longer one stays empty and is marked. ``None`` fills nothing.
    quarantine_tolerance : the largest share of a partition's raw readings that may be quarantined before the
        blocking check fails.
    """

    outliers: OutlierConfig = OutlierConfig()
    stuck: StuckConfig = StuckConfig()
    impute_up_to: Duration | None = None
    quarantine_tolerance: float = Field(default=0.2, ge=0, le=1)


class WindowConfig(Model):
    """One named trailing window and the statistics taken over it."""

    length: Duration
    statistics: tuple[Identifier, ...] = ("mean", "std")
    min_share: float = Field(default=0.5, gt=0, le=1, description="share of readings present for a value to be given")

    @property
    def reach(self) -> timedelta:
        """How far back the oldest reading lies that one of the statistics depends on."""
        return self.length * max(FURTHER.get(name, 1.0) for name in ("", *self.statistics))


class ScalingConfig(Model):
    """Scaling fitted on the training window only.

    ``standard`` uses mean and standard deviation, ``robust`` median and 1.4826 x MAD, ``none`` leaves values alone.
    ``per: unit`` learns a scale for every unit seen in training and falls back to the fleet's for a new one.
    """

    method: Literal["robust", "standard", "none"] = "robust"
    per: Literal["fleet", "unit"] = "unit"
    clip: float = Field(default=50.0, gt=0, description="largest scaled magnitude, in scale units")


class ConditioningConfig(Model):
    """What is left of a sensor once its operating settings are known; learnt on the training window only.

    Attributes
    ----------
    method : ``regress`` takes out a polynomial of the settings, from readings and trailing means alike; ``modes``
        measures every feature from its usual value in the operating mode of the instant, which suits modes that last.
    settings : sensors with role ``setting``; all of them when none is named.
    degree : of the polynomial.
    modes : number of operating modes; found from the settings when not given.
    keep_settings : whether detectors see the settings as well.
    """

    method: Literal["regress", "modes"] = "regress"
    settings: tuple[Identifier, ...] = ()
    degree: int = Field(default=2, ge=1, le=3)
    modes: int | None = Field(default=None, ge=1, le=50)
    keep_settings: bool = False


class FeatureConfig(Model):
    """Which features a window has.

    Attributes
    ----------
    every : stride; one row per unit and stride. The fleet's sampling step by default (a per-sample window).
    windows : named trailing windows, such as ``1h: {length: 1h, statistics: [mean, std]}``.
    lags : durations back in time whose reading becomes a feature.
    raw : whether the reading itself is a feature.
    calendar : cyclic encodings (sine and cosine pairs) of these periods.
    scaling : fitted on the training window only.
    conditioning : takes out of the features what the operating settings explain; nothing when not given.
    """

    every: Duration | None = None
    windows: dict[str, WindowConfig] = Field(default_factory=dict)
    lags: tuple[Duration, ...] = ()
    raw: bool = True
    calendar: tuple[Literal["hour_of_day", "day_of_week", "day_of_year"], ...] = ()
    scaling: ScalingConfig = ScalingConfig()
    conditioning: ConditioningConfig | None = None

    @model_validator(mode="after")
    def _something(self) -> "FeatureConfig":
        if not (self.windows or self.lags or self.raw):
            raise ValueError("no features at all; set raw: true or name a window or a lag")
        return self
