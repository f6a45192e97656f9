"""Models that were fitted elsewhere, asked as if they were ours. No kind of a fleet's file: nothing is fitted here."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DetectorError
from .base import Detector, DetectorTags
from .fixed_blocks import in_fixed_blocks

BLOCK = 256
"""Rows that a model is asked about at a time whose answers may round differently in a batch of another size."""


class ForeignModel(Detector):
    """A scikit-learn model, or an object with ``reconstruction_error``, with its sign turned: higher is more anomalous.

    ================== ===================== ==========================
    model              asked for             turned
    ================== ===================== ==========================
    IsolationForest    ``score_samples``     yes, to 0 (normal) ... 1
    LocalOutlierFactor ``score_samples``     yes; must have ``novelty``
    OneClassSVM        ``decision_function`` yes
    any object         ``reconstruction_error`` no
    ================== ===================== ==========================

    Parameters
    ----------
    model : fitted.
    """

    tags = DetectorTags(deterministic=True, explains=False)

    def __init__(self, *, model: Any) -> None:
        self.model = model

    @classmethod
    def around(cls, model: Any, features: Sequence[str]) -> "ForeignModel":
        """Wrap a fitted model.

        Parameters
        ----------
        features : names of the columns it was fitted on, in order.

        Raises
        ------
        DetectorError
            If the model is of no kind that is known, is not fitted, or was fitted on another number of columns.
        """
        wrapped = cls(model=model)
        wrapped.feature_names_in_ = tuple(features)
        fitted_on = getattr(model, "n_features_in_", len(features))
        if fitted_on != len(features):
            raise DetectorError(
                "the model was fitted on another number of features", found=len(features), expected=fitted_on
            )
        try:
            wrapped._check_state()
        except Exception as error:  # a foreign object can fail in any way; all of them mean the same to the caller
            if isinstance(error, DetectorError):
                raise
            raise DetectorError("the model gives no score", found=f"{type(error).__name__}: {error}") from error
        return wrapped

    @property
    def flips(self) -> bool:
        """Whether the model's own scores are lower for what is more anomalous."""
        return _asked(self.model)[1] < 0

    def save(self, folder: Path) -> None:
        """Refuse: only a pickle could keep a foreign object."""
        raise DetectorError(
            f"a {type(self.model).__name__} from elsewhere can't be kept without a pickle",
            remedy="keep the file that it came in, or train a detector of the platform",
        )

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        raise DetectorError("a model from elsewhere can't be fitted", remedy="train a detector of the platform")

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        question, sign, rowwise = _asked(self.model)

        def ask(rows: np.ndarray) -> np.ndarray:
            with warnings.catch_warnings():  # fitted on a frame, asked with its numbers
                warnings.filterwarnings("ignore", message="X does not have valid feature names")
                return np.asarray(question(rows), dtype=np.float64).reshape(len(rows))

        answers = ask(np.ascontiguousarray(matrix)) if rowwise else in_fixed_blocks(ask, matrix, BLOCK)
        return sign * answers + 0.0


def _asked(model: Any) -> tuple[Callable[[np.ndarray], Any], float, bool]:
    """What to ask, the sign that makes higher more anomalous, and whether a row's answer never depends on others."""
    from sklearn.ensemble import IsolationForest
    from sklearn.neighbors import LocalOutlierFactor
    from sklearn.svm import OneClassSVM

    if isinstance(model, IsolationForest):
        return model.score_samples, -1.0, True
    if isinstance(model, LocalOutlierFactor) and model.novelty:
        return model.score_samples, -1.0, False
    if isinstance(model, OneClassSVM):
        return model.decision_function, -1.0, True
    if callable(getattr(model, "reconstruction_error", None)):
        return model.reconstruction_error, 1.0, False
    raise DetectorError(
        f"no way is known to ask a {type(model).__name__} for scores",
        expected="IsolationForest, LocalOutlierFactor with novelty=True, OneClassSVM, "
        "or an object with reconstruction_error",
        remedy="wrap the model in an object with reconstruction_error(X), higher for what is more anomalous",
    )
