"""How a fleet's models are trained, calibrated, watched and retrained; the doing lives in the rooms of floor 4."""

from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from .base import Duration, Identifier, Model
from .machine import MachineConfig


class TrainingWindow(Model):
    """Which windows a model may learn from; exactly one of the four.

    Attributes
    ----------
    first : the first part of the fleet's recording, such as ``14d``.
    start, end : a range of days, the end not included.
    early_life : the first part of every unit's own recording, such as ``60d`` or ``400s``.
    trailing : the latest part of the recording; what a retraining uses.
    """

    first: Duration | None = None
    start: date | None = None
    end: date | None = None
    early_life: Duration | None = None
    trailing: Duration | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "TrainingWindow":
        ways = [self.first is not None, self.start is not None or self.end is not None]
        ways += [self.early_life is not None, self.trailing is not None]
        if sum(ways) != 1 or (ways[1] and (self.start is None or self.end is None or self.start >= self.end)):
            raise ValueError("say exactly one of first, start and end (start before end), early_life, trailing")
        return self


class TrainingConfig(Model):
    """What is learnt from, and which part of it is held back to calibrate and to choose.

    Attributes
    ----------
    window : the training window.
    validation_share : the later share of it that is held back, in time order, for thresholds and promotion.
    max_rows : evenly spaced rows are taken when the fitting part is larger, to bound memory and time.
    min_windows : fewer windows than this teach nothing.
    min_coverage : the share of the training window that must have been recorded before anything is learnt.
    seed : every random choice of training comes from it.
    exclude_labelled : leave rows that labels call anomalous out of fitting and calibration.
    """

    window: TrainingWindow
    validation_share: float = Field(default=0.3, gt=0, lt=1)
    max_rows: int = Field(default=200_000, ge=100)
    min_windows: int = Field(default=100, ge=10)
    min_coverage: float = Field(default=0.5, gt=0, le=1)
    seed: int = 0
    exclude_labelled: bool = True


class DetectorConfig(Model):
    """One detector: ``kind`` is a file name in ``detectors/``, ``params`` its constructor's arguments.

    With ``condition: false`` it is given the features as they are, and the settings' beside them, where the fleet's
    are conditioned on settings; for methods that learn such dependence by themselves.
    """

    kind: Identifier
    params: dict[str, Any] = Field(default_factory=dict)
    condition: bool = True


class ThresholdConfig(Model):
    """How scores become decisions, and decisions alarms.

    Attributes
    ----------
    method : on normal windows alone ``quantile``; ``split_conformal`` (a quantile that holds for any distribution);
        ``peaks_over_threshold`` (a tail fitted beyond what was seen); ``alarm_budget`` (so many alarms per unit and
        day); ``adaptive_budget`` (moves in service so that a share of windows alarms). On labelled anomalies ``f_beta``
        (best agreement with the labels; the alarm budget where nothing is labelled).
    params : the method's arguments.
    merge_gap : anomalous windows of a unit with no more than this between them are one alarm.
    """

    method: Identifier = "alarm_budget"
    params: dict[str, Any] = Field(default_factory=dict)
    merge_gap: Duration = "1h"  # type: ignore[assignment]


class PromotionConfig(Model):
    """When a challenger replaces the champion, judged on validation only.

    ``confidence`` is that of the paired bootstrap interval whose lower bound must lie above zero, ``margin`` the mean
    difference below which a change is not worth its while (events are seen from 0 to 1);
    ``budget_tolerance`` the largest realised over budgeted alarm ratio a challenger may have; with fewer than
    ``min_events`` labelled events in validation, ``injected`` faults per unit and kind are put into the fleet's own
    clean readings instead.
    """

    confidence: float = Field(default=0.9, gt=0.5, lt=1)
    resamples: int = Field(default=500, ge=50)
    margin: float = Field(default=0.02, ge=0)
    budget_tolerance: float = Field(default=2.0, gt=0)
    min_events: int = Field(default=5, ge=1)
    injected: int = Field(default=2, ge=1)


class DriftConfig(Model):
    """When a day counts as drifted: effect sizes against the reference, never p-values.

    Attributes
    ----------
    psi, ks, wasserstein : bounds per feature (Wasserstein in reference standard deviations); a feature has drifted
        when at least two of the three are exceeded.
    share : a day has drifted when more than this share of the features has,
    score_shift : or when the median score moved by more than this many reference standard deviations (robust),
    missing : or when the share of missing readings grew by more than this.
    season : ``day_of_year`` compares a day with the training windows of its own calendar month, where there are enough.
    min_rows : fewer windows than this in a day give no verdict.
    ordinary : one day is a narrow slice of a year, and further from it than any fixed bound. So a quantity must also be
        further away than this quantile of the days of training were, as measured when the model was trained; null or
        0 leaves the fixed bounds alone.
    """

    psi: float = Field(default=0.25, gt=0)
    ks: float = Field(default=0.3, gt=0, le=1)
    wasserstein: float = Field(default=0.5, gt=0)
    share: float = Field(default=0.3, ge=0, le=1)
    score_shift: float = Field(default=2.0, gt=0)
    missing: float = Field(default=0.3, ge=0, le=1)
    season: Literal["none", "day_of_year"] = "none"
    min_rows: int = Field(default=20, ge=1)
    ordinary: float | None = Field(default=0.95, ge=0, le=1)


class RetrainingConfig(Model):
    """When models are trained again without a person asking.

    Attributes
    ----------
    drifted_days : so many drifted days in a row launch a retraining.
    cooldown : no second one within this time.
    max_age : drift in days older than this (a backfill of history) is not news and launches nothing.
    window : length of the trailing window a retraining learns from.
    schedule : cron line of the retraining that happens anyway.
    """

    drifted_days: int = Field(default=3, ge=1)
    cooldown: Duration = "7d"  # type: ignore[assignment]
    max_age: Duration = "7d"  # type: ignore[assignment]
    window: Duration = "14d"  # type: ignore[assignment]
    schedule: str = "0 4 1 1,4,7,10 *"


class OperationsConfig(Model):
    """When the platform acts by itself.

    Attributes
    ----------
    scoring : cron line (UTC) of the schedule that scores the day before; after that day's files have come.
    watch_every : time between two looks at the raw folder and at the drift verdicts.
    """

    scoring: str = "30 1 * * *"
    watch_every: Duration = "30s"  # type: ignore[assignment]


class FaultConfig(Model):
    """One injected fault of a synthetic fleet; ``share`` of the units get it.

    ``magnitude`` is in standard deviations of the sensor, for faults of a machine in multiples of its healthy noise.
    """

    kind: Identifier
    share: float = Field(default=0.25, ge=0, le=1)
    magnitude: float = Field(default=5.0, gt=0)
    duration: Duration = "6h"  # type: ignore[assignment]


class FleetDriftConfig(Model):
    """How the level of a whole synthetic fleet moves: slowly, at once, or both; no fault, and nothing is labelled.

    Attributes
    ----------
    after, per_day : from so long after the first day on, every sensor rises by so many of its scales a day.
    shift_after, shift : from so long after the first day on, every sensor lies so many of its scales higher, as after
        maintenance of all units. Both amounts may be negative.
    """

    after: Duration | None = None
    per_day: float = Field(default=0.0, allow_inf_nan=False)
    shift_after: Duration | None = None
    shift: float = Field(default=0.0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _how_much_from_when(self) -> "FleetDriftConfig":
        if (self.after is None) != (self.per_day == 0) or (self.shift_after is None) != (self.shift == 0):
            raise ValueError("say after and per_day together, and shift_after and shift together, none of them 0")
        if self.after is None and self.shift_after is None:
            raise ValueError("a drift that moves nothing; say after and per_day, or shift_after and shift")
        return self


class SimulationConfig(Model):
    """A synthetic fleet with known truth, written in the fleet's own raw format.

    Attributes
    ----------
    days : length of the recording when nobody says otherwise.
    recording : how much of every day is recorded; the whole day when not given (a test rig runs minutes a day).
    units : number of units; the last one appears late when ``late_unit`` is set.
    names : what they are called; unit_01, unit_02 and so on when nothing is said.
    levels, scales : each sensor's mean level and normal standard deviation.
    daily, seasonal : amplitudes of the daily and the yearly cycle, in scales.
    noise : share of a sensor's variance that is white noise.
    correlation : correlation between the sensors of a unit.
    modes : number of operating modes.
    faults : what goes wrong; only after ``quiet`` has passed, so that training stays clean.
    edge_cases : noisy normal unit, subtle anomaly, long gap, late unit.
    drift : how the level of the whole fleet moves; it stays when not given.
    machine : the rotating machine behind the signals of a fleet with ``waveforms``.
    """

    days: int = Field(default=30, ge=1)
    recording: Duration | None = None
    units: int = Field(default=12, ge=1)
    names: tuple[str, ...] = ()
    levels: dict[str, float] = Field(default_factory=dict)
    scales: dict[str, float] = Field(default_factory=dict)
    daily: float = 0.5
    seasonal: float = 0.5
    noise: float = Field(default=0.2, gt=0, le=1)
    correlation: float = Field(default=0.6, ge=0, lt=1)
    modes: int = Field(default=2, ge=1)
    quiet: Duration = "14d"  # type: ignore[assignment]
    faults: tuple[FaultConfig, ...] = ()
    edge_cases: tuple[Literal["noisy_normal", "subtle", "long_gap", "late_unit"], ...] = ()
    drift: FleetDriftConfig | None = None
    machine: MachineConfig | None = None
