"""A measurement broken down: the same measures on the windows of one failure type, mode, season or age at a time.

What the strata of windows are called is in stratum_columns.py.
"""

from datetime import timedelta
from typing import Any

import polars as pl

from ..errors import EvaluationError
from .labelling import label_windows
from .report import Measurement, measure

NOT_ENOUGH = "not enough events"


def by_stratum(
    scored: pl.DataFrame,
    labels: pl.DataFrame,
    stratum: pl.Series | str,
    *,
    merge_gap: timedelta,
    buffer: int,
    min_events: int = 5,
    **settings: Any,
) -> dict[str, Measurement | str]:
    """Measure each stratum of windows on its own: stratum to its measurement, in order of names.

    Normal windows whose stratum is null are the background of every stratum: failure types need normal windows beside
    them, too. Anomalous windows without a stratum are left out. An event counts in every stratum that it has a window
    in.

    Parameters
    ----------
    scored, labels, merge_gap, buffer : as in `measure`.
    stratum : (n_windows,) in the order of ``scored``, or a column of it; a column's nulls are the stratum "unknown".
    min_events : a stratum with fewer events gives the text "not enough events" instead of numbers.
    settings : other parameters of `measure`.

    Raises
    ------
    EvaluationError
        when the stratum is of another length, or not a column.
    """
    names = _names(scored, stratum)
    background = (names.is_null() & ~label_windows(scored, labels)).alias("background")
    found: dict[str, Measurement | str] = {}
    for name in sorted(names.drop_nulls().unique().to_list()):
        chosen = scored.filter((names == name).fill_null(False) | background)
        measured = measure(chosen, labels, merge_gap=merge_gap, buffer=buffer, **settings)
        found[name] = measured if measured.events >= min_events else NOT_ENOUGH
    return found


def _names(scored: pl.DataFrame, stratum: pl.Series | str) -> pl.Series:
    if isinstance(stratum, str):
        if stratum not in scored.columns:
            raise EvaluationError("no such stratum", found=stratum, expected=f"a column of {scored.columns}")
        return scored[stratum].cast(pl.String).fill_null("unknown")
    if stratum.len() != scored.height:
        sizes = f"{stratum.len()} strata for {scored.height} windows"
        raise EvaluationError("strata and windows differ in length", found=sizes, remedy="pass one stratum per window")
    return stratum.cast(pl.String)
