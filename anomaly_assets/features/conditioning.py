"""What every conditioner promises: features in, the same features without what the settings explain, out.

A method is a file of its own (regress.py, modes.py); how a fleet's file chooses one is told in preparing.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl

from ..errors import FeatureError
from .moments import FloatArray

UNTOLD = "backfill the training days again if conditioning is new, or choose a training window that recorded them"
"""What to do where no window tells its settings."""

_methods: dict[str, type["Conditioner"]] = {}


class Conditioner(ABC):
    """Learnt from training windows; takes out of the sensors' features what the operating settings explain.

    Attributes
    ----------
    method : the name that a fleet's file and the saved document know it by.
    """

    method: ClassVar[str]

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        _methods[cls.method] = cls

    @abstractmethod
    def fit(self, features: pl.DataFrame) -> Self:
        """Learn from training windows (rows of contracts.features).

        Raises
        ------
        FeatureError
            If a column is missing, or there is nothing to learn from.
        """

    @abstractmethod
    def transform(self, features: pl.DataFrame) -> pl.DataFrame:
        """Take the settings' part out, window by window; a row depends on itself alone, to the last bit.

        Returns
        -------
        The same rows; the sensors' columns in engineering units, null where they can't be told; the settings' columns
        are gone unless they were to be kept; all others as they were.

        Raises
        ------
        FeatureError
            If it is not fitted or a column is missing.
        """

    @abstractmethod
    def restored(self, left: pl.DataFrame, features: pl.DataFrame) -> pl.DataFrame:
        """Put the settings' part back: what a window's features would have been, had `transform` given these.

        Parameters
        ----------
        left : (n_windows,) some columns of what `transform` gives out, such as expected values.
        features : (n_windows,) the windows whose settings count (rows of contracts.features).

        Returns
        -------
        The columns of ``left`` in engineering units at the windows' settings, null where these can't be told. A row
        depends on itself alone, to the last bit.
        """

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Everything needed to do alike elsewhere; numbers survive json.dumps and json.loads to the last bit."""

    @classmethod
    @abstractmethod
    def _read(cls, document: dict[str, Any]) -> Self:
        """Read what `to_json` wrote; KeyError, TypeError or ValueError for anything else."""

    @staticmethod
    def from_json(document: dict[str, Any]) -> "Conditioner":
        """Read what any method's `to_json` wrote.

        Raises
        ------
        FeatureError
            If it is no saved conditioner.
        """
        try:
            return _methods[document["method"]]._read(document)
        except (KeyError, TypeError, ValueError) as error:
            raise FeatureError(
                "this is no saved conditioner", found=repr(error), remedy="fit and save it again"
            ) from error


def require_columns(features: pl.DataFrame, columns: Sequence[str]) -> None:
    """Raise FeatureError where columns are missing."""
    missing = [name for name in columns if name not in features.columns]
    if missing:
        raise FeatureError("columns are missing", found=", ".join(features.columns), expected=", ".join(missing))


def numbers(values: pl.Series) -> FloatArray:
    """Copy a column as float64, NaN where there is no value; asked column by column for every window in service."""
    return np.array(values.to_numpy(), dtype=np.float64)
