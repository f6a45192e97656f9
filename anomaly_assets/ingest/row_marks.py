"""Columns of a table that mark its rows as anomalous, for a whole unit or for one sensor; they become labels."""

from datetime import timedelta

import polars as pl

from ..config import Duration, FleetConfig, Model
from .cells import require
from .intervals import as_labels, marked_runs

_PREFIX = "mark__"


class RowMarks(Model):
    """Which columns mark rows.

    Attributes
    ----------
    column : marks rows of the whole unit.
    sensor_column : marks rows for one sensor; ``{column}`` stands for the sensor's column, as ``label_{column}``. A
        sensor without such a column has no labels.
    note_column : what the mark means, kept as the label's note; ``{column}`` as above. The mark itself when not given.
    normal : what a mark says (in any case of letters) where nothing was wrong; so does an empty cell.
    bridge : marked rows of a unit further apart than this are two labels.
    """

    column: str | None = None
    sensor_column: str | None = None
    note_column: str | None = None
    normal: tuple[str, ...] = ("0", "0.0", "false", "no", "normal")
    bridge: Duration = timedelta(hours=1)

    def columns(self, chosen: dict[str, str], found: tuple[str, ...], name: str) -> dict[str, str]:
        """Name the columns to be read of one file, under the names that `labels` knows them by.

        Parameters
        ----------
        chosen : the file's sensors, each with its column.
        found : the file's columns.

        Raises
        ------
        IngestError
            If the column for the unit, or every column for a sensor, or a note's column is missing.
        """
        marks = {_PREFIX: self.column} if self.column else {}
        if self.sensor_column:
            each = {sensor: self.sensor_column.replace("{column}", column) for sensor, column in chosen.items()}
            there = {sensor: column for sensor, column in each.items() if column in found}
            require([] if there else each.values(), found, name)
            marks |= {_PREFIX + sensor: column for sensor, column in there.items()}
        if self.note_column:
            named = {mark.removeprefix(_PREFIX): mark for mark in marks}
            texts = {s: self.note_column.replace("{column}", chosen.get(s, "")) for s in named}
            marks |= {f"note__{sensor}": column for sensor, column in texts.items()}
        require(marks.values(), found, name)
        return marks

    def labels(self, rows: pl.DataFrame, fleet: FleetConfig, source: str) -> pl.DataFrame:
        """Turn marked rows into labels.

        Parameters
        ----------
        rows : (n_rows,) ``unit_id``, ``time`` and what `columns` named.
        source : who says so.
        """
        parts = [
            self._labels(rows, mark.removeprefix(_PREFIX), fleet, source)
            for mark in rows.columns
            if mark.startswith(_PREFIX)
        ]
        return pl.concat(parts)

    def _labels(self, rows: pl.DataFrame, sensor: str, fleet: FleetConfig, source: str) -> pl.DataFrame:
        text = pl.col(_PREFIX + sensor).cast(pl.String).str.strip_chars()
        nothing = ["", *fleet.source.null_texts, *self.normal]
        wrong = ~text.str.to_lowercase().is_in(nothing) & ~text.is_in(nothing)
        said = pl.col(f"note__{sensor}").cast(pl.String) if f"note__{sensor}" in rows.columns else text
        marked = rows.with_columns(pl.when(wrong).then(pl.coalesce(said, text)).alias("mark"))
        runs = marked_runs(marked, "mark", bridge=self.bridge)
        return as_labels(runs, failure_type="anomaly", source=source, sensor=sensor or None)
