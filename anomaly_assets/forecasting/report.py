"""What learning a forecaster found out: the values that a face shows and a registry keeps."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl


@dataclass(frozen=True)
class Report:
    """What was learnt from, what was chosen and how well it does.

    Attributes
    ----------
    backtest : ``part`` (validation, test), ``strategy`` (``forecaster`` is what is in force, with its shrinking towards
        the naive forecast; the plain strategies; ``last_value``, ``daily_naive``, ``weekly_naive``), ``unit_id`` (null:
        all units together), ``horizon_day`` (1 is the first; null: all days together), ``measure`` (``mae``, ``rmse``,
        ``mase``, ``skill`` = 1 - rmse / rmse of the best naive forecast, ``coverage_80`` and so on), ``value``,
        ``readings`` (forecasts that had a reading to be compared with).
    forecasts : the forecasts in force of both parts beside the readings: ``part``, the columns of
        ``Forecaster.forecast``, ``value``.
    grid : ``strategy``, ``learning_rate``, ``max_depth``, ``mae``, ``rmse`` on validation.
    strategy : the winner of the backtest on validation, in force.
    chosen : settings of each strategy's model.
    splits : ``start``, ``validation_start``, ``test_start``, ``end`` of the recording.
    severity_cutoff : rows above it were left out of training; null where there is no severity.
    severity_median : the median severity of training; null where there is none.
    rows : how many rows each model learnt from.
    left_out : share of training rows left out as anomalous.
    """

    backtest: pl.DataFrame
    forecasts: pl.DataFrame
    grid: pl.DataFrame
    strategy: str
    chosen: dict[str, dict[str, float]]
    splits: dict[str, datetime]
    severity_cutoff: float | None
    severity_median: float | None
    rows: dict[str, int]
    left_out: float

    def measured(self, measure: str, *, part: str = "validation", strategy: str = "forecaster") -> float:
        """One measure over all units and horizon days; NaN where it could not be taken."""
        rows = self.backtest.filter(
            pl.col("unit_id").is_null(),
            pl.col("horizon_day").is_null(),
            part=part,
            strategy=strategy,
            measure=measure,
        )
        return float(rows["value"][0]) if len(rows) and rows["value"][0] is not None else float("nan")

    def described(self) -> dict[str, Any]:
        """Everything but the frames, as JSON would hold it: instants in ISO 8601, null where nothing was measured."""
        return {
            "strategy": self.strategy,
            "chosen": self.chosen,
            "splits": {name: when.isoformat() for name, when in self.splits.items()},
            "severity_cutoff": self.severity_cutoff,
            "severity_median": self.severity_median,
            "rows": self.rows,
            "left_out": self.left_out,
            **{f"{part}_rmse": _told(self.measured("rmse", part=part)) for part in ("validation", "test")},
        }


def _told(value: float) -> float | None:
    return value if math.isfinite(value) else None
