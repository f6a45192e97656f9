"""NASA C-MAPSS turbofan files: space separated, trailing blanks, no header, 26 columns, one row per flight cycle.

A cycle has no date, so every cycle becomes one step of time from an epoch; units are named after file and number, as
``train_FD001-001``, because the numbers start at 1 in every file. ``RUL_x.txt`` belongs to ``test_x.txt``: it tells how
many cycles each engine had left. Training engines are run until they fail.

Source: A. Saxena, K. Goebel, D. Simon, N. Eklund, "Damage Propagation Modeling for Aircraft Engine Run-to-Failure
Simulation", PHM 2008.
"""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path, PurePosixPath

import polars as pl

from ..config import Duration, FleetConfig, Model, parse_duration
from ..errors import IngestError
from .blanks import cut_at_blanks
from .cells import require
from .delimited import ROW
from .files import content, decoded, stem
from .intervals import as_labels
from .recording import Recording, dated

COLUMNS = ("unit", "cycle", *(f"setting_{i}" for i in range(1, 4)), *(f"sensor_{i}" for i in range(1, 22)))
_UTC = pl.Datetime("us", "UTC")


class Options(Model):
    """What a C-MAPSS fleet's YAML may say under ``source.options``.

    Attributes
    ----------
    epoch : the day of every engine's first cycle.
    cycle : time between two cycles.
    """

    epoch: date = date(2000, 1, 1)
    cycle: Duration = timedelta(days=1)

    @property
    def first(self) -> datetime:
        """The instant of cycle 1."""
        return datetime(self.epoch.year, self.epoch.month, self.epoch.day, tzinfo=UTC)


def takes(name: str, fleet: FleetConfig) -> bool:
    """Whether a file holds cycles: ``train_*.txt`` or ``test_*.txt``, packed or not."""
    return re.fullmatch(r"(train|test)_.*\.txt(\.gz)?", PurePosixPath(name).name) is not None


def companions(path: Path) -> tuple[Path, ...]:
    """Name the file of remaining useful lives beside a test file, if it is there."""
    if not path.name.startswith("test_"):
        return ()
    bare = path.name.removeprefix("test_").removesuffix(".gz")
    candidates = (path.with_name(f"RUL_{bare}{suffix}") for suffix in ("", ".gz"))
    return tuple(candidate for candidate in candidates if candidate.is_file())[:1]


def read(path: Path, name: str, fleet: FleetConfig) -> Recording:
    """Read one train or test file.

    Raises
    ------
    IngestError
        If no line has 26 numbers, a configured column doesn't exist, or the RUL file doesn't fit the engines.
    """
    options = Options(**fleet.source.options)
    chosen = {sensor: config.column or sensor for sensor, config in fleet.sensors.items()}
    require(chosen.values(), COLUMNS, name)
    lines = _lines(path, name)
    rows = _rows(lines, name, options, fleet)
    readings = rows.select("unit_id", "time", ROW, pl.lit(name).alias("source_file"), *_sensors(chosen, fleet))
    return Recording.of(
        fleet, readings, dated(_rejects(lines, rows, chosen), rows, name), _labels(path, rows, options, fleet)
    )


def _lines(path: Path, name: str) -> pl.DataFrame:
    """Cut every line at its blanks: ``source_row``, ``line`` and its 26 cells (null where the line isn't 26 cells)."""
    cells = cut_at_blanks(path)
    whole = pl.col("cells").list.len() == len(COLUMNS)
    named = [pl.when(whole).then(pl.col("cells").list.get(i, null_on_oob=True)).alias(c) for i, c in enumerate(COLUMNS)]
    frame = cells.with_columns(named)
    if not frame.get_column("unit").is_not_null().any():
        width = frame.get_column("cells").list.len().max()
        raise IngestError(
            f"{name} is no C-MAPSS file", found=f"at most {width!s} cells in a line", expected=f"{len(COLUMNS)} cells"
        )
    return frame.drop("cells")


def _rows(lines: pl.DataFrame, name: str, options: Options, fleet: FleetConfig) -> pl.DataFrame:
    """Give lines with a unit and a cycle their unit and their instant."""
    whole = lines.with_columns(pl.col("unit", "cycle").cast(pl.Int64, strict=False)).drop_nulls(["unit", "cycle"])
    unit = pl.lit(f"{stem(name)}-") + pl.col("unit").cast(pl.String).str.zfill(3)
    step = pl.duration(microseconds=(pl.col("cycle") - 1) * (options.cycle // timedelta(microseconds=1)))
    time = (pl.lit(options.first).cast(_UTC) + step).cast(_UTC)
    return whole.with_columns(unit.replace(fleet.source.unit.aliases).alias("unit_id"), time.alias("time"))


def _number(column: str) -> pl.Expr:
    number = pl.col(column).cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _sensors(chosen: dict[str, str], fleet: FleetConfig) -> list[pl.Expr]:
    silent = list(fleet.source.sentinels)
    return [pl.when(~_number(column).is_in(silent)).then(_number(column)).alias(new) for new, column in chosen.items()]


def _rejects(lines: pl.DataFrame, rows: pl.DataFrame, chosen: dict[str, str]) -> pl.DataFrame:
    lost = lines.join(rows, on=ROW, how="anti").with_columns(unit_id=pl.lit(None, pl.String), time=pl.lit(None, _UTC))
    missing = (pl.col(column).str.to_lowercase() == "nan" for column in chosen.values())
    wrong = zip(chosen.items(), missing, strict=True)
    parts = [
        _reject(rows.filter(_number(column).is_null() & ~nan), "not_a_number", pl.col(column), sensor)
        for (sensor, column), nan in wrong
    ]
    return pl.concat([*parts, _reject(lost, "not_26_numbers", pl.col("line").str.strip_chars().str.head(200), None)])


def _reject(rows: pl.DataFrame, rule: str, found: pl.Expr, sensor: str | None) -> pl.DataFrame:
    named = pl.lit(sensor, pl.String).alias("sensor")
    return rows.select("unit_id", "time", named, pl.lit(rule).alias("rule"), found.alias("found"), ROW)


def _labels(path: Path, rows: pl.DataFrame, options: Options, fleet: FleetConfig) -> pl.DataFrame:
    """Label [failure - horizon, failure + one cycle) of every engine, as far as it was recorded."""
    left = _remaining(path, rows)
    if left is None:
        return as_labels(
            rows.select("unit_id", start="time", end="time").clear(), failure_type="failure", source="cmapss"
        )
    horizon = fleet.labels.failure_horizon
    early = parse_duration(horizon) if horizon else timedelta(0)
    lives = rows.group_by("unit_id", "unit").agg(pl.col("time").min().alias("born"), pl.col("time").max().alias("last"))
    lives = lives.sort("unit").with_columns(left)
    failure = pl.col("last") + pl.duration(microseconds=pl.col("left") * (options.cycle // timedelta(microseconds=1)))
    intervals = lives.with_columns(failure.cast(_UTC).alias("failure_at")).select(
        "unit_id",
        pl.max_horizontal("born", pl.col("failure_at") - early).alias("start"),
        (pl.col("last") + options.cycle).alias("end"),
        "failure_at",
    )
    return as_labels(intervals, failure_type="failure", source="cmapss")


def _remaining(path: Path, rows: pl.DataFrame) -> pl.Series | None:
    """Give the cycles left after each engine's last one, by unit number; None where nobody says."""
    engines = rows.get_column("unit").n_unique()
    if path.name.startswith("train_"):
        return pl.Series("left", [0] * engines)
    if not (beside := companions(path)):
        return None
    told = [int(float(text)) for text in decoded(content(beside[0])).split()]
    if len(told) != engines:
        raise IngestError(
            f"{beside[0].name} doesn't fit {path.name}", found=f"{len(told)} lives", expected=f"{engines}"
        )
    return pl.Series("left", told)
