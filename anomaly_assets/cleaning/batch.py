"""Raw readings laid out for cleaning: sorted rows, one array per sensor, and the record of what was taken out.

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
    sensors : name to readings, float64 (n_rows,); NaN is "no reading".
    not_finite : name to where the files said NaN or infinity (not nothing), boolean (n_rows,).
    quality : name to quality bits, uint8 (n_rows,).
    broken : rows that a reading was taken out of, boolean (n_rows,).
    taken : quarantine rows so far.
    """

    fleet: FleetConfig
    start: int
    frame: pl.DataFrame
    unit: np.ndarray
    time: np.ndarray
    sensors: dict[str, np.ndarray]
    not_finite: dict[str, np.ndarray]
    quality: dict[str, np.ndarray]
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
        return np.any([~np.isnan(values) for values in self.sensors.values()], axis=0)

    def take_out(self, sensor: str, rows: np.ndarray, rule: str) -> int:
        """Empty the sensor's readings where ``rows`` is true; record and count those of the asked range."""
        where = np.flatnonzero(rows & self.asked)
        if where.size:
            found = pl.Series("found", self.sensors[sensor][where]).cast(pl.String)
            record = self.frame[where].with_columns(
                found, pl.lit(sensor).alias("sensor"), pl.lit(rule).alias("rule"), pl.col("time").dt.date().alias("day")
            )
            self.taken.append(record.with_columns(pl.col("unit_id", "source_file").cast(pl.String)))
        self.sensors[sensor][rows] = np.nan
        self.broken |= rows
        return int(where.size)

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


def lay_out_asked(rows: Asked, fleet: FleetConfig) -> Batch:
    """Lay out readings whose removal nobody records: all of them are look-back, as far as quarantine is concerned."""
    names, size = list(fleet.sensors), rows.time.size
    return Batch(
        fleet=fleet,
        start=_NEVER,
        frame=pl.DataFrame(),
        unit=rows.unit,
        time=rows.time,
        sensors={name: rows.sensors[:, place].copy() for place, name in enumerate(names)},
        not_finite={},
        quality={name: np.zeros(size, dtype=np.uint8) for name in names},
        broken=np.zeros(size, dtype=bool),
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
        sensors={name: rows[name].fill_null(np.nan).to_numpy(writable=True) for name in fleet.sensors},
        not_finite={name: (~rows[name].is_finite()).fill_null(False).to_numpy() for name in fleet.sensors},
        quality={name: np.zeros(rows.height, dtype=np.uint8) for name in fleet.sensors},
        broken=np.zeros(rows.height, dtype=bool),
    )
