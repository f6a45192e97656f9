"""Whose rows they are: a column of names, a file per unit, or one unit in a file per day; and the long layout."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from ..files import stem
from .columns import Column

_UNIT = re.compile(
    r"unit|machine|device|station|probe|asset|pump|engine|turbine|equipment|line|node|site|^id$|_id$|anlage", re.I
)
_SENSOR = re.compile(r"sensor|tag|param|variable|channel|signal|metric|measure|quantity|point", re.I)
_DATE = r"\d{4}[-_.]?\d{2}[-_.]?\d{2}"
_MANY = 500


@dataclass(frozen=True)
class Whose:
    """How units, and in the long layout sensors, are told apart.

    Attributes
    ----------
    unit : what goes into ``source.unit``.
    sensor_column, value_column : for the long layout, else None.
    sentences : what was guessed and why.
    """

    unit: dict[str, Any]
    sensor_column: str | None
    value_column: str | None
    sentences: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the files need for this."""
        named = (self.unit.get("column"), self.sensor_column, self.value_column)
        return tuple(name for name in named if name is not None)


def whose(
    columns: Sequence[Column],
    rows: pl.DataFrame,
    names: Sequence[str],
    spans: Mapping[str, tuple[datetime, datetime]],
    *,
    together: bool,
) -> Whose:
    """Tell units and sensors apart.

    Parameters
    ----------
    columns : the files' columns, those of time left out.
    rows : some rows.
    names : all files.
    spans : first and last instant of some of the files.
    together : whether rows of a file share their instants; only then a column of a name that says nothing can be
        what tells them apart.
    """
    categories = [column for column in columns if _is_category(column, rows)]
    categories = [column for column in categories if together or _UNIT.search(column.name)]
    numbers = [column for column in columns if column.kind == "number" and column not in categories]
    sensor = _sensor_column(categories, numbers)
    unit = next((c for c in sorted(categories, key=lambda c: not _UNIT.search(c.name)) if c is not sensor), None)
    found, sentence = _by_column(unit) if unit else _by_file(names, spans)
    sentences = [sentence]
    if sensor:
        sentences.append(
            f"The layout is long: {sensor.name!r} names the sensor, {numbers[0].name!r} holds its reading."
        )
    return Whose(found, sensor.name if sensor else None, numbers[0].name if sensor else None, tuple(sentences))


def _is_category(column: Column, rows: pl.DataFrame) -> bool:
    """Whether a column repeats few names: text, or whole numbers under a name that sounds like a unit."""
    repeats = column.distinct <= max(_MANY, 2) and column.distinct * 2 <= max(rows.height, 2)
    if column.kind == "text":
        return repeats
    return column.kind == "number" and column.decimal is None and repeats and bool(_UNIT.search(column.name))


def _sensor_column(categories: Sequence[Column], numbers: Sequence[Column]) -> Column | None:
    """Find the column that names the sensor; there is one only where a single column holds all readings."""
    if len(numbers) != 1:
        return None
    named = [column for column in categories if column.kind == "text" and _SENSOR.search(column.name)]
    texts = [column for column in categories if column.kind == "text" and not _UNIT.search(column.name)]
    return next(iter(named or (texts if len(categories) > 1 else [])), None)


def _by_column(column: Column) -> tuple[dict[str, Any], str]:
    sentence = f"Units are named in the column {column.name!r} ({column.distinct} of them in the rows looked at)."
    return {"by": "column", "column": column.name}, sentence


def _by_file(names: Sequence[str], spans: Mapping[str, tuple[datetime, datetime]]) -> tuple[dict[str, Any], str]:
    if len(names) > 1 and all(re.search(_DATE, name) for name in names):
        return _by_dated_file(names)
    if len(names) > 1 and _overlap(list(spans.values())):
        return {"by": "file"}, "Every file is a unit, because the files cover the same time and no column names a unit."
    if len(names) > 1:
        return _one(names), "All files are one unit, because they follow each other in time and no column names a unit."
    return _one(names), "There is one unit, because there is one file and no column names a unit."


def _by_dated_file(names: Sequence[str]) -> tuple[dict[str, Any], str]:
    """Read the unit from what a dated file name says besides its date."""
    folders = {name.rpartition("/")[0] for name in names}
    bare = {re.sub(_DATE, "", name.rpartition("/")[2]) for name in names}
    if len(bare) > 1:
        pattern = rf"([^/]*?)[-_. ]*{_DATE}"
        if len({match[1] for name in names if (match := re.search(pattern, name))} - {""}) > 1:
            return {"by": "file", "pattern": pattern}, "Every file is one day of one unit, named before the date."
    if len(folders) > 1 and len(bare) == 1:
        return {"by": "file", "pattern": r"([^/]+)/[^/]*$"}, "Every folder is a unit, every file one of its days."
    return _one(names), "Every file is one day of the one unit there is, because file names differ in their date only."


def _one(names: Sequence[str]) -> dict[str, Any]:
    plain = re.sub(r"[-_. ]+$", "", re.sub(rf"[-_. ]*{_DATE}.*", "", stem(names[0].rpartition("/")[2])))
    return {"by": "constant", "constant": plain if len(names) == 1 or (plain and not plain.isdigit()) else "unit"}


def _overlap(spans: Sequence[tuple[datetime, datetime]]) -> bool:
    """Whether the files lie beside each other in time rather than one after the other."""
    ordered = sorted(spans)
    beside = sum(later[0] < earlier[1] for earlier, later in itertools.pairwise(ordered))
    return beside * 2 > len(ordered) - 1
