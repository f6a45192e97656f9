"""What a reader gives back, and the shape of what it refused; where files lie and how they are parsed is elsewhere."""

from dataclasses import dataclass

import polars as pl

from ..config import FleetConfig
from ..contracts import labels, quarantine, raw_readings


@dataclass(frozen=True)
class Recording:
    """One raw file, parsed.

    Attributes
    ----------
    readings : rows of the contract ``raw_readings``, sorted by time; rows of one instant keep the file's order.
    rejects : rows of the contract ``quarantine``: cells and rows that could not be read, the found text kept.
    labels : rows of the contract ``labels``, cut at midnight UTC.
    """

    readings: pl.DataFrame
    rejects: pl.DataFrame
    labels: pl.DataFrame

    @classmethod
    def of(
        cls,
        fleet: FleetConfig,
        readings: pl.DataFrame | None = None,
        rejects: pl.DataFrame | None = None,
        marked: pl.DataFrame | None = None,
    ) -> "Recording":
        """Bring the frames into the contracts' order and type; what isn't given is empty."""
        raw, refused, label = raw_readings(fleet), quarantine(fleet), labels(fleet)
        rows = raw.empty() if readings is None else raw.align(readings)
        return cls(
            rows if rows.get_column("time").is_sorted() else rows.sort("time", maintain_order=True),
            refused.empty() if rejects is None else refused.align(rejects),
            label.empty() if marked is None else label.align(marked),
        )


def dated(rejects: pl.DataFrame, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Give rejects the file they come from and the day they belong to.

    Parameters
    ----------
    rejects : (n_rejects,) with ``time`` (null where unknown) and ``source_row``.
    rows : (n_rows,) the file's readable rows, ``time`` and ``source_row``.
    name : the file's name.

    Returns
    -------
    The rejects with ``day`` and ``source_file``: the day of its own time, else of the nearest earlier readable row
    of the file, else of the first one.
    """
    known = rows.select("source_row", pl.col("time").dt.date().alias("near")).sort("source_row")
    found = rejects.with_columns(pl.col("source_row").cast(pl.Int64)).sort("source_row", maintain_order=True)
    joined = found.join_asof(known.set_sorted("source_row"), on="source_row", strategy="backward")
    first = known.get_column("near").first() if known.height else None
    return joined.with_columns(
        pl.coalesce(pl.col("time").dt.date(), "near", pl.lit(first, pl.Date)).alias("day"),
        pl.lit(name).alias("source_file"),
    ).drop("near")
