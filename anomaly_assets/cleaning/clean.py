"""The order of cleaning, and what comes out of it.

Every step looks back over a bounded time only, so that days, chunks and ranges give the same rows bit for bit, given
``fleet.cleaning_lookback`` of readings before the range.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from ..config import FleetConfig
from ..contracts import QUALITY, cleaned_sensors, quality_column
from ..errors import ContractError
from .alignment import Grid, align, grid_step
from .batch import Asked, Batch, epoch, lay_out, lay_out_asked
from .duplicates import count_backwards, remove_superseded
from .gaps import carry_forward, mark_gaps
from .impossible import remove_not_finite, remove_out_of_range
from .judgements import apply_verdict, find_outliers, find_stuck


@dataclass(frozen=True)
class CleanResult:
    """Clean readings, what was taken out, and how often what happened.

    Attributes
    ----------
    cleaned : the table ``cleaned_sensors``, rows of [start, end).
    quarantine : the table ``quarantine``, one row per reading taken out whose time lies in [start, end).
    counts : rows: ``readings`` = ``kept`` + ``duplicate`` + ``fully_quarantined`` + ``empty`` (kept: a reading of it is
        left; duplicate: all it says is said again; fully quarantined: nothing is left and something was taken out;
        empty: it never said anything), and ``out_of_order`` among them. Single readings: ``conflicting_duplicate``,
        ``out_of_range``, ``not_finite``, ``outlier_flagged``, ``outlier_removed``, ``stuck_flagged``,
        ``stuck_removed``, ``imputed``, ``gaps``.
    """

    cleaned: pl.DataFrame
    quarantine: pl.DataFrame
    counts: dict[str, int]


def clean(readings: pl.DataFrame, fleet: FleetConfig, start: datetime, end: datetime) -> CleanResult:
    """Clean the readings of [start, end), which lie on the sampling grid.

    Parameters
    ----------
    readings : table ``raw_readings``, from ``fleet.cleaning_lookback`` before ``start``; readings at or after ``end``
        are not looked at.

    Raises
    ------
    ContractError
        If a sensor's column is missing, or the range cuts through a sampling step.
    """
    first, last = _on_grid(start, fleet), _on_grid(end, fleet)
    batch = lay_out(readings, fleet, first, last)
    spoke = batch.speaking()
    counts = {"readings": int(batch.asked.sum()), "out_of_order": count_backwards(batch)} | _judge(batch)
    counts |= _fates(batch, spoke)
    grid = _on_the_grid(batch, last)
    grid = grid.rows(np.flatnonzero(grid.time >= first))
    counts |= {"imputed": _marked(grid, "imputed"), "gaps": _marked(grid, "gap")}
    return CleanResult(_as_table(grid, batch), batch.quarantined(), counts)


def clean_asked(rows: Asked, fleet: FleetConfig) -> Grid:
    """Clean readings that came in a request, by the steps of `clean`; what is taken out is recorded nowhere.

    Returns
    -------
    Rows on the sampling grid, sorted by unit and time: what `clean` makes of the same readings, given that every unit's
    begin ``fleet.cleaning_lookback`` before the first row that is looked at.
    """
    batch = lay_out_asked(rows, fleet)
    _judge(batch)
    return _on_the_grid(batch, rows.until)


def _on_the_grid(batch: Batch, end: int | np.ndarray) -> Grid:
    return carry_forward(mark_gaps(align(batch), batch.fleet), batch.fleet, end)


def _on_grid(instant: datetime, fleet: FleetConfig) -> int:
    moment = epoch(instant)
    if moment % grid_step(fleet):
        raise ContractError(
            "a range to be cleaned cuts through a sampling step",
            found=instant,
            expected=f"a multiple of {fleet.sampling} since 1970-01-01 UTC",
            remedy="ask for whole days",
        )
    return moment


def _judge(batch: Batch) -> dict[str, int]:
    """Run every judgement in order; impossible readings go first, so that they contradict nobody."""
    cleaning = batch.fleet.cleaning
    counts = {"not_finite": remove_not_finite(batch)}
    counts |= {"out_of_range": remove_out_of_range(batch), "conflicting_duplicate": remove_superseded(batch)}
    actions = {"outlier": cleaning.outliers.action, "stuck": cleaning.stuck.action}
    finders = {"outlier": find_outliers, "stuck": find_stuck}
    verdicts = {rule: finders[rule](batch) for rule, action in actions.items() if action != "ignore"}
    for rule, action in actions.items():
        touched = apply_verdict(batch, verdicts[rule], rule, action) if rule in verdicts else 0
        counts |= {f"{rule}_flagged": touched * (action == "flag"), f"{rule}_removed": touched * (action == "remove")}
    return counts


def _fates(batch: Batch, spoke: np.ndarray) -> dict[str, int]:
    """Count what became of the asked rows; ``spoke`` says which held a reading before any judgement."""
    kept = batch.speaking()
    fates = {
        "kept": kept,
        "duplicate": spoke & ~kept & ~batch.broken,
        "fully_quarantined": batch.broken & ~kept,
        "empty": ~spoke & ~batch.broken,
    }
    return {name: int((rows & batch.asked).sum()) for name, rows in fates.items()}


def _marked(grid: Grid, bit: str) -> int:
    return int(((grid.quality & QUALITY[bit]) > 0).sum())


def _as_table(grid: Grid, batch: Batch) -> pl.DataFrame:
    units = pl.Series(batch.units, dtype=pl.String)
    time = pl.Series("time", grid.time).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    columns = [units.gather(grid.unit).alias("unit_id"), time]
    names = batch.fleet.sensors
    columns += [pl.Series(name, values).fill_nan(None) for name, values in zip(names, grid.sensors, strict=True)]
    columns += [pl.Series(quality_column(name), bits) for name, bits in zip(names, grid.quality, strict=True)]
    return cleaned_sensors(batch.fleet).align(pl.DataFrame(columns))
