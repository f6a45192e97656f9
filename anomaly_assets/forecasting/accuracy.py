"""How good forecasts are: mean errors, skill beside the best naive forecast, coverage, per horizon day and unit."""

import polars as pl

from ..config import coverage_names
from .naive import NAIVE

ERRORS = ("mae", "rmse", "mase")


def accuracy(forecasts: pl.DataFrame, strategies: tuple[str, ...], levels: tuple[float, ...] = ()) -> pl.DataFrame:
    """Measure forecasts that lie beside the readings that came.

    Parameters
    ----------
    forecasts : ``unit_id``, ``horizon_day``, ``value``, ``usual`` (the unit's mean error of the daily naive forecast in
        training, for ``mase``), one column per strategy and per naive forecast; ``lower_80`` and so on where levels are
        asked for, which are those of the strategy named first.
    strategies : columns that are judged beside the naive forecasts.

    Returns
    -------
    ``strategy``, ``unit_id``, ``horizon_day``, ``measure``, ``value``, ``readings``; null is all units, all days.
    """
    rows = forecasts.filter(pl.col("value").is_not_null(), *(pl.col(name).is_not_null() for name in strategies))
    groups: tuple[list[str], ...] = (["unit_id", "horizon_day"], ["unit_id"], ["horizon_day"], [])
    parts = [_grouped(rows, keys, (*strategies, *NAIVE), levels) for keys in groups]
    return pl.concat(parts).sort("strategy", "unit_id", "horizon_day", "measure", nulls_last=True)


def _grouped(
    rows: pl.DataFrame, keys: list[str], strategies: tuple[str, ...], levels: tuple[float, ...]
) -> pl.DataFrame:
    off = {name: pl.col(name) - pl.col("value") for name in strategies}
    measures = {f"mae {name}": error.abs().mean() for name, error in off.items()}
    measures |= {f"rmse {name}": (error**2).mean().sqrt() for name, error in off.items()}
    measures |= {f"mase {name}": (error.abs() / pl.col("usual")).mean() for name, error in off.items()}
    for level in coverage_names(levels):
        inside = pl.col("value").is_between(f"lower_{level}", f"upper_{level}")
        measures[f"coverage_{level} {strategies[0]}"] = inside.mean()
    told = (
        rows.group_by(keys).agg(readings=pl.len(), **measures) if keys else rows.select(readings=pl.len(), **measures)
    )
    best = pl.min_horizontal(*(f"rmse {name}" for name in NAIVE))
    told = told.with_columns((1 - pl.col(f"rmse {name}") / best).alias(f"skill {name}") for name in strategies)
    absent = [name for name in ("unit_id", "horizon_day") if name not in keys]
    types = {"unit_id": pl.String, "horizon_day": pl.Int64}
    tidy = told.with_columns(pl.lit(None, types[name]).alias(name) for name in absent).unpivot(
        index=["unit_id", "horizon_day", "readings"], variable_name="what"
    )
    words = pl.col("what").str.split(" ")
    return tidy.select(
        words.list.get(1).alias("strategy"),
        "unit_id",
        pl.col("horizon_day").cast(pl.Int64),
        words.list.get(0).alias("measure"),
        pl.col("value").cast(pl.Float64).fill_nan(None),
        pl.col("readings").cast(pl.Int64),
    )
