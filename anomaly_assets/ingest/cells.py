"""Text cells to typed cells: numbers, instants, units. What can't be read becomes a reject, its text kept.

Shared by the readers; none of them judges a number or an instant by itself. Which columns exist is their business.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

import polars as pl

from ..config import FleetConfig, SourceConfig
from ..errors import IngestError
from .delimited import ROW
from .recording import dated
from .times import TimeRule, formats_of, plausible, repeated_hour, time_rule

_SAMPLE = 2000


@dataclass(frozen=True)
class Cells:
    """The part of one file that is to be typed.

    Attributes
    ----------
    name : the file's name, relative to its source's folder.
    rows : lazy (n_rows,) with ``source_row``, ``unit_id``, ``when`` (text, number or instant), the columns of
        ``numbers`` (text or numbers) and any others, which stay as they are.
    rule : how ``when`` is read.
    numbers : names of the columns that hold readings.
    decimal : the decimal mark.
    keys : what makes two rows of one instant the same reading.
    ragged : lines that have more cells than columns, ``source_row`` and ``found``.
    """

    name: str
    rows: pl.LazyFrame
    rule: TimeRule
    numbers: tuple[str, ...]
    decimal: str = "."
    keys: tuple[str, ...] = ("unit_id",)
    ragged: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={ROW: pl.Int64, "found": pl.String}))


def require(columns: Iterable[str], found: Sequence[str], name: str) -> None:
    """Refuse a file that lacks a configured column.

    Raises
    ------
    IngestError
        Naming what is missing, what is there, and the nearest names.
    """
    missing = [column for column in columns if column not in found]
    if missing:
        near = {column: get_close_matches(column, found, n=1, cutoff=0.4) for column in missing}
        hints = [f"{column!r} may be {close[0]!r}" for column, close in near.items() if close]
        raise IngestError(
            f"{name} lacks the configured columns {', '.join(map(repr, missing))}",
            found=", ".join(found),
            remedy="; ".join([*hints, "name the right column in the fleet's YAML, or exclude the file"]),
        )


def rule_for(
    rows: pl.LazyFrame, source: SourceConfig, form: str | None = None, day_first: bool | None = None
) -> TimeRule:
    """Find out how the column ``when`` is read: from its first cells, or from all where those don't decide.

    Raises
    ------
    IngestError
        If no cell of the whole file tells the day from the month.
    """
    column = rows.select("when")
    try:
        return time_rule(column.head(_SAMPLE).collect().get_column("when"), source.time_zone, form, day_first)
    except IngestError:
        return time_rule(column.unique().collect().get_column("when"), source.time_zone, form, day_first)


def typed(cells: Cells, fleet: FleetConfig) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read every cell.

    Returns
    -------
    (n_rows,) the rows whose time and unit are known, in the file's order: ``source_row``, ``unit_id``, ``time`` (UTC),
    the numbers as Float64, other columns untouched; and the rejects of the file (quarantine columns, ``sensor`` is
    the name of the number's column).

    Raises
    ------
    IngestError
        If the file has rows, but none with a time that can be read.
    """
    frame = _collected(cells, fleet.source)
    frame = _second_look(frame, cells)
    whole = frame.filter(pl.col("time").is_not_null() & pl.col("unit_id").is_not_null())
    if frame.height and not whole.height:
        raise _no_times(frame, cells)
    if not cells.rule.states_zone and fleet.source.time_zone != "UTC":
        whole = repeated_hour(whole, fleet.source.time_zone, cells.keys)
    rejects = dated(_rejects(frame, cells), whole, cells.name)
    return whole.drop("when", *(f"{name}__found" for name in cells.numbers)), rejects


def _collected(cells: Cells, source: SourceConfig) -> pl.DataFrame:
    """Type all cells in one streaming pass, step by step so that no step is computed twice; empty rows are dropped."""
    schema = cells.rows.collect_schema()
    content = [name for name in schema.names() if name not in (ROW, "unit_id")]
    filled = pl.any_horizontal(pl.col(name).is_not_null() for name in content)
    moment = cells.rule.expression(pl.col("when"), schema["when"]).alias("time")
    texts = [_text(name, schema[name], source).alias(f"{name}__found") for name in cells.numbers]
    numbers = [_number(name, schema[name], cells.decimal).alias(name) for name in cells.numbers]
    rows = cells.rows.filter(filled).with_columns(moment, *texts).with_columns(numbers)
    unread = pl.when(~plausible("time")).then(pl.col("when").cast(pl.String)).alias("when")
    time = pl.when(plausible("time")).then("time").alias("time")
    judged = [expression for name in cells.numbers for expression in _judged(name, source)]
    return rows.with_columns(unread, time, *judged).collect(engine="streaming")


def _text(name: str, dtype: pl.DataType, source: SourceConfig) -> pl.Expr:
    """Give what stands in a cell; null where it means "no reading"."""
    if dtype != pl.String:
        cell = pl.col(name).fill_nan(None) if dtype.is_float() else pl.col(name)
        return cell.cast(pl.String)
    text = pl.col(name).str.strip_chars()
    return pl.when(~text.is_in(["", *source.null_texts])).then(text)


def _number(name: str, dtype: pl.DataType, decimal: str) -> pl.Expr:
    """Give the number in a cell; with a decimal comma a point is no number, it may part thousands."""
    text = pl.col(f"{name}__found")
    if dtype != pl.String:
        return pl.col(name).cast(pl.Float64)
    if decimal == ",":
        text = pl.when(~text.str.contains(".", literal=True)).then(text.str.replace(",", ".", literal=True))
    return text.cast(pl.Float64, strict=False)


def _judged(name: str, source: SourceConfig) -> tuple[pl.Expr, pl.Expr]:
    """Keep finite numbers that are no sentinels; keep the text of what is no finite number."""
    number, text = pl.col(name), pl.col(f"{name}__found")
    finite = number.is_finite().fill_null(False)
    kept = finite & ~number.is_in(list(source.sentinels)) if source.sentinels else finite
    return pl.when(kept).then(number).alias(name), pl.when(~finite).then(text).alias(f"{name}__found")


def _second_look(frame: pl.DataFrame, cells: Cells) -> pl.DataFrame:
    """Try formats that only appear after the sample; files are appended to by newer software."""
    rule = cells.rule
    late = frame.filter(pl.col("time").is_null()).get_column("when").drop_nulls()
    if rule.fixed or not late.len():
        return frame
    try:
        formats = formats_of([text.strip() for text in late.unique().head(_SAMPLE)], rule.day_first)
    except IngestError:
        return frame
    moment = replace(rule, formats=formats).expression(pl.col("when"), pl.String()).alias("again")
    known = pl.coalesce("time", pl.when(plausible("again")).then("again")).alias("time")
    return frame.with_columns(moment).with_columns(known).drop("again") if formats else frame


def _rejects(frame: pl.DataFrame, cells: Cells) -> pl.DataFrame:
    """List cells that are no numbers, rows without a time or a unit, and lines with too many cells."""
    timed = frame.filter(pl.col("time").is_not_null())
    whole = timed.filter(pl.col("unit_id").is_not_null())
    in_rows = "sensor" in cells.keys
    parts = [
        _broken(whole, "not_a_number", pl.col(f"{name}__found"), pl.col("sensor") if in_rows else pl.lit(name))
        for name in cells.numbers
    ]
    parts.append(_broken(frame.filter(pl.col("time").is_null()), "bad_time", pl.col("when").fill_null("")))
    parts.append(_broken(timed.filter(pl.col("unit_id").is_null()), "missing_unit", pl.lit("")))
    lines = cells.ragged.with_columns(unit_id=pl.lit(None, pl.String), time=pl.lit(None, pl.Datetime("us", "UTC")))
    return pl.concat([*parts, _broken(lines, "too_many_cells", pl.col("found"))])


def _broken(rows: pl.DataFrame, rule: str, found: pl.Expr, sensor: pl.Expr | None = None) -> pl.DataFrame:
    """List the rows where something was found, as rows of the quarantine table without day and file."""
    named = pl.lit(None, pl.String) if sensor is None else sensor
    shown = rows.select(
        "unit_id", "time", named.alias("sensor"), pl.lit(rule).alias("rule"), found.cast(pl.String).alias("found"), ROW
    )
    return shown.filter(pl.col("found").is_not_null())


def _no_times(frame: pl.DataFrame, cells: Cells) -> IngestError:
    unit_lost = frame.get_column("time").is_not_null().any()
    return IngestError(
        f"{cells.name} has no row whose {'unit' if unit_lost else 'time'} can be read",
        found=f"{frame.get_column('when').drop_nulls().first()!r} as the first time",
        expected=" or ".join(cells.rule.formats) or "an instant such as 2024-03-05 14:00:00",
        remedy="name the right column, or set source.options.time_format" if not unit_lost else "mend source.unit",
    )
