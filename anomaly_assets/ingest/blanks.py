"""Lines of cells with blanks between them, as simulators write them; what the cells mean is for the readers."""

from pathlib import Path

import polars as pl

from .delimited import ROW
from .files import content, decoded


def cut_at_blanks(path: Path) -> pl.DataFrame:
    """Cut every line of a file, packed or not, at its blanks.

    Returns
    -------
    (n_lines,) ``source_row`` (1-based line), ``line`` and ``cells`` (list of texts); lines without cells are left out.

    Raises
    ------
    IngestError
        If the file can't be opened, is empty, or is a gzip that stops short.
    """
    lines = pl.Series("line", decoded(content(path)).splitlines()).to_frame().with_row_index(ROW, offset=1)
    cells = lines.with_columns(pl.col("line").str.extract_all(r"\S+").alias("cells"), pl.col(ROW).cast(pl.Int64))
    return cells.filter(pl.col("cells").list.len() > 0)
