"""What other programs keep in a ``.joblib``, as a bundle: a dictionary of model, scaler, features, threshold, metadata.

Nothing is read from disk here. How such a model is asked is said in detectors/foreign.py.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ...detectors.foreign import ForeignModel
from ...errors import DetectorError, ReleaseError
from ...features import Scaler
from ...thresholds import Threshold
from ..bundle import Bundle
from ..manifest import Manifest, libraries

TURNED = "turned_from"
"""Parameter of a threshold that was meant for scores as they were: what it was before it was turned with them."""

_NEUTRAL = ("mean_", "center_", "data_min_")


class ForeignScaler(Scaler):
    """A scikit-learn scaler (or none) in the place of ours; a missing value is the scaler's usual one.

    That is the mean or the median it has learnt, the middle of the range of one that learns ranges, and 0 where there
    is no scaler.

    Parameters
    ----------
    fitted : has ``transform``; None leaves values alone.
    features : names of the columns, in order.
    """

    def __init__(self, fitted: Any, features: tuple[str, ...]) -> None:
        super().__init__(method="none", per="fleet")
        self.fitted, self.columns = fitted, features
        self._centre, self._scale = np.zeros((1, len(features))), np.ones((1, len(features)))
        self.neutral = _neutral(fitted, len(features))

    def transform(self, features: pl.DataFrame, *, gaps: bool = False) -> pl.DataFrame:
        """Scale windows row by row, as of `Scaler.transform`; a foreign model knows no ``gaps``."""
        plain = super().transform(features)  # refuses what lacks a column
        given = features.select(pl.col(self.columns).cast(pl.Float64).fill_null(np.nan)).to_numpy()
        known = np.where(np.isfinite(given), given, self.neutral)
        scaled = known if self.fitted is None else np.asarray(_asked(self.fitted, known), dtype=np.float64)
        made = [pl.Series(name, column) for name, column in zip(self.columns, scaled.T, strict=True)]
        return plain.with_columns(made)


def foreign_bundle(artefact: Mapping[str, Any], path: Path) -> Bundle:
    """Make a bundle of a foreign file's content.

    A threshold counts as what a score turned so that higher is more anomalous must exceed. One below 0 of a model whose
    turned scores are never below 0 (isolation forest, local outlier factor) was meant for the scores as they were, and
    is turned too.

    Parameters
    ----------
    artefact : ``model`` and ``features``; ``scaler``, ``threshold`` and ``metadata`` where there are any.
    path : the file, for its name and age.

    Raises
    ------
    ReleaseError
        If the parts are of no known kind or don't fit each other.
    """
    features = _features(artefact["features"], path)
    try:
        detector = ForeignModel.around(artefact["model"], features)
        scaler = ForeignScaler(artefact.get("scaler"), features)
        detector.score(scaler.transform(_one_row(features)))
    except DetectorError as error:
        raise ReleaseError(f"{path}: {error.wrong}", found=error.found, expected=error.expected) from error
    except Exception as error:  # a foreign object can fail in any way
        raise ReleaseError(f"{path}: the scaler can't be used", found=f"{type(error).__name__}: {error}") from error
    metadata = artefact.get("metadata")
    made = _made(metadata if isinstance(metadata, Mapping) else {}, path)
    threshold = _threshold(artefact.get("threshold"), detector, made, path)
    return Bundle(detector, scaler, threshold, profile=None, manifest=_manifest(detector, path, made))


def _features(names: Any, path: Path) -> tuple[str, ...]:
    listed = list(names) if isinstance(names, list | tuple | np.ndarray) else []
    if not listed or not all(isinstance(name, str) for name in listed) or len(set(listed)) < len(listed):
        raise ReleaseError(
            f"{path} doesn't say its features", found=repr(names)[:200], expected="a list of different names"
        )
    return tuple(map(str, listed))


def _threshold(value: Any, detector: ForeignModel, made: datetime, path: Path) -> Threshold | None:
    if value is None:
        return None
    number = float(value) if isinstance(value, int | float | np.number) else math.nan
    if not math.isfinite(number):
        raise ReleaseError(f"{path} has a threshold that is no number", found=repr(value), expected="a finite number")
    meant_unturned = number < 0 and type(detector.model).__name__ in ("IsolationForest", "LocalOutlierFactor")
    return Threshold(
        value=-number if meant_unturned else number,
        method="given",
        params={TURNED: number} if meant_unturned else {},
        assumption=f"{path.name} says so",
        windows=0,
        unit_days=0.0,
        start=made,
        end=made,
    )


def _manifest(detector: ForeignModel, path: Path, made: datetime) -> Manifest:
    fleet, _, name = path.stem.partition("_")
    return Manifest(
        fleet=fleet if name else "foreign",
        detector=name or path.stem,
        kind=_snake(type(detector.model).__name__),
        features=detector.feature_names_in_,
        config_digest="",
        fingerprint="",
        code_version="",
        libraries=libraries(),
        created_at=made,
    )


def _made(metadata: Mapping[str, Any], path: Path) -> datetime:
    for name in ("trained_on", "trained_at", "created_at", "timestamp"):
        try:
            moment = datetime.fromisoformat(str(metadata.get(name)))
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _neutral(fitted: Any, n_features: int) -> np.ndarray:
    for name in _NEUTRAL:
        usual = getattr(fitted, name, None)
        if usual is not None:
            other = getattr(fitted, "data_max_", usual) if name == "data_min_" else usual
            return np.asarray((usual + other) / 2, dtype=np.float64)
    return np.zeros(n_features)


def _asked(fitted: Any, rows: np.ndarray) -> Any:
    import warnings

    with warnings.catch_warnings():  # fitted on a frame, asked with its numbers
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        return fitted.transform(rows)


def _one_row(features: tuple[str, ...]) -> pl.DataFrame:
    moment = pl.Series([datetime(1970, 1, 1, tzinfo=UTC)], dtype=pl.Datetime("us", "UTC"))
    keys = {"unit_id": pl.Series([""]), "window_start": moment, "window_end": moment}
    return pl.DataFrame(keys | {name: pl.Series([None], dtype=pl.Float64) for name in features})


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
