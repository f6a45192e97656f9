"""Why a window alarms, for people: which sensors, what they read, what they should have read, above or below.

What contributes is said by the detectors; what is written where belongs in score.py. Only alarming windows are asked
about, since contributions can cost as much as a score for every sensor.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..contracts import NAMED, explanation_columns
from ..detectors import expected_windows, explain_windows
from ..registry import Bundle
from .rows import Rows

Numbers = NDArray[np.float64]


def explanations(bundle: Bundle, features: pl.DataFrame, scaled: Rows, flags: np.ndarray) -> pl.DataFrame:
    """Explain the windows that alarm.

    Of each sensor that contributes, the feature is told that lies furthest from what was expected of it. A detector
    that expects nothing in particular is helped out by the usual value of training.

    Parameters
    ----------
    features : (n_windows,) rows of the features table, of which some alarm.
    scaled : what the detector was given; ``features`` are its wanted windows.
    flags : (n_windows,) which alarm.

    Returns
    -------
    (n_windows,) the explanation columns of the scores table: null where nothing alarms, everywhere if the detector
    explains nothing, and from the first sensor on that contributes nothing. A row depends on itself and its history
    alone, to the last bit.
    """
    alarming = np.zeros_like(scaled.wanted)
    alarming[np.flatnonzero(scaled.wanted)[flags]] = True
    contributions = explain_windows(bundle.detector, scaled.windows, alarming)
    if contributions is None:
        return _all_columns(features.select("unit_id"))
    compared = _compared(bundle, features.filter(pl.Series(flags)), Rows(scaled.windows, alarming))
    told = _all_columns(pl.DataFrame(_told(bundle, contributions, compared)))
    place = pl.Series(np.where(flags, np.cumsum(flags) - 1, 0)).cast(pl.UInt32)
    return told.select(pl.all().gather(pl.select(pl.when(pl.Series(flags)).then(place)).to_series()))


@dataclass(frozen=True)
class _Compared:
    """Features of alarming windows beside what they should have been, (n_alarming, n_features) each.

    Attributes
    ----------
    names : of the features.
    observed, expected : in engineering units, NaN where they can't be told.
    distance : between the two in scaled units, -1 where a feature has no value.
    """

    names: tuple[str, ...]
    observed: Numbers
    expected: Numbers
    distance: Numbers


def _compared(bundle: Bundle, features: pl.DataFrame, asked: Rows) -> _Compared:
    names = [name for name in bundle.detector.feature_names_in_ if name in bundle.scaler.columns]
    known = features if bundle.conditioner is None else bundle.conditioner.transform(features)
    given = (bundle.scaled(features) if bundle.detector.tags.unscaled else asked.only()).select(names)
    expected = expected_windows(bundle.detector, asked.windows, asked.wanted)
    wanted = given.select(pl.all() * 0.0) if expected is None else expected.select(names)
    distance = np.abs(_matrix(given) - _matrix(wanted))
    return _Compared(
        tuple(names),
        _matrix(features.select(names)),
        _matrix(_in_units(bundle, features, None if expected is None else wanted, names)),
        np.where(np.isfinite(_matrix(known.select(names))), distance, -1.0),
    )


def _in_units(bundle: Bundle, features: pl.DataFrame, expected: pl.DataFrame | None, names: list[str]) -> pl.DataFrame:
    """Say expected values, usual ones if there are none, in engineering units at the windows' own settings."""
    if expected is not None:
        values: pl.DataFrame | None = bundle.scaler.unscaled(features.select("unit_id").hstack(expected))
    else:
        values = bundle.scaler.usual(features)
    if values is None:
        return features.select(pl.repeat(None, pl.len(), dtype=pl.Float64).alias(name) for name in names)
    values = values.select(names)
    return values if bundle.conditioner is None else bundle.conditioner.restored(values, features)


def _told(bundle: Bundle, contributions: pl.DataFrame, compared: _Compared) -> dict[str, pl.Series]:
    tags, blame = bundle.detector.tags, _matrix(contributions)
    order = np.argsort(-blame, axis=1, kind="stable")
    total = np.zeros(len(blame))
    for column in blame.T:
        total += column  # sensor by sensor: a sum along rows may round differently for another number of rows
    told = {
        "explained_by": pl.Series([tags.explained_by] * len(blame), dtype=pl.String),
        "expected_from": pl.Series(["detector" if tags.expects else "usual value"] * len(blame), dtype=pl.String),
    }
    worst = _worst_features(contributions.columns, compared)
    row = np.arange(len(blame))
    for rank, sensor in enumerate(order.T[:NAMED], start=1):
        share = np.divide(blame[row, sensor], total, out=np.zeros(len(blame)), where=total > 0)
        share[share <= 0] = np.nan
        told |= _ranked(str(rank), share, worst[row, sensor], compared)
    return told


def _all_columns(told: pl.DataFrame) -> pl.DataFrame:
    """Null in the columns that nothing was told of."""
    columns = explanation_columns().items()
    return told.select(
        (pl.col(name) if name in told.columns else pl.repeat(None, pl.len(), dtype=column.dtype)).alias(name)
        for name, column in columns
    )


def _worst_features(sensors: list[str], compared: _Compared) -> NDArray[np.intp]:
    """Position of the feature of every sensor that is furthest from what was expected, (n_alarming, n_sensors)."""
    owner = [name.rpartition("__")[0] for name in compared.names]
    worst = np.empty((len(compared.distance), len(sensors)), dtype=np.intp)
    for place, sensor in enumerate(sensors):
        own = np.array([position for position, name in enumerate(owner) if name == sensor])
        worst[:, place] = own[compared.distance[:, own].argmax(axis=1)]
    return worst


def _ranked(rank: str, share: Numbers, feature: NDArray[np.intp], compared: _Compared) -> dict[str, pl.Series]:
    """Columns of the sensors of one rank; ``share`` is NaN where there is none."""
    named, row = np.isfinite(share), np.arange(len(share))
    parts = np.array([name.rpartition("__")[::2] for name in compared.names], dtype=object).reshape(-1, 2)
    observed = np.where(named, compared.observed[row, feature], np.nan)
    expected = np.where(named, compared.expected[row, feature], np.nan)
    direction = np.full(len(share), None, dtype=object)
    direction[observed > expected], direction[observed < expected] = "above", "below"
    return {
        f"sensor_{rank}": _texts(parts[feature, 0], named),
        f"share_{rank}": pl.Series(share, nan_to_null=True),
        f"feature_{rank}": _texts(parts[feature, 1], named),
        f"observed_{rank}": pl.Series(observed, nan_to_null=True),
        f"expected_{rank}": pl.Series(expected, nan_to_null=True),
        f"direction_{rank}": pl.Series(direction.tolist(), dtype=pl.String),
    }


def _texts(values: NDArray[np.object_], named: NDArray[np.bool_]) -> pl.Series:
    return pl.Series([value if there else None for value, there in zip(values, named, strict=True)], dtype=pl.String)


def _matrix(frame: pl.DataFrame) -> Numbers:
    """Float64 (n_rows, n_columns), NaN where there is no value."""
    return frame.select(pl.all().cast(pl.Float64).fill_null(np.nan)).to_numpy()
