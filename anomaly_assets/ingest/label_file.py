"""The labels file that may lie beside a table: what people, or a simulation, say was wrong and when."""

from pathlib import Path

import polars as pl

from ..config import FleetConfig
from ..contracts import labels
from ..errors import IngestError
from .delimited import Dialect, Text, with_text
from .intervals import LABEL_COLUMNS, cut_at_midnight
from .times import time_rule

_NEEDED = ("system_id", "start", "end")
_UTC = pl.Datetime("us", "UTC")


def read_labels(path: Path, fleet: FleetConfig) -> pl.DataFrame:
    """Read a labels file.

    Its columns are ``system_id,label,failure_type,lead_time_days,source,label_version,sensor,start,end``; the first
    and the last two are needed. Rows without a start, or labelled ``normal`` or ``0``, say that nothing was wrong.

    A file that isn't there says nothing: a plant may begin to label later.

    Raises
    ------
    IngestError
        If a needed column is missing or an instant can't be read.
    """
    if not path.is_file():
        return labels(fleet).empty().select(LABEL_COLUMNS)
    return with_text(path, Dialect(), lambda text: _labels(text, path.name, fleet))


def _labels(text: Text, name: str, fleet: FleetConfig) -> pl.DataFrame:
    if missing := [column for column in _NEEDED if column not in text.columns]:
        raise IngestError(f"{name} lacks columns", found=", ".join(text.columns), expected=", ".join(missing))
    rows = text.cells.collect().filter(pl.col("start").is_not_null())
    if "label" in rows.columns:
        rows = rows.filter(~pl.col("label").fill_null("").str.to_lowercase().is_in(["normal", "0", "0.0"]))
    moments = [_moment(rows.get_column(column), name, fleet) for column in ("start", "end")]
    lead = pl.duration(seconds=_text(rows, "lead_time_days").cast(pl.Float64, strict=False) * 86_400)
    return cut_at_midnight(
        rows.select(
            pl.col("system_id").replace(fleet.source.unit.aliases).alias("unit_id"),
            *moments,
            _text(rows, "sensor").alias("sensor"),
            _text(rows, "failure_type").fill_null("anomaly").alias("failure_type"),
            _text(rows, "label").alias("note"),
            _text(rows, "source").fill_null(name).alias("source"),
            lead.alias("failure_at"),
        ).with_columns((pl.col("start") + pl.col("failure_at")).cast(_UTC).alias("failure_at"))
    ).select(LABEL_COLUMNS)


def _text(rows: pl.DataFrame, column: str) -> pl.Expr:
    return pl.col(column) if column in rows.columns else pl.lit(None, pl.String)


def _moment(texts: pl.Series, name: str, fleet: FleetConfig) -> pl.Series:
    rule = time_rule(texts, fleet.source.time_zone)
    read = texts.to_frame().select(rule.expression(pl.col(texts.name), pl.String())).to_series().alias(texts.name)
    if read.null_count():
        wrong = texts.filter(read.is_null()).first()
        raise IngestError(f"{name} has a {texts.name} that can't be read", found=repr(wrong), expected="an instant")
    return read
