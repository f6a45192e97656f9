"""Centre and scale of features, per unit and for the whole fleet; applying and remembering them is scaling.py."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from .moments import FloatArray

Method = Literal["robust", "standard", "none"]
MAD_TO_SIGMA = 1.4826  # makes the median absolute deviation estimate sigma for normal readings


@dataclass(frozen=True)
class Estimate:
    """Centre, scale and count of values, each (groups, features); NaN centre where there was no value."""

    centre: FloatArray
    scale: FloatArray
    count: FloatArray


def estimate_units(
    features: pl.DataFrame, columns: Sequence[str], method: Method, floor: float
) -> tuple[list[str], Estimate]:
    """One estimate per unit, units in alphabetical order; scale 0 where a feature did not vary (see `_varying`)."""
    found = features.group_by("unit_id").agg(_measures(columns, method)).sort("unit_id")
    return found["unit_id"].to_list(), _arranged(found, columns, floor)


def estimate_fleet(features: pl.DataFrame, columns: Sequence[str], method: Method, floor: float) -> Estimate:
    """One estimate over all rows, groups = 1; a feature that did not vary gets the scale of `constant_scale`."""
    found = _arranged(features.select(_measures(columns, method)), columns, floor)
    return replace(found, scale=np.where(found.scale > 0, found.scale, constant_scale(found.centre)))


def constant_scale(centre: FloatArray) -> FloatArray:
    """Scale of a feature that never varied: 1 in its own unit, or |centre| where that is smaller and not 0.

    So a change of such a feature scores by its size in its unit, and a feature of tiny numbers by its multiples.
    """
    magnitude = np.abs(centre)
    return np.where((magnitude > 0) & (magnitude < 1), magnitude, 1.0)


def _measures(columns: Sequence[str], method: Method) -> list[pl.Expr]:
    measures = []
    for column in columns:
        value = pl.col(column).fill_nan(None)
        centre = value.median() if method == "robust" else value.mean()
        spread = MAD_TO_SIGMA * (value - centre).abs().median() if method == "robust" else value.std()
        measures += [
            centre.alias(f"{column}/centre"),
            spread.alias(f"{column}/spread"),
            value.std().alias(f"{column}/std"),
            value.count().alias(f"{column}/count"),
        ]
    return measures


def _arranged(found: pl.DataFrame, columns: Sequence[str], floor: float) -> Estimate:
    def table(measure: str) -> FloatArray:
        chosen = [pl.col(f"{column}/{measure}").cast(pl.Float64).fill_null(np.nan) for column in columns]
        numbers = found.select(chosen).to_numpy().reshape(found.height, len(columns))
        return np.where(np.isfinite(numbers), numbers, np.nan)  # squares of huge values overflow

    centre = table("centre")
    spread, deviation = (_varying(table(measure), centre, floor) for measure in ("spread", "std"))
    return Estimate(centre, np.where(spread > 0, spread, deviation), table("count"))


def _varying(scale: FloatArray, centre: FloatArray, floor: float) -> FloatArray:
    """The scale, or 0 where it is no more than `floor` x |centre|: rounding, not variation."""
    return np.where(scale > floor * np.abs(centre), scale, 0.0)
