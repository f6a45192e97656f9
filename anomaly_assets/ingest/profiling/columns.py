"""What each column may be: an instant, a number, a name, a label; decided from its cells first, its name second."""

import re
from dataclasses import dataclass

import polars as pl

from ...config import SourceConfig
from ...errors import IngestError
from ..times import EPOCHS, formats_of, order_of_day

NULL_TEXTS = (
    "#N/A",
    "#NV",
    "n/a",
    "n.a.",
    "--",
    "---",
    "?",
    "missing",
    "no data",
    "No Data",
    "Bad",
    "bad",
    "NAN",
    "none",
)
_TIME = re.compile(r"time|date|stamp|zeit|datum|fecha|^ts?$|epoch", re.IGNORECASE)
_LABEL = re.compile(
    r"label|anomal|fault|failure|changepoint|^class$|^event$|^target$|^outlier|^is_|qual|flag|status|code",
    re.IGNORECASE,
)
_CLOCK = r"^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$"
_MOSTLY, _FEW = 0.9, 12


@dataclass(frozen=True)
class Column:
    """One column of the files, as it looks.

    Attributes
    ----------
    name : as it stands in the files.
    kind : ``instant``, ``date``, ``clock``, ``number``, ``label``, ``text`` or ``empty``.
    decimal : the decimal mark of a number column that has one.
    null_texts : texts in a number column that seem to mean "no reading".
    distinct : number of different cells.
    """

    name: str
    kind: str
    decimal: str | None = None
    null_texts: tuple[str, ...] = ()
    distinct: int = 0


def classified(rows: pl.DataFrame) -> tuple[Column, ...]:
    """Look at every column of some rows."""
    return tuple(_column(cells) for cells in rows.iter_columns())


def _column(cells: pl.Series) -> Column:
    if cells.dtype == pl.Date:
        return Column(cells.name, "date", distinct=cells.n_unique())
    if isinstance(cells.dtype, pl.Datetime):
        return Column(cells.name, "instant", distinct=cells.n_unique())
    if cells.dtype == pl.Boolean:
        return Column(cells.name, "label", distinct=cells.n_unique())
    text = cells.cast(pl.String).str.strip_chars()
    known = ["", *SourceConfig.model_fields["null_texts"].default, *NULL_TEXTS]
    said = text.filter(~text.is_in(known).fill_null(True))
    if not said.len():
        return Column(cells.name, "empty")
    found = tuple(t for t in text.drop_nulls().unique().sort() if t in NULL_TEXTS)
    return _judged(cells.name, said, found)


def _judged(name: str, said: pl.Series, nulls: tuple[str, ...]) -> Column:
    distinct = said.n_unique()
    if (kind := _time_kind(name, said)) is not None:
        return Column(name, kind, distinct=distinct)
    decimal = "," if said.str.contains(r"^[+-]?\d+,\d+$").any() and not said.str.contains(r"\d\.\d").any() else "."
    numbers = said.str.replace(",", ".", literal=True) if decimal == "," else said
    if numbers.cast(pl.Float64, strict=False).is_not_null().mean() < _MOSTLY:  # type: ignore[operator]
        return Column(name, "text", distinct=distinct)
    mark = decimal if said.str.contains(r"\d[.,]0*[1-9]").any() else None
    label = _LABEL.search(name) is not None and distinct <= _FEW and mark is None
    return Column(name, "label" if label else "number", mark, nulls, distinct)


def _counts_on(texts: pl.Series) -> bool:
    """Whether numbers only grow, as time does and readings of nine digits hardly ever do."""
    numbers = texts.cast(pl.Float64, strict=False)
    return numbers.null_count() == 0 and numbers.len() > 2 and numbers.is_sorted()


def _time_kind(name: str, said: pl.Series) -> str | None:
    some = said.unique(maintain_order=True).head(500)
    if some.str.contains(_CLOCK).mean() >= _MOSTLY:  # type: ignore[operator]
        return "clock"
    try:
        formats = formats_of(some, day_first=order_of_day(some) or False)
    except IngestError:
        return None
    if not formats or (formats[0] in EPOCHS and not (_TIME.search(name) or _counts_on(some))):
        return None
    if formats[0] == "%Y%m%d" and not _TIME.search(name):
        return None
    shaped = sum(bool(formats_of([text], day_first=True)) for text in some)
    if shaped < _MOSTLY * some.len():
        return None
    return "instant" if formats[0] in EPOCHS or "M" in formats[0] else "date"
