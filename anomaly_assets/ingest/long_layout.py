"""One row per reading to one row per instant; repeated readings stay repeated, cleaning judges them."""

import polars as pl

from ..errors import IngestError
from .delimited import ROW


def widened(
    rows: pl.DataFrame, rejects: pl.DataFrame, sensors: dict[str, str], name: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give every sensor its column.

    Parameters
    ----------
    rows : (n_readings,) ``source_row``, ``unit_id``, ``time``, ``sensor``, ``value``.
    rejects : rejects whose ``sensor`` is what the file calls it.
    sensors : the fleet's sensors, each with what the file calls it; others are passed over.

    Returns
    -------
    (n_instants,) one row per unit, instant and repetition, numbered by its first reading; and the rejects of the
    fleet's sensors under the fleet's names.

    Raises
    ------
    IngestError
        If none of the sensors is in the file.
    """
    mine = {column: sensor for sensor, column in sensors.items()}
    named = rows.with_columns(pl.col("sensor").cast(pl.String).str.strip_chars().replace_strict(mine, default=None))
    kept = named.filter(pl.col("sensor").is_not_null())
    if rows.height and not kept.height:
        found = sorted(rows.get_column("sensor").cast(pl.String).drop_nulls().unique().to_list())
        raise IngestError(
            f"{name} has none of the sensors", found=", ".join(found[:20]), expected=", ".join(sensors.values())
        )
    return _pivoted(kept, tuple(sensors)), _renamed(rejects, mine)


def _pivoted(kept: pl.DataFrame, sensors: tuple[str, ...]) -> pl.DataFrame:
    turn = pl.int_range(pl.len()).over("unit_id", "time", "sensor").alias("turn")
    values = [pl.col("value").filter(pl.col("sensor") == sensor).first().alias(sensor) for sensor in sensors]
    grouped = kept.lazy().with_columns(turn).group_by("unit_id", "time", "turn").agg(pl.col(ROW).min(), *values)
    return grouped.drop("turn").sort(ROW).collect(engine="streaming")


def _renamed(rejects: pl.DataFrame, mine: dict[str, str]) -> pl.DataFrame:
    text = pl.col("sensor").str.strip_chars()
    ours = pl.col("sensor").is_null() | text.is_in(list(mine))
    return rejects.filter(ours).with_columns(text.replace_strict(mine, default=None))
