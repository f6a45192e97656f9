"""Windows with the answers that the bundle gives to them, by which an exported model is judged wherever it goes.

Windows that were held back from training, and beside them rows that a service will meet one day: features missing, a
unit that nobody knew, readings far beyond everything seen. Whether a model agrees is said in parity.py.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...detectors.sequences import histories, history_index, sequences
from ...errors import ReleaseError
from ..bundle import Bundle

UNKNOWN = "a unit that training did not know"
FAR = 1e12
_STRANGE, _REPEATED = 32, 8
"""At most so many features are spoilt one by one; so many windows are used for each other kind of strange row."""

_KEYS = ("unit_id", "window_start", "window_end")


@dataclass(frozen=True, eq=False)
class Examples:
    """Inputs and the bundle's answers.

    Attributes
    ----------
    features : float64 (n, n_features), or (n, steps, n_features) with the oldest step first; NaN where missing.
    unit : (n,) text.
    clock : float64 (n,) start of the window in days since 1970.
    score : float64 (n,), what the bundle scores.
    flag : bool (n,), whether that is above its threshold.
    natural : the first so many are windows as they were held back.
    """

    features: NDArray[np.float64]
    unit: NDArray[np.str_]
    clock: NDArray[np.float64]
    score: NDArray[np.float64]
    flag: NDArray[np.bool_]
    natural: int

    def asked_by(self, inputs: tuple[str, ...]) -> dict[str, NDArray]:
        """Give the arrays of a model's inputs, and the expected outputs."""
        return {name: getattr(self, name) for name in (*inputs, "score", "flag")}


def examples_of(bundle: Bundle, windows: pl.DataFrame, wanted: NDArray[np.bool_], at_most: int = 300) -> Examples:
    """Choose windows, make strange ones of some of them, and ask the bundle about all.

    Parameters
    ----------
    windows : rows of the features table, sorted by unit and time; those that are not wanted serve as history.
    wanted : (n_windows,) which were held back.
    at_most : so many of these are taken, evenly spaced.

    Raises
    ------
    ReleaseError
        If none was held back.
    """
    places = np.flatnonzero(wanted)
    if not len(places):
        raise ReleaseError(
            f"{bundle.manifest.fleet}/{bundle.manifest.detector} has no held-back windows to be tried on",
            remedy=f"backfill the days it was trained on: anomaly-assets backfill {bundle.manifest.fleet}",
        )
    chosen = places[np.unique(np.linspace(0, len(places) - 1, at_most).astype(np.int64))]
    index = history_index(windows, bundle.detector.steps)[chosen]  # (n, steps)
    columns = list(bundle.manifest.features)
    table = windows.select(pl.col(columns).cast(pl.Float64).fill_null(np.nan)).to_numpy()
    told = histories(table, windows, index, gaps=bundle.detector.tags.gaps)
    seen = _Rows(told, windows["unit_id"].to_numpy()[chosen].astype(np.str_), windows[chosen].select(_KEYS))
    return _answered(bundle, seen.with_strange_ones(), len(chosen))


@dataclass(frozen=True, eq=False)
class _Rows:
    """Histories float64 (n, steps, n_features), their units (n,), and the keys of each one's last step."""

    features: NDArray[np.float64]
    unit: NDArray[np.str_]
    keys: pl.DataFrame

    def with_strange_ones(self) -> "_Rows":
        spread = np.linspace(0, len(self.unit) - 1, _REPEATED).astype(np.int64)
        n_features = self.features.shape[2]
        spoilt = np.unique(np.linspace(0, n_features - 1, _STRANGE).astype(np.int64))
        base = spread[np.arange(len(spoilt)) % len(spread)]
        whole, last = slice(None), slice(-1, None)
        parts = [self, self._of(spread, unit=UNKNOWN)]
        parts += [self._of(base, spoilt, steps, value) for steps in (whole, last) for value in (np.nan, FAR, -FAR)]
        everything = [np.arange(n_features), np.arange(0, n_features, 2), np.arange(1, n_features, 2)]
        parts += [
            self._of(spread[:1], columns[None], whole, value)
            for columns in everything
            for value in (np.nan, FAR, -FAR)
            if len(columns)
        ]
        return _Rows(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.unit for part in parts]),
            pl.concat([part.keys for part in parts]),
        )

    def _of(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64] | None = None,
        steps: slice = slice(0),
        value: float = 0.0,
        unit: str | None = None,
    ) -> "_Rows":
        """Copies of some rows, in each of which one column or several have another value at some steps."""
        features = self.features[rows].copy()
        for row, spoilt in enumerate(columns if columns is not None else ()):
            features[row, steps, spoilt] = value
        named = self.unit[rows] if unit is None else np.full(len(rows), unit)
        return _Rows(features, named, self.keys[rows])


def _answered(bundle: Bundle, rows: _Rows, natural: int) -> Examples:
    score = _scores(bundle, rows)
    days = rows.keys["window_start"].cast(pl.Datetime("us")).to_physical().to_numpy() / 86_400e6
    features = rows.features if bundle.detector.steps > 1 else rows.features[:, 0]
    flag = bundle.require_threshold().flags(score)
    return Examples(np.ascontiguousarray(features), rows.unit, days, score, flag, natural)


def _scores(bundle: Bundle, rows: _Rows) -> NDArray[np.float64]:
    """What the bundle says of histories that are told step by step, in the order in which it reads them."""
    n, steps, _ = rows.features.shape
    keys = rows.keys[np.repeat(np.arange(n), steps)].with_columns(unit_id=pl.Series(np.repeat(rows.unit, steps)))
    told = pl.DataFrame(rows.features.reshape(n * steps, -1), schema=list(bundle.manifest.features))
    prepared = bundle.prepared(keys.hstack(told.fill_nan(None)))
    if steps > 1:
        index = np.arange(n * steps).reshape(n, steps)
        prepared = sequences(prepared, bundle.detector.feature_names_in_, index)
    return bundle.detector.score(prepared)
