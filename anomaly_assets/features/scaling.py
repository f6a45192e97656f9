"""The scaler that travels with a model: fitted on training windows only, exact through JSON."""

import math
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import polars as pl

from ..errors import FeatureError
from .moments import FloatArray
from .scale_estimates import Method, estimate_fleet, estimate_units

_KEYS = ("unit_id", "window_start", "window_end")


class Scaler:
    """Features as distances from their usual value, in units of their usual variation.

    ``robust`` measures with median and 1.4826 x MAD, falling back to the standard deviation (ddof = 1) where more than
    half the values are equal; ``standard`` with mean and standard deviation; ``none`` leaves values alone.

    A scale no larger than ``floor`` x |centre| is rounding and counts as no variation. A feature that did not vary in
    one unit takes the fleet's scale about the unit's own centre; one that varied nowhere takes 1 (|centre| where that
    is smaller and not 0), so that a later change shows and is finite.

    Parameters
    ----------
    method : see above.
    per : ``unit`` gives every unit its own centre and scale, and the fleet's to a unit that training did not know or
        knew by fewer than ``min_rows`` values of that feature; ``fleet`` gives all units the fleet's.
    clip : largest magnitude given out, in scale units; not applied by ``none``.
    min_rows : values of a feature that a unit needs for a scale of its own.
    floor : smallest scale, as a share of |centre|, that counts as variation.
    """

    def __init__(
        self,
        *,
        method: Method = "robust",
        per: str = "unit",
        clip: float = 50.0,
        min_rows: int = 30,
        floor: float = 1e-9,
    ) -> None:
        self.method, self.per, self.clip, self.min_rows, self.floor = method, per, clip, min_rows, floor
        self.columns: tuple[str, ...] = ()
        self.units: tuple[str, ...] = ()
        self._centre: FloatArray = np.empty((0, 0))  # (units + 1, columns), the fleet in the last row
        self._scale: FloatArray = np.empty((0, 0))

    def fit(self, features: pl.DataFrame, columns: Sequence[str]) -> Self:
        """Learn centre and scale of the columns from training windows (rows of contracts.features).

        Raises
        ------
        FeatureError
            If a column is missing or there is no row.
        """
        _require(features, ["unit_id", *columns])
        if not features.height:
            raise FeatureError("there are no windows to learn a scale from", remedy="choose a longer training window")
        self.columns, self.units = tuple(columns), ()
        fleet = estimate_fleet(features, columns, self.method, self.floor)
        self._centre, self._scale = fleet.centre, fleet.scale
        if self.per == "unit":
            self._learn_units(features)
        if self.method == "none":
            self._centre, self._scale = np.zeros_like(self._centre), np.ones_like(self._scale)
        return self

    def _learn_units(self, features: pl.DataFrame) -> None:
        names, own = estimate_units(features, self.columns, self.method, self.floor)
        known = own.count >= self.min_rows
        centre = np.where(known, own.centre, self._centre)
        scale = np.where(known & (own.scale > 0), own.scale, self._scale)
        self.units = tuple(names)
        self._centre, self._scale = np.vstack([centre, self._centre]), np.vstack([scale, self._scale])

    def transform(self, features: pl.DataFrame, *, gaps: bool = False) -> pl.DataFrame:
        """Scale windows row by row.

        Returns
        -------
        unit_id, window_start, window_end and the fitted columns as Float64, never null, NaN or infinite: a missing
        value, or any value of a feature that training never saw, is 0.0, the neutral value; NaN with ``gaps``.

        Raises
        ------
        FeatureError
            If the scaler is not fitted or a column is missing.
        """
        if not self.columns:
            raise FeatureError("the scaler is not fitted", remedy="call fit, or load one with from_json")
        _require(features, [*_KEYS, *self.columns])
        row = self._rows(features["unit_id"])
        unknown = np.nan if gaps else 0.0
        scaled = [self._scaled(features[name], row, place, unknown) for place, name in enumerate(self.columns)]
        return features.select(_KEYS).hstack(scaled)

    def unscaled(self, scaled: pl.DataFrame) -> pl.DataFrame:
        """Say scaled values in the features' own units again; what was clipped stays clipped.

        Parameters
        ----------
        scaled : unit_id and some of the fitted columns, as `transform` gives them or as a detector expects them.

        Returns
        -------
        Those columns, Float64; null where training never saw a value of the feature. A row depends on itself alone, to
        the last bit.

        Raises
        ------
        FeatureError
            If a column is not one that was fitted.
        """
        asked = [name for name in scaled.columns if name not in _KEYS]
        unknown = [name for name in asked if name not in self.columns]
        if unknown:
            raise FeatureError("columns were not scaled by this scaler", found=", ".join(unknown))
        row = self._rows(scaled["unit_id"])
        place = {name: self.columns.index(name) for name in asked}
        return pl.DataFrame([self._unscaled(scaled[name], row, place[name]) for name in asked])

    def usual(self, windows: pl.DataFrame) -> pl.DataFrame | None:
        """Give the usual value of every fitted column for each window's unit, in the features' own units.

        Null where training never saw the feature; None for the method ``none``, which has learnt no usual values.
        """
        if self.method == "none":
            return None
        row = self._rows(windows["unit_id"])
        named = zip(self.columns, self._centre.T, strict=True)
        return pl.DataFrame([pl.Series(name, centre[row], nan_to_null=True) for name, centre in named])

    def _unscaled(self, values: pl.Series, row: Any, place: int) -> pl.Series:
        numbers = values.cast(pl.Float64).to_numpy() * self._scale[:, place][row] + self._centre[:, place][row]
        return pl.Series(values.name, numbers, nan_to_null=True)

    def _rows(self, unit: pl.Series) -> Any:
        """Row of the tables for every window: its unit's, or the fleet's."""
        table = pl.DataFrame({"unit_id": self.units, "row": range(len(self.units))}, schema=_TABLE)
        found = unit.to_frame("unit_id").join(table, on="unit_id", how="left", maintain_order="left")["row"]
        return found.fill_null(len(self.units)).to_numpy()

    def _scaled(self, values: pl.Series, row: Any, place: int, unknown: float) -> pl.Series:
        scaled = values.cast(pl.Float64).to_numpy() - self._centre[:, place][row]
        scaled /= self._scale[:, place][row]
        if self.method != "none":
            np.clip(scaled, -self.clip, self.clip, out=scaled)
        scaled[~np.isfinite(scaled)] = unknown
        return pl.Series(values.name, scaled)

    def to_json(self) -> dict[str, Any]:
        """Everything needed to scale alike elsewhere; numbers survive json.dumps and json.loads to the last bit."""
        tables = {"centre": self._centre, "scale": self._scale}
        written = {name: _listed(table) for name, table in tables.items()}
        options = {name: getattr(self, name) for name in _OPTIONS}
        return {**options, "columns": list(self.columns), "units": list(self.units), **written}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        FeatureError
            If a key is missing or the tables don't fit the units and columns.
        """
        try:
            scaler = cls(**{name: document[name] for name in _OPTIONS})
            scaler.columns, scaler.units = tuple(document["columns"]), tuple(document["units"])
            scaler._centre, scaler._scale = (np.array(document[key], dtype=np.float64) for key in ("centre", "scale"))
        except (KeyError, TypeError, ValueError) as error:
            raise FeatureError("this is no saved scaler", found=repr(error), remedy="fit and save it again") from error
        expected = (len(scaler.units) + 1, len(scaler.columns))
        if {scaler._centre.shape, scaler._scale.shape} != {expected}:
            raise FeatureError("the saved scaler's tables have a wrong shape", expected=expected)
        return scaler


_OPTIONS = ("method", "per", "clip", "min_rows", "floor")
_TABLE = {"unit_id": pl.String, "row": pl.Int64}


def missing_share(features: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """Share of the columns that are null in each row, (windows,), 0 to 1."""
    _require(features, columns)
    if not columns:
        return pl.zeros(features.height, pl.Float64, eager=True).alias("missing_share")
    missing = pl.mean_horizontal(pl.col(columns).is_null().cast(pl.Float64))
    return features.select(missing.alias("missing_share"))["missing_share"]


def _listed(table: FloatArray) -> list[list[float | None]]:
    return [[None if math.isnan(number) else number for number in row] for row in table.tolist()]


def _require(features: pl.DataFrame, columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in features.columns]
    if missing:
        raise FeatureError("columns are missing", found=", ".join(features.columns), expected=", ".join(missing))
