"""How wrong forecasts were when nothing had happened: the backtest, as a measure for the days that come.

It travels with the forecaster. Comparing days with it belongs in forecast_errors.py.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from ..config import ForecastWatch
from .ordinary import covering

_ERRORS = pl.Schema({"unit_id": pl.String, "horizon_day": pl.Int64, "rmse": pl.Float64, "readings": pl.Int64})
_SQUARED = (pl.col("forecast") - pl.col("value")) ** 2


@dataclass(frozen=True, eq=False)
class ForecastBaseline:
    """What a forecaster's errors were when it was learnt.

    Attributes
    ----------
    errors : ``unit_id`` (null: all units together), ``horizon_day``, ``rmse`` in the sensor's unit, ``readings`` that
        it was taken from.
    ordinary : what a share of the days of the backtest stayed within, as multiples of ``errors``; None where no day had
        enough readings, or nobody asked.
    """

    errors: pl.DataFrame
    ordinary: float | None = None

    @classmethod
    def of(cls, backtest: pl.DataFrame, watch: ForecastWatch, unusual: Collection[date] = ()) -> "ForecastBaseline":
        """Measure a backtest.

        Parameters
        ----------
        backtest : ``part`` (validation, test), ``unit_id``, ``time``, ``horizon_day``, ``forecaster``, ``value``, as
            in ``Report.forecasts``. Errors are those of the test part, which nothing was chosen by; of validation where
            the test part has none. Ordinary days are those of both.
        watch : the share of days, and the readings that a unit's day needs.
        unusual : days that say nothing, such as those whose drift is why there is a new forecaster.
        """
        known = backtest.rename({"forecaster": "forecast"}).filter(
            pl.col("forecast").is_not_null(),
            pl.col("value").is_not_null(),
            ~pl.col("time").dt.date().is_in(list(unusual)),
        )
        tests = known.filter(part="test")
        made = cls(_errors(tests if tests.height else known))
        ratios = fleet_ratios(unit_ratios(made.beside(known), ["day", "unit_id"], watch.min_readings), ["day"])
        days = ratios["ratio"].drop_nulls().to_numpy()
        ordinary = covering(days, watch.ordinary) if watch.ordinary and len(days) else None
        return cls(made.errors, ordinary)

    def beside(self, forecasts: pl.DataFrame) -> pl.DataFrame:
        """Put the UTC ``day`` and ``baseline``, the usual error of that unit so far ahead, beside forecasts.

        A unit that the backtest did not know, or that never moved in it, has the usual error of all units together;
        null where there is none either.
        """
        told = self.errors.filter(pl.col("rmse") > 0).select("unit_id", "horizon_day", "rmse")
        own = told.filter(pl.col("unit_id").is_not_null()).rename({"rmse": "baseline"})
        fleet = told.filter(pl.col("unit_id").is_null()).select("horizon_day", fleet="rmse")
        joined = forecasts.join(own, on=["unit_id", "horizon_day"], how="left").join(
            fleet, on="horizon_day", how="left"
        )
        day, usual = pl.col("time").dt.date().alias("day"), pl.coalesce("baseline", "fleet").alias("baseline")
        return joined.with_columns(day, usual).drop("fleet")

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, lists and dictionaries; `from_json` gives back exactly the same values."""
        return {"errors": self.errors.to_dict(as_series=False), "ordinary": self.ordinary}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "ForecastBaseline":
        """Rebuild what `to_json` wrote."""
        return cls(**document | {"errors": pl.DataFrame(document["errors"], schema=_ERRORS)})


def unit_ratios(beside: pl.DataFrame, keys: list[str], min_readings: int) -> pl.DataFrame:
    """Give the root mean square of errors in multiples of the usual ones, alike for all horizon days.

    Parameters
    ----------
    beside : what `ForecastBaseline.beside` gives, with readings.
    keys : what is told apart, ``unit_id`` among it.
    min_readings : with fewer of them the ratio is null.
    """
    ratio = (_SQUARED / pl.col("baseline") ** 2).mean().sqrt()
    enough = pl.col("baseline").is_not_null().sum() >= min_readings
    return beside.group_by(keys).agg(ratio=pl.when(enough).then(ratio))


def fleet_ratios(ratios: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Give the median over units; of an even number the lower middle, so that one of two probes speaks for nobody."""
    return ratios.group_by(keys).agg(pl.col("ratio").drop_nulls().quantile(0.5, "lower"))


def _errors(known: pl.DataFrame) -> pl.DataFrame:
    rmse = {"rmse": _SQUARED.mean().sqrt(), "readings": pl.len()}
    units = known.group_by("unit_id", "horizon_day").agg(**rmse)
    fleet = known.group_by("horizon_day").agg(**rmse).with_columns(unit_id=pl.lit(None, pl.String))
    parts = [part.select(_ERRORS.names()).cast(_ERRORS) for part in (fleet, units)]
    return pl.concat(parts).sort("unit_id", "horizon_day", nulls_last=False)
