"""Which rows are scored: what becomes of cells without a finite number, counted. How cells are read is in cells.py."""

from collections import Counter

import polars as pl

from ...errors import ScoringError
from .aligned_rows import LEAST, WORST
from .cells import Cell, code, count_invalid
from .inputs import ROW, InputFile
from .noting import SHOWN, some
from .request import Facts, OnInvalid

INVALID, NOTHING = "a feature has no finite number", "no sensor has a value"
"""Why rows are left out."""


def sieved(file: InputFile, rows: pl.DataFrame, on_invalid: OnInvalid, facts: Facts) -> pl.DataFrame:
    """Keep the aligned rows that can be scored.

    A row without any value of a sensor says nothing about a machine. The platform has no such windows; here they are
    left out, unless invalid cells are to stop everything.

    Parameters
    ----------
    file : where the rows come from, for an error.
    on_invalid : ``impute`` takes a cell without a finite number as missing, as the platform does: scaling makes it
        neutral. ``skip`` leaves its row out.
    facts : told what was read, found and left out.

    Raises
    ------
    ScoringError
        If ``on_invalid`` is ``fail`` and there is such a cell; names rows and columns.
    """
    facts.rows_read += rows.height
    bad = rows[WORST] > Cell.NUMBER
    if not bad.any():
        return rows
    if on_invalid == "fail":
        raise _invalid(file, rows.filter(bad), facts.features)
    for rule, counted in count_invalid(rows, facts.features).items():
        facts.invalid.setdefault(rule, Counter()).update(counted)
    facts.invalid_rows += int(bad.sum())
    nothing = rows[LEAST] > Cell.NUMBER
    left_out = bad if on_invalid == "skip" else nothing
    reasons = {NOTHING: int(nothing.sum()), INVALID: int((left_out & ~nothing).sum())}
    facts.skipped.update({reason: count for reason, count in reasons.items() if count})
    kept = rows.filter(~left_out)
    facts.imputed += sum(kept[name].null_count() for name in facts.features)
    return kept


def _invalid(file: InputFile, rows: pl.DataFrame, features: tuple[str, ...]) -> ScoringError:
    word, first = ("row", 1) if file.delimiter is None else ("line", 2)
    shown = []
    for row in rows.head(SHOWN).iter_rows(named=True):
        cells = [f"{name} is {Cell(row[code(name)]).rule}" for name in features if row[code(name)]]
        shown.append(f"{word} {row[ROW] + first}: {some(cells)}")
    return ScoringError(
        f"{file.name} has rows without a finite number for every feature",
        found="; ".join(shown),
        expected="finite numbers, since --on-invalid is fail",
        remedy="mend these cells, or use --on-invalid impute or --on-invalid skip",
    )
