"""How a file writes its instants, and their translation to UTC; which column holds them is the readers' business."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from ..errors import IngestError

EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1, "epoch_ns": 0.001}
"""Microseconds per unit of each way of counting time since 1970."""

_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_SHAPE = re.compile(
    r"(?P<date>(?P<iso>\d{4}(?P<s1>[-/.])\d{1,2}(?P=s1)\d{1,2})|(?P<compact>(?:19|20|21)\d{6})"
    r"|(?P<one>\d{1,2})(?P<s2>[-/. ])(?P<two>\d{1,2}|[A-Za-z]{3})(?P=s2)(?P<year>\d{4}|\d{2}))"
    r"(?:(?P<gap>T| +|_|)(?P<clock>(?P<hour>\d{1,2}):\d{2}(?P<second>:\d{2}(?:\.\d+)?)?|(?P<digits>\d{6}|\d{4}))"
    r"(?P<half>\s?[AaPp][Mm])?)?(?P<zone>\s?(?:Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?))?"
)
_NAMED_ZONE = r"\s?(?:UTC|GMT)$"


@dataclass(frozen=True)
class TimeRule:
    """How one column of instants is read.

    Attributes
    ----------
    formats : chrono format strings or names of `EPOCHS`, tried in this order; empty for typed columns.
    zone : zone of instants that state none.
    day_first : what a person said about 03/04/2024.
    fixed : whether no other format may be tried: a person named it, or the column is typed.
    """

    formats: tuple[str, ...]
    zone: str
    day_first: bool | None = None
    fixed: bool = False

    @property
    def states_zone(self) -> bool:
        """Whether the file itself says in which zone its times are."""
        return any("z" in form or form in EPOCHS for form in self.formats)

    def expression(self, column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
        """Give the instants in UTC microseconds; null where the text can't be read. See also `plausible`."""
        if dtype == pl.String:
            clean = column.str.strip_chars()
            if any("z" in form for form in self.formats):
                clean = clean.str.replace(_NAMED_ZONE, "Z")
            return pl.coalesce([_read(clean, form, self.zone) for form in self.formats] or [pl.lit(None, _utc())])
        if isinstance(dtype, pl.Datetime) or dtype == pl.Date:
            return _typed(column, dtype, self.zone)
        return pl.coalesce([_epoch(column, form) for form in self.formats])


def plausible(column: str) -> pl.Expr:
    """Whether an instant is there and lies from 1900 up to 2200: others are mistakes of a clock or of a format."""
    return pl.col(column).is_between(_EARLIEST, _LATEST, closed="left").fill_null(False)


def time_rule(sample: pl.Series, zone: str, form: str | None = None, day_first: bool | None = None) -> TimeRule:
    """Find out how a column writes its instants.

    Parameters
    ----------
    sample : some cells of the column, text, numbers or instants.
    zone : zone of instants that state none.
    form : the format where a person has said it: a strptime string or a name of `EPOCHS`.
    day_first : whether 03/04/2024 is the third of April; decided from the values when not given.

    Raises
    ------
    IngestError
        If numeric dates of the sample can be read both ways and nobody said which.
    """
    if form is not None:
        return TimeRule((form.replace(".%f", "%.f"),), zone, fixed=True)
    if sample.dtype.is_numeric():
        return TimeRule((_epoch_name(sample.cast(pl.Float64).drop_nulls().median()),), zone, fixed=True)
    if sample.dtype != pl.String:
        return TimeRule((), zone, fixed=True)
    texts = [text.strip() for text in sample.drop_nulls().unique(maintain_order=True)]
    return TimeRule(formats_of([text for text in texts if text], day_first), zone, day_first)


def formats_of(texts: Iterable[str], day_first: bool | None = None) -> tuple[str, ...]:
    """Name the formats that texts are written in, the most frequent first; texts that are no instants are passed over.

    Raises
    ------
    IngestError
        If a numeric date can be read day first and month first, and ``day_first`` doesn't say which.
    """
    read = [(text, _SHAPE.fullmatch(text)) for text in texts]
    numeric = [text for text, shape in read if shape and _is_numeric_date(shape)]
    order = order_of_day(numeric) if day_first is None else day_first
    if numeric and order is None:
        raise IngestError(
            "dates can be read day first and month first",
            found=numeric[0],
            expected="a date with a day above 12, or a word on the order",
            remedy="set source.options.day_first to true or false, or source.options.time_format",
        )
    named = (_format(shape, bool(order)) if shape else _counted(text) for text, shape in read)
    return tuple(form for form, _ in Counter(form for form in named if form).most_common())


def order_of_day(texts: Iterable[str]) -> bool | None:
    """Decide from values above 12 whether numeric dates are day first; None when no value tells or they disagree."""
    shapes = [shape for text in texts if (shape := _SHAPE.fullmatch(text)) and _is_numeric_date(shape)]
    first, second = any(int(s["one"]) > 12 for s in shapes), any(int(s["two"]) > 12 for s in shapes)
    return None if first == second else first


def repeated_hour(frame: pl.DataFrame, zone: str, keys: tuple[str, ...]) -> pl.DataFrame:
    """Move the second pass through the hour that a clock change repeats to where it belongs.

    Parameters
    ----------
    frame : rows in the file's order with ``time`` in UTC, read as the earlier of both possible instants.
    zone : the zone of the local times.
    keys : what makes two rows the same reading (unit, or unit and sensor): a row whose instant has been there
        before is of the second pass.
    """
    local = pl.col("time").dt.convert_time_zone(zone).dt.replace_time_zone(None)
    late = local.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null").dt.convert_time_zone("UTC")
    moved = frame.with_columns(late.alias("__late"))
    if moved.select((pl.col("__late") == pl.col("time")).all()).item():
        return frame
    again = pl.int_range(pl.len()).over([*keys, "time"]) > 0
    return moved.with_columns(pl.when(again).then("__late").otherwise("time").alias("time")).drop("__late")


def _utc() -> pl.Datetime:
    return pl.Datetime("us", "UTC")


def _format(shape: re.Match[str], day_first: bool) -> str:
    if shape["iso"]:
        date = f"%Y{shape['s1']}%m{shape['s1']}%d"
    elif shape["compact"]:
        date = "%Y%m%d"
    else:
        year = "%Y" if len(shape["year"]) == 4 else "%y"
        middle = ["%d", "%m" if shape["two"].isdigit() else "%b"]
        order = middle if day_first or not shape["two"].isdigit() else middle[::-1]
        date = shape["s2"].join([*order, year])
    return date + _clock(shape) + _zone(shape["zone"])


def _zone(text: str | None) -> str:
    if not text:
        return ""
    return " %#z" if text[0] == " " and text.strip() not in {"UTC", "GMT"} else "%#z"


def _clock(shape: re.Match[str]) -> str:
    if not shape["clock"]:
        return ""
    hour = "%I" if shape["half"] else "%H"
    if shape["digits"]:
        clock = f"{hour}%M%S" if len(shape["digits"]) == 6 else f"{hour}%M"
    else:
        clock = f"{hour}:%M:%S%.f" if shape["second"] else f"{hour}:%M"
    half = "" if not shape["half"] else (" %p" if shape["half"][0] == " " else "%p")
    return (shape["gap"] or "") + clock + half


def _is_numeric_date(shape: re.Match[str]) -> bool:
    return shape["two"] is not None and shape["two"].isdigit()


def _counted(text: str) -> str | None:
    return _epoch_name(float(text)) if re.fullmatch(r"\d{9,19}(\.\d+)?", text) else None


def _epoch_name(magnitude: object) -> str:
    """Tell seconds from milliseconds by size: seconds reach 1e11 only in the year 5138."""
    size = float(magnitude) if isinstance(magnitude, int | float) else 0.0
    tops = (("epoch_s", 1e11), ("epoch_ms", 1e14), ("epoch_us", 1e17))
    return next((name for name, top in tops if size < top), "epoch_ns")


def _epoch(column: pl.Expr, form: str) -> pl.Expr:
    counted = column.cast(pl.Float64, strict=False)
    inside = counted.is_between(-5e18, 5e18)
    return pl.when(inside).then((counted * EPOCHS[form]).round()).cast(pl.Int64, strict=False).cast(_utc())


def _read(text: pl.Expr, form: str, zone: str) -> pl.Expr:
    if form in EPOCHS:
        return _epoch(text, form)
    if "z" in form:
        return text.str.to_datetime(form, strict=False, time_unit="us").dt.convert_time_zone("UTC")
    return _local(text.str.to_datetime(form, strict=False, time_unit="us"), zone)


def _typed(column: pl.Expr, dtype: pl.DataType, zone: str) -> pl.Expr:
    moment = column.cast(pl.Datetime("us", getattr(dtype, "time_zone", None)))
    aware = getattr(dtype, "time_zone", None) is not None
    return moment.dt.convert_time_zone("UTC") if aware else _local(moment, zone)


def _local(naive: pl.Expr, zone: str) -> pl.Expr:
    return naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
