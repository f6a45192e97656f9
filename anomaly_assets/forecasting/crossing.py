"""Readings forecast by models that have not seen their stretch of the recording (cross-conformal, Vovk 2015).

What they miss calibrates the intervals and tells how far to lean on naive forecasts, so that all seasons recorded have
a say, not only the last month.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..config import ForecastConfig
from .boosting import Settings
from .direct import Direct
from .layout import Layout
from .rows import Rows


@dataclass(frozen=True)
class Crossed:
    """What models of other stretches say.

    Attributes
    ----------
    rows : which; (n,).
    told : (n, n_features + 1) what the trees were told.
    straight, added : (n,) what the line says and what the trees add, in spreads from the base.
    stretch : (n,) number of the stretch.
    """

    rows: Rows
    told: np.ndarray
    straight: np.ndarray
    added: np.ndarray
    stretch: np.ndarray

    @classmethod
    def by(cls, model: Direct, rows: Rows, number: int = 0) -> "Crossed":
        """Ask one model."""
        return cls(rows, *model.parts(rows), np.full(len(rows.unit), number))


def cross(  # noqa: PLR0917
    layout: Layout, config: ForecastConfig, settings: Settings, rows: Rows, target: np.ndarray, usual: np.ndarray
) -> Crossed | None:
    """Forecast one stretch of the recording after the other, from models of the others; None if that can't be done.

    A stretch's targets, and those within a day of it, are not learnt from.

    Parameters
    ----------
    usual : bool (n,): rows that may be learnt from; the others are forecast, too, since they come in service.
    """
    found, column = [], rows.origin + rows.horizon
    for number, (start, stop) in enumerate(stretches(column, config.folds)):
        seen = usual & ((column < start - layout.day) | (column >= stop + layout.day))
        if seen.sum() < 2 * config.min_rows_leaf:
            continue
        model = Direct.fit(rows.taken(seen), target[seen], layout, config, settings)
        found.append(Crossed.by(model, rows.taken((column >= start) & (column < stop)), number))
    if not found:
        return None
    told, straight, added, stretch = (
        np.concatenate([getattr(each, name) for each in found]) for name in ("told", "straight", "added", "stretch")
    )
    return Crossed(Rows.joined([each.rows for each in found]), told, straight, added, stretch)


def stretches(column: np.ndarray, folds: int) -> list[tuple[int, int]]:
    """Cut the recording into stretches of time with about equally many of the columns (n,)."""
    inner = np.quantile(column, np.arange(1, folds) / folds).astype(int) if len(column) else []
    cuts = [0, *(int(edge) for edge in inner), int(column.max(initial=0)) + 1]
    return [(low, high) for low, high in pairwise(cuts) if high > low]
