"""What the forecaster in force expected of every reading, one step ahead; how it does so lives in forecasting/."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from ...config import FleetConfig
from ...forecasting import Forecaster
from ...registry import ForecastBundle, forecaster_of
from ..forecast.readings import MICROSECOND, forecast_of, readings_of
from ..site import Site

EXPECTED = ("expected", "expected_spread")


def unexpected(readings: pl.DataFrame) -> pl.DataFrame:
    """Give the columns of readings (n_readings,) that nobody expected: all null."""
    return readings.select(pl.repeat(None, pl.len(), dtype=pl.Float64).alias(name) for name in EXPECTED)


@dataclass(frozen=True)
class Expecting:
    """A fleet's champion forecaster, and where the readings before a stretch lie.

    Attributes
    ----------
    site : its warehouse holds what was read before.
    fleet : whose readings are expected.
    name : of the version.
    forecaster : that version.
    test_start : readings before this instant are what it has learnt from, UTC.
    """

    site: Site
    fleet: FleetConfig
    name: str
    forecaster: Forecaster
    test_start: datetime

    @classmethod
    def of(cls, site: Site, fleet: FleetConfig) -> "Expecting | None":
        """Take the version in force; None where the fleet is not forecast, or no version is in force."""
        version = site.registry.alias(forecaster_of(fleet.fleet)) if fleet.forecast else None
        if version is None:
            return None
        bundle = site.registry.load(version.fleet, version.version, ForecastBundle)
        name = f"{version.fleet}/{version.version}"
        return cls(site, fleet, name, bundle.forecaster, bundle.test_start)

    @property
    def sensor(self) -> str:
        """The sensor that is forecast."""
        return forecast_of(self.fleet).sensor

    def beside(self, readings: pl.DataFrame) -> pl.DataFrame:
        """Expect every reading from those before it, and from what the warehouse holds of the time before the first.

        Parameters
        ----------
        readings : ``unit_id``, ``time``, ``value`` of whole units, on the sampling grid.

        Returns
        -------
        (n_readings,) ``expected`` and ``expected_spread``, in the sensor's measure; null where too little is known, or
        off the forecast's grid.
        """
        keys, step = ["unit_id", "time"], self.forecaster.step
        own = readings.filter(pl.col("time").dt.epoch("us") % step == 0)
        if own.is_empty():
            return unexpected(readings)
        told = self.forecaster.one_step(pl.concat([self._before(own), own]))
        beside = readings.select(keys).join(told, on=keys, how="left", maintain_order="left")
        return beside.select("expected", expected_spread=pl.when(pl.col("expected").is_not_null()).then("spread"))

    def _before(self, own: pl.DataFrame) -> pl.DataFrame:
        """Read what an expectation of any unit's first reading looks back on."""
        firsts = own.group_by("unit_id").agg(first=pl.col("time").min())
        begin, end = _ends(firsts["first"])
        since, units = begin - self.forecaster.lookback, firsts["unit_id"].to_list()
        past = readings_of(self.site, self.fleet, since, end + MICROSECOND, units=units)
        known = past.drop_nulls("value").join(firsts, on="unit_id")
        return known.filter(pl.col("time") < pl.col("first")).select("unit_id", "time", "value")


def _ends(moments: pl.Series) -> tuple[datetime, datetime]:
    return moments.min(), moments.max()  # type: ignore[return-value]
