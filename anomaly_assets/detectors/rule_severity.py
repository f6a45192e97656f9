"""Rule severity: four kinds of anomaly by rules that a person can check, each with a severity; the largest counts."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from ..config.severity import KINDS, Limits, SeverityRules
from ..errors import DetectorError
from .base import Detector, DetectorTags
from .columns import owned
from .hours_of_day import HOURS, learn_hours
from .telling import Told
from .typical import learn_typical

Floats = NDArray[np.float64]
_RULES = SeverityRules()

RULES, NEVER = 7, 1e12
"""Number of rules, those of a sensor's fault counted one by one; a limit that nothing reaches."""

NAMED_FIRST = ("sensor_fault", "point", "collective", "contextual")
"""Kinds of anomaly, those that explain others first."""


class RuleSeverity(Detector):
    """Largest severity over sensors and kinds of anomaly, where 0 is unremarkable and 1 is severe.

    Every kind has a number of its own, taken from a feature, and limits: severity is (number - low) / (high - low).

    ``point``         |z| of the reading against its last hour
    ``collective``    mean |z| over two hours: small oddities that don't end
    ``contextual``    distance from what is usual of this unit at this hour of the day (UTC), in usual deviations
    ``sensor_fault``  the largest of: stuck (deviation below ``stuck_factor`` of the typical one; severity by the share
                      of the window that does not change), spike (two successive jumps of opposite sign) and noise
                      (deviation), both in typical deviations, and, where it is read, how many impossible readings
                      cleaning took out. Typical is the median of the unit's training.

    Causal: the score of a window depends on its features and on what training taught. The score is not clipped, so
    that alarms can be ranked beyond 1 and thresholds found below 0; `kinds` gives the four from 0 to 1. A missing
    feature counts as 0. Assumes that features are in the sensors' units, and that training was mostly normal. A unit
    that training did not know is judged by the baseline of all units together. Blind to sensors that contradict each
    other. Costs a few operations per feature.

    A reading that leaps far and comes back at once is a sensor's fault (spike); what leaps and stays for some readings
    is a point, unless it shakes the hour so much that it is noise; what stays for hours is contextual. A sensor's
    contribution is its largest severity above 0, or above the score less 1 where that is lower still.

    Parameters
    ----------
    point, collective, contextual, spread, unchanged, reversal : names of the features to be read, such as ``z_1h``:
        z, mean_abs_z, a reading or a mean, std, unchanged and reversal. None leaves a rule out; without ``spread``
        nothing is stuck, a spike or noise.
    impossible : name of the feature that counts impossible readings, such as ``impossible_1h``; needs no ``spread``.
    point_limits, collective_limits, contextual_limits, stuck_limits, spike_limits, noise_limits, impossible_limits :
        (low, high) of each. By default one impossible reading is five times severe: nothing else is as certain.
    stuck_factor : see above.
    enough : a kind that explains the severest one is named in its place if it is at least this share as severe.
    ease : share of a unit's training windows that may exceed the low limit of a rule; where more did, both limits are
        raised in proportion. For waters whose ordinary days are wilder than a tank's. None leaves limits as they are.
    min_rows : readings from which on an hour, or a unit, has a baseline of its own; with fewer it is drawn towards that
        of the unit, or of all units.

    Attributes
    ----------
    center_, scale_ : (n_units + 1, 24, n_sensors) what is usual at each hour of the day, all units together last.
    typical_ : (n_units + 1, n_sensors) median of the deviation, NaN where it is 0.
    ease_ : (n_units + 1, n_sensors, 7) by how much the limits of point, collective, contextual, stuck, spike, noise
        and impossible are raised, 1 or more (the last is never raised); of all units together last.

    References
    ----------
    The rules and their limits are those of a published detector for dissolved oxygen in aquaculture, read by the
    minute; Leigh, C. et al. (2019), A framework for automated anomaly detection in high frequency water-quality data
    from in situ sensors, Science of the Total Environment 664, 885-898, name the same kinds for rivers.
    """

    tags = DetectorTags(
        deterministic=True, explains=True, knows_kinds=True, unscaled=True, cannot_see=("correlation_break",)
    )
    clock = True
    by_unit = True

    def __init__(
        self,
        *,
        point: str | None = "z_1h",
        collective: str | None = "mean_abs_z_2h",
        contextual: str | None = "raw",
        spread: str | None = "std_1h",
        unchanged: str | None = "unchanged_1h",
        reversal: str | None = "reversal_1h",
        impossible: str | None = None,
        point_limits: Limits = _RULES.point,
        collective_limits: Limits = _RULES.collective,
        contextual_limits: Limits = _RULES.contextual,
        stuck_factor: Annotated[float, Field(gt=0, lt=1)] = _RULES.stuck_factor,
        stuck_limits: Limits = _RULES.stuck,
        spike_limits: Limits = _RULES.spike,
        noise_limits: Limits = _RULES.noise,
        impossible_limits: Limits = _RULES.impossible,
        enough: Annotated[float, Field(gt=0, le=1)] = 0.5,
        ease: Annotated[float, Field(gt=0, lt=1)] | None = None,
        min_rows: Annotated[int, Field(ge=1)] = 30,
    ) -> None:
        self.point = point
        self.collective = collective
        self.contextual = contextual
        self.spread = spread
        self.unchanged = unchanged
        self.reversal = reversal
        self.impossible = impossible
        self.point_limits = point_limits
        self.collective_limits = collective_limits
        self.contextual_limits = contextual_limits
        self.stuck_factor = stuck_factor
        self.stuck_limits = stuck_limits
        self.spike_limits = spike_limits
        self.noise_limits = noise_limits
        self.impossible_limits = impossible_limits
        self.enough = enough
        self.ease = ease
        self.min_rows = min_rows

    @property
    def needs(self) -> tuple[str, ...]:  # type: ignore[override]  # what rules read, not a parameter
        """Features that every sensor must have."""
        rules = (self.point, self.collective, self.contextual)
        faults = (self.spread, self.unchanged, self.reversal) if self.spread else ()
        return tuple(dict.fromkeys(name for name in (*rules, *faults, self.impossible) if name))

    @property
    def statistics(self) -> tuple[str, ...] | None:  # type: ignore[override]
        """Features that take part."""
        if not self.needs:
            raise DetectorError("every rule is left out", remedy="name the feature of at least one")
        return self.needs

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        unit, days, units = matrix[:, 0].astype(np.int64), matrix[:, 1], len(self.units_)
        usual, spread = _read(self.contextual, matrix, names), _read(self.spread, matrix, names)
        hours = learn_hours(usual, days, unit, units, self.min_rows)
        self.center_, self.scale_ = hours.center, hours.scale
        self.typical_ = learn_typical(spread, unit, units, self.min_rows)
        self.ease_ = np.ones((*self.typical_.shape, RULES))
        if self.ease is not None:
            self.ease_ = self._eased(matrix, names)

    def tell(self, X: pl.DataFrame) -> Told:
        """Tell score, kinds (n_windows, 4) and the kind that the score comes from; see `Detector.tell`.

        Named is, of the sensor that the score comes from, the first of `NAMED_FIRST` that is at least ``enough`` times
        as severe as the severest kind, all taken from 0 to 1: a broken sensor says nothing of the context, and a leap
        explains why a reading is unusual at its hour.
        """
        parts = [_told(self._severity(block), self.enough) for block in self._blocks(X, self._fitted_columns())]
        nothing = _told(np.empty((1, len(KINDS), 0)), self.enough)
        score, found, named = (np.concatenate(part, axis=-1) for part in zip(nothing, *parts, strict=True))
        kinds = pl.DataFrame([pl.Series(name, column) for name, column in zip(KINDS, found, strict=True)])
        return Told(score, kinds, pl.Series(NAMED_FIRST, dtype=pl.String).gather(named))

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        return self._severity(matrix).max(axis=(0, 1))

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        own = self._severity(matrix).max(axis=1).T
        least = np.minimum(own.max(axis=1, keepdims=True) - 1.0, 0.0)
        return np.maximum(own - least, 0.0)

    def _severity(self, matrix: np.ndarray) -> Floats:
        """Unclipped severity of each sensor, kind and window, (n_sensors, 4, n_windows)."""
        return self._judged(matrix, self.feature_names_in_, self._limits())

    def _limits(self) -> Floats:
        rules = (self.point_limits, self.collective_limits, self.contextual_limits)
        faults = (self.stuck_limits, self.spike_limits, self.noise_limits, self.impossible_limits)
        return np.array([*rules, *faults], dtype=np.float64)

    def _judged(self, matrix: np.ndarray, features: tuple[str, ...], limits: Floats) -> Floats:
        from .rule_kernel import judge

        out = np.empty((self.typical_.shape[1], len(KINDS), len(matrix)))
        learnt = map(np.ascontiguousarray, (self.center_, self.scale_, self.typical_, self.ease_))
        table = np.ascontiguousarray(matrix.T)
        judge(table, self._places(features), *learnt, limits, self.stuck_factor, out)
        return out

    def _eased(self, matrix: np.ndarray, names: tuple[str, ...]) -> Floats:
        """Find out by how much limits are to be raised; rules that are judged as one are asked one by one."""
        ease, unit = self.ease_.copy(), matrix[:, 0].astype(np.int64)
        for rule in range(RULES):
            limits = np.tile((NEVER, 2 * NEVER), (RULES, 1))
            limits[rule] = (0.0, 1.0)
            numbers = self._judged(matrix, names, limits)[:, min(rule, len(KINDS) - 1)].T
            low = self._limits()[rule, 0]
            for place in range(len(ease)):
                rows = unit == place if place < len(self.units_) else np.ones(len(unit), dtype=bool)
                if low > 0 and np.count_nonzero(rows) >= self.min_rows:
                    reached = np.quantile(numbers[rows], 1.0 - self.ease, axis=0) / low  # type: ignore[operator]
                    ease[place, :, rule] = np.maximum(reached, 1.0)
        return ease

    def _places(self, features: tuple[str, ...]) -> NDArray[np.int64]:
        """Columns that each sensor's rules read, (n_sensors, 7), -1 for a rule that is left out."""
        faults = (self.unchanged, self.reversal) if self.spread else (None, None)
        return _found(features, (self.point, self.collective, self.contextual, self.spread, *faults, self.impossible))

    def _check_state(self) -> None:
        units, sensors = len(self.units_) + 1, len(owned(self.feature_names_in_))
        if self.center_.shape != (units, HOURS, sensors) or self.scale_.shape != self.center_.shape:
            raise ValueError("what is usual is not one row for each unit and hour of the day")
        if self.typical_.shape != (units, sensors) or (self.scale_ <= 0).any() or (self.typical_ <= 0).any():
            raise ValueError("typical deviations are not one above 0 for each unit and sensor")
        if self.ease_.shape != (units, sensors, RULES) or not (self.ease_ >= 1).all():
            raise ValueError("limits are not raised by 1 or more for each unit, sensor and rule")
        super()._check_state()


@lru_cache(maxsize=8)
def _found(features: tuple[str, ...], rules: tuple[str | None, ...]) -> NDArray[np.int64]:
    names = {name: place + 2 for place, name in enumerate(features)}
    return np.array([[names[f"{sensor}__{rule}"] if rule else -1 for rule in rules] for sensor in owned(features)])


def _read(feature: str | None, matrix: np.ndarray, names: tuple[str, ...]) -> Floats:
    """One feature of every sensor, (n_windows, n_sensors), NaN where missing; the unit and the clock stand before."""
    sensors = owned(names)
    if feature is None:
        return np.full((len(matrix), len(sensors)), np.nan)
    return matrix[:, [names.index(f"{sensor}__{feature}") + 2 for sensor in sensors]]


def _told(severity: Floats, enough: float) -> tuple[np.ndarray, ...]:
    """Score, kinds from 0 to 1 (4, n_windows) and places in `NAMED_FIRST`, from (n_sensors, 4, n_windows)."""
    from .rule_kernel import tell

    rows, order = severity.shape[-1], np.array([KINDS.index(kind) for kind in NAMED_FIRST])
    score, kinds, named = np.empty(rows), np.empty((len(KINDS), rows)), np.empty(rows, dtype=np.int64)
    tell(severity, order, enough, score, kinds, named)
    return score, kinds, named
