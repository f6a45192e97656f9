"""Tennessee Eastman process: ``dNN.dat`` (training) and ``dNN_te.dat`` (test) of fault NN, 52 variables, no header.

Every row is one sample of three minutes, and every file a recording of its own; ``d00.dat`` is published on its side,
52 lines of 500 samples. Variables are called ``xmeas_1`` to ``xmeas_41`` and ``xmv_1`` to ``xmv_11``. Fault 00 is
normal operation. A test file of another fault is normal for eight hours, 160 samples, and anomalous from row 160
(counted from 0) to its end; a training file of another fault was recorded under the fault, and is anomalous from its
first row.

Sources: J. J. Downs, E. F. Vogel, "A plant-wide industrial process control problem", 1993; L. H. Chiang, E. L. Russell,
R. D. Braatz, "Fault Detection and Diagnosis in Industrial Systems", 2001 (the files).
"""

import re
from datetime import timedelta
from pathlib import Path, PurePosixPath

import polars as pl
from pydantic import Field

from ..config import Duration, FleetConfig
from ..errors import IngestError
from .blanks import cut_at_blanks
from .cells import typed
from .delimited import ROW, Text
from .intervals import as_labels
from .recording import Recording, dated
from .steps import Steps, timed
from .table import present
from .units import unit_of_file

COLUMNS = (*(f"xmeas_{i}" for i in range(1, 42)), *(f"xmv_{i}" for i in range(1, 12)))
_NAME = re.compile(r"d(?P<fault>\d\d)(?P<test>_te)?\.dat(\.gz)?")
_UTC = pl.Datetime("us", "UTC")


class Options(Steps):
    """What such a fleet's YAML may say under ``source.options``.

    Attributes
    ----------
    step : time between two samples.
    fault_from : rows of a test file before the fault.
    """

    step: Duration = timedelta(minutes=3)
    fault_from: int = Field(default=160, ge=0)


def takes(name: str, fleet: FleetConfig) -> bool:
    """Whether a file is one of the process's: ``d07.dat``, ``d07_te.dat``, packed or not."""
    return _NAME.fullmatch(PurePosixPath(name).name) is not None


def read(path: Path, name: str, fleet: FleetConfig) -> Recording:
    """Read one recording.

    Raises
    ------
    IngestError
        If the file can't be read, or no line has 52 numbers and there aren't 52 equal lines either.
    """
    options = Options(**fleet.source.options)
    unit = unit_of_file(name, fleet.source.unit)
    unit = fleet.source.unit.aliases.get(unit, unit)
    sensors = {sensor: config.column or sensor for sensor, config in fleet.sensors.items()}
    chosen = present(sensors, COLUMNS, name, some=False)
    text, lost = _samples(path, name)
    rows, rejects = typed(timed(text, name, unit, options, chosen=chosen), fleet)
    refused = pl.concat([rejects, dated(_refused(lost), rows, name).select(rejects.columns)])
    last = text.cells.select(pl.col(ROW).max()).collect().item()
    labels = _labels(path, unit, last, options)
    return Recording.of(fleet, rows.with_columns(pl.lit(name).alias("source_file")), refused, labels)


def _samples(path: Path, name: str) -> tuple[Text, pl.DataFrame]:
    """Give one row of 52 cells per sample, and the lines that have another number of cells."""
    lines = cut_at_blanks(path)
    wide = len(COLUMNS)
    widths = lines.get_column("cells").list.len()
    if lines.height == wide and widths.n_unique() == 1 and widths.first() != wide:
        turned = pl.DataFrame(dict(zip(COLUMNS, lines.get_column("cells"), strict=True)))
        numbered = turned.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))
        return Text(COLUMNS, numbered.lazy(), _none()), _none()
    if not (widths == wide).any():
        raise IngestError(
            f"{name} is no recording of the Tennessee Eastman process",
            found=f"{lines.height} lines of {widths.min()!s} to {widths.max()!s} cells",
            expected=f"{wide} cells a line, or {wide} lines of equally many cells",
            remedy="copy the file again, or exclude it",
        )
    whole = pl.col("cells").list.len() == wide
    cells = lines.filter(whole).select(ROW, *(pl.col("cells").list.get(i).alias(c) for i, c in enumerate(COLUMNS)))
    return Text(COLUMNS, cells.lazy(), _none()), lines.filter(~whole).select(ROW, found=pl.col("line"))


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema={ROW: pl.Int64, "found": pl.String})


def _refused(lost: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit(None, pl.String)
    shown = pl.col("found").str.strip_chars().str.head(200).alias("found")
    return lost.select(
        nothing.alias("unit_id"),
        pl.lit(None, _UTC).alias("time"),
        nothing.alias("sensor"),
        pl.lit("not_52_numbers").alias("rule"),
        shown,
        ROW,
    )


def _labels(path: Path, unit: str, rows: int, options: Options) -> pl.DataFrame | None:
    told = _NAME.fullmatch(path.name)
    if told is None or told["fault"] == "00":
        return None
    first = options.fault_from if told["test"] else 0
    return as_labels(options.intervals(unit, [(first, rows)]), failure_type=f"fault_{told['fault']}", source="tep")
