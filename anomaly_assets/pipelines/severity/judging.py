"""Rows of the report: every reading of a sensor with its severities; the rules themselves live in features/severity/.

Not causal: what is usual is learnt from the very stretch that is judged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...config import format_duration
from ...config.severity import KINDS, SeverityRules
from ...detectors.rule_severity import NAMED_FIRST
from ...features.severity import whole_series_severity
from ...features.windows import needed_readings, window_width
from .expecting import EXPECTED, Expecting, unexpected
from .stretch import Stretch

HOUR = timedelta(hours=1)
SEVERITIES = (*KINDS, "severity")
"""Columns from 0 to 1."""

COLUMNS = pl.Schema(
    {"unit_id": pl.String(), "time": pl.Datetime("us", "UTC"), "sensor": pl.String(), "value": pl.Float64()}
    | {name: pl.Float64() for name in SEVERITIES}
    | {"anomaly_kind": pl.String()}
    | {name: pl.Float64() for name in EXPECTED}
)
"""What is written, one row per reading and sensor."""

FEW = "too_few_before"
"""Beside them while rows are counted: whether the trailing window held too few readings to judge by."""


@dataclass(frozen=True)
class Rules:
    """What counts as how severe.

    Attributes
    ----------
    window : trailing window of the rules, twice as long for collective anomalies.
    min_share : share of a window's instants that must have been read; with fewer only contextual can be above 0.
    limits : where severity is 0 and where it is 1.
    """

    window: timedelta
    min_share: float = 0.5
    limits: SeverityRules = field(default_factory=SeverityRules)

    @classmethod
    def of(
        cls,
        sampling: timedelta,
        window: timedelta | None = None,
        *,
        steps: int = 24,
        usual: timedelta = HOUR,
        **others: Any,
    ) -> "Rules":
        """Take the published window, or so many steps where that holds fewer: of 4 readings none can be far off."""
        return cls(max(usual, steps * sampling) if window is None else window, **others)

    def told(self) -> dict[str, Any]:
        """Tell them as JSON does."""
        spans = {"window": self.window, "collective_window": 2 * self.window}
        named = {name: format_duration(span) for name, span in spans.items()}
        return named | {"min_share": self.min_share} | self.limits.model_dump(mode="json", exclude={"impossible"})


def judged(
    stretch: Stretch, sensors: Sequence[str], rules: Rules, expecting: Expecting | None
) -> Iterator[pl.DataFrame]:
    """Judge every reading of a stretch: frames of ``COLUMNS`` and ``FEW``, whole units, by unit, sensor and time.

    Imputed readings are no readings. Where units are cut into parts changes no number.
    """
    order, done, whole = pl.Enum(sensors), 0, sum(stretch.rows.values())
    for units in stretch.parts(len(sensors)):
        stretch.site.tell(f"{stretch.fleet.fleet}: judging", done, whole)
        read = stretch.read(units, sensors)
        found = pl.concat([_of_sensor(stretch, read, sensor, rules, expecting) for sensor in sensors])
        if len(sensors) > 1:
            found = found.sort("unit_id", pl.col("sensor").cast(order), "time")
        yield found
        done += read.height
    stretch.site.tell(f"{stretch.fleet.fleet}: judging", whole, whole)


def _of_sensor(
    stretch: Stretch, read: pl.DataFrame, sensor: str, rules: Rules, expecting: Expecting | None
) -> pl.DataFrame:
    readings = read.select("unit_id", "time", value=pl.col(sensor)).drop_nulls("value").sort("unit_id", "time")
    if readings.is_empty():
        return pl.DataFrame(schema=COLUMNS | {FEW: pl.Boolean()})
    sampling = stretch.fleet.sampling
    told = whole_series_severity(readings, sampling, rules.limits, window=rules.window, min_share=rules.min_share)
    asked = expecting is not None and expecting.sensor == sensor
    ahead = expecting.beside(readings) if expecting is not None and asked else unexpected(readings)
    frame = readings.hstack(told.select(SEVERITIES)).hstack(ahead)
    few = pl.Series(FEW, _few(readings, sampling, rules))
    return frame.with_columns(_named(), few, sensor=pl.lit(sensor)).select(*COLUMNS, FEW)


def _named() -> pl.Expr:
    """Name the severest kind, of several alike the one that explains the others; null where nothing is severe."""
    kinds = [pl.when(pl.col(kind) == pl.col("severity")).then(pl.lit(kind)) for kind in NAMED_FIRST]
    return pl.when(pl.col("severity") > 0).then(pl.coalesce(kinds)).alias("anomaly_kind")


def _few(readings: pl.DataFrame, sampling: timedelta, rules: Rules) -> NDArray[np.bool_]:
    width = window_width(rules.window, sampling)
    place = readings["time"].to_physical().to_numpy() // (sampling // timedelta(microseconds=1))
    unit = readings["unit_id"].rle_id().to_numpy().astype(np.int64)
    key = unit * (place.max() - place.min() + width + 1) + place - place.min()
    oldest = np.searchsorted(key, key - width, side="right")
    return np.arange(1, len(key) + 1) - oldest < needed_readings(rules.min_share, width)
