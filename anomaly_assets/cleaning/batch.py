"""Raw readings laid out for cleaning: sorted rows, all sensors beside each other, and the record of what was taken out.

Only the layout and the one way to take a reading out live here; every judgement has its own module.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
import polars as pl

from ..config import FleetConfig
from ..contracts import quarantine, raw_readings

MICROSECOND = timedelta(microseconds=1)


def microseconds(span: timedelta) -> int:
    """Length of a duration in whole microseconds."""
    return span // MICROSECOND


def epoch(instant: datetime) -> int:
    """Microseconds since the Unix epoch; an instant without a zone is UTC."""
    return microseconds((instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC))


@dataclass
class Batch:
    """Readings under judgement, sorted by unit, time, source file and source row.

    Attributes
    ----------
    fleet : the fleet the readings belong to.
    start : first instant of the range asked for, in microseconds since the epoch; earlier rows are look-back.
    frame : n_rows; unit_id (Enum), time, source_file (Enum), source_row.
    unit : codes of the units, int64 (n_rows,).
    time : microseconds since the epoch, int64 (n_rows,).
    sensors : readings, float64 (n_sensors, n_rows), sensors in the fleet's order; NaN is "no reading".
    not_finite : where the files said NaN or infinity (not nothing), boolean (n_sensors, n_rows); none of any sensor
        where it is known that they did not.
    quality : quality bits, uint8 (n_sensors, n_rows).
    broken : rows that a reading was taken out of, boolean (n_rows,).
    taken : quarantine rows so far.
    """

    fleet: FleetConfig
    start: int
    frame: pl.DataFrame
    unit: np.ndarray
    time: np.ndarray
    sensors: np.ndarray
    not_finite: np.ndarray
    quality: np.ndarray
    broken: np.ndarray
    taken: list[pl.DataFrame] = field(default_factory=list)

    @property
    def units(self) -> list[str]:
        """The unit of each code."""
        return self.frame["unit_id"].dtype.categories.to_list()  # type: ignore[attr-defined]

    @cached_property
    def asked(self) -> np.ndarray:
        """Rows of the range asked for, boolean (n_rows,); look-back rows belong to an earlier range."""
        return self.time >= self.start

    def speaking(self) -> np.ndarray:
        """Rows in which some sensor has a reading now, boolean (n_rows,)."""
        return ~np.isnan(self.sensors).all(axis=0)

    def take_out(self, readings: np.ndarray, rule: str) -> int:
        """Empty the readings where (n_sensors, n_rows) is true; record and count those of the asked range."""
        taken = 0
        for place in np.flatnonzero(readings.any(axis=1)):
            where = np.flatnonzero(readings[place] & self.asked)
            self._record(int(place), where, rule)
            taken += where.size
        self.sensors[readings] = np.nan
        self.broken |= readings.any(axis=0)
        return taken

    def _record(self, place: int, where: np.ndarray, rule: str) -> None:
        if not where.size:
            return
        sensor = list(self.fleet.sensors)[place]
        found = pl.Series("found", self.sensors[place][where]).cast(pl.String)
        record = self.frame[where].with_columns(
            found, pl.lit(sensor).alias("sensor"), pl.lit(rule).alias("rule"), pl.col("time").dt.date().alias("day")
        )
        self.taken.append(record.with_columns(pl.col("unit_id", "source_file").cast(pl.String)))

    def quarantined(self) -> pl.DataFrame:
        """Everything taken out, in the quarantine table's columns, in a fixed order."""
        table = quarantine(self.fleet)
        if not self.taken:
            return table.empty()
        order = ["time", "unit_id", "sensor", "source_file", "source_row", "rule"]
        return table.align(pl.concat(self.taken)).sort(order)


@dataclass(frozen=True)
class Asked:
    """Readings that came in requests, in order of unit, then of time, then as they came.

    Attributes
    ----------
    unit : codes of the units, 0 to n_units - 1, int64 (n_rows,).
    time : microseconds since the epoch, int64 (n_rows,).
    sensors : readings, float64 (n_rows, n_sensors) in the fleet's order; NaN is "no reading".
    until : (n_units,) microseconds up to which each unit's silence is known.
    """

    unit: np.ndarray
    time: np.ndarray
    sensors: np.ndarray
    until: np.ndarray


_NEVER = np.iinfo(np.int64).max
_NOBODY = pl.DataFrame()


def lay_out_asked(rows: Asked, fleet: FleetConfig) -> Batch:
    """Lay out readings whose removal nobody records: all of them are look-back, as far as quarantine is concerned."""
    readings = rows.sensors.T.copy()
    return Batch(
        fleet=fleet,
        start=_NEVER,
        frame=_NOBODY,
        unit=rows.unit,
        time=rows.time,
        sensors=readings,
        not_finite=np.empty((0, rows.time.size), dtype=bool),
        quality=np.zeros(readings.shape, dtype=np.uint8),
        broken=np.zeros(rows.time.size, dtype=bool),
    )


def lay_out(readings: pl.DataFrame, fleet: FleetConfig, start: int, end: int) -> Batch:
    """Sort readings before ``end`` and lay them out; units and files get codes in alphabetical order."""
    aligned = raw_readings(fleet).align(readings)
    rows = aligned.filter(pl.col("time").dt.epoch("us") < end).with_columns(
        pl.col(name).cast(pl.Enum(aligned[name].unique().sort())) for name in ("unit_id", "source_file")
    )
    rows = rows.sort(["unit_id", "time", "source_file", "source_row"])
    return Batch(
        fleet=fleet,
        start=start,
        frame=rows.select("unit_id", "time", "source_file", "source_row"),
        unit=rows["unit_id"].to_physical().to_numpy().astype(np.int64),
        time=rows["time"].dt.epoch("us").to_numpy(),
        sensors=np.vstack([rows[name].fill_null(np.nan).to_numpy() for name in fleet.sensors]),
        not_finite=np.vstack([(~rows[name].is_finite()).fill_null(False).to_numpy() for name in fleet.sensors]),
        quality=np.zeros((len(fleet.sensors), rows.height), dtype=np.uint8),
        broken=np.zeros(rows.height, dtype=bool),
    )
