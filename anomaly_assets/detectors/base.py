"""What every detector promises: construct, fit, ask; a score, never a decision.

A new detector is one file here. It subclasses Detector, says its tags, and fills in `_fit` and `_score` (and `_explain`
where the method can). There is deliberately no predict, no contamination and no threshold: those are in thresholds/.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import polars as pl

from ..errors import DetectorError
from . import storage
from .columns import blocks, choose, known_units, owned
from .parameters import parameter_names, validated
from .telling import Told


@dataclass(frozen=True)
class DetectorTags:
    """What may be expected of a kind; the check battery reads it.

    Attributes
    ----------
    deterministic : the same rows and parameters give the same scores, bit for bit.
    explains : `explain` gives contributions.
    sanity_only : a baseline to compare with; never promoted.
    knows_nothing : its score has nothing to do with what the sensors say; a measure that likes it is wrong.
    always : every window is to be flagged; whoever asks sets the threshold below its score.
    explained_by : how contributions are found: ``closed form`` of the score, or ``ablation``, by how much it falls when
        a sensor's features are put back to their usual values.
    expects : `expected` gives what every feature should have been.
    reads : ``tabular`` (one row of features) or ``sequence`` (fixed-size array columns).
    cannot_see : fault kinds that the method is blind to by construction, with its default parameters.
    knows_kinds : `tell`, `kinds` and `named_kinds` tell kinds of anomaly apart.
    unscaled : it is given features as they were measured, neither conditioned nor scaled, NaN where there is no value.
    gaps : it is given NaN, in place of 0, where a scaled feature has no value, and NaN in place of the window before
        where a step of its history has no window.
    """

    deterministic: bool
    explains: bool
    sanity_only: bool = False
    knows_nothing: bool = False
    always: bool = False
    explained_by: Literal["closed form", "ablation"] = "closed form"
    expects: bool = False
    reads: Literal["tabular", "sequence"] = "tabular"
    cannot_see: tuple[str, ...] = ()
    knows_kinds: bool = False
    unscaled: bool = False
    gaps: bool = False


class Detector(ABC):
    """Learns normality from windows and scores new ones.

    The constructor is keyword-only, stores its arguments unchanged and does nothing else. What `fit` learns ends in an
    underscore and is a numpy array or a number.

    Attributes
    ----------
    tags : what may be expected of this kind.
    statistics : which features take part, such as ``("raw", "mean")``; None for those of every sensor.
    steps : how many windows a score looks at, itself the last; more than 1 makes a sequence detector, whose frames
        hold an array column (n_windows, steps) per feature (see sequences.py).
    max_windows : most histories that a sequence detector learns from; None for all.
    needs : features that every sensor must have, such as ``("z_1h",)``; a fleet's file is held to it.
    clock : whether the matrices begin with a column for the time (window_start in days since 1970, UTC).
    by_unit : whether they begin with a column, before the clock's, for the unit: its place in ``units_``, -1 for a unit
        that training did not know.
    units_ : (n_units,) codes of the units learnt from, ascending; with ``by_unit``.
    feature_names_in_ : the columns learnt from, in the training frame's order.
    """

    tags: ClassVar[DetectorTags]
    clock: ClassVar[bool] = False
    by_unit: ClassVar[bool] = False
    statistics: tuple[str, ...] | None = None
    steps: int = 1
    max_windows: int | None = None
    needs: tuple[str, ...] = ()
    units_: np.ndarray
    feature_names_in_: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The file's name, as in the YAML."""
        return _kind(type(self))

    @property
    def params(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {name: getattr(self, name) for name in parameter_names(type(self))}

    def fit(self, X: pl.DataFrame, y: Any = None) -> Self:
        """Learn from windows (n_windows rows, scaled features); what was learnt before is forgotten, y is ignored.

        Raises
        ------
        DetectorError
            If a parameter is out of bounds, or there is no row or no feature to learn from.
        """
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)
        validated(type(self), self.params)
        columns = choose(X, self.statistics)
        if X.is_empty():
            raise DetectorError("there is no window to learn from", remedy="widen the fleet's training window")
        lacking = self.lacking(columns)
        if lacking:
            raise DetectorError(f"{type(self).__name__} lacks features", expected=", ".join(lacking))
        if self.by_unit:
            self.units_ = known_units(X["unit_id"])
        self._fit(np.asfortranarray(np.concatenate(list(self._blocks(X, columns)))), columns)
        self.feature_names_in_ = columns
        return self

    def score(self, X: pl.DataFrame) -> np.ndarray:
        """Score windows, aligned by column name; extra columns are ignored.

        Returns
        -------
        float64 (n_windows,), finite, higher = more anomalous. A row's score depends on that row alone, bit for bit.

        Raises
        ------
        DetectorError
            If the detector is not fitted, or a column is missing or holds values that are not finite.
        """
        columns = self._fitted_columns()
        return np.concatenate([np.empty(0), *(self._score(block) for block in self._blocks(X, columns))])

    def explain(self, X: pl.DataFrame) -> pl.DataFrame | None:
        """Say how much each sensor is to blame for each score: (n_windows, n_sensors), finite, none negative.

        The largest contribution names the sensor; what its size means, and whether all add up to the score, is said by
        the detector's class. A row's contributions depend on that row alone, bit for bit. None where the method has no
        contributions. The calendar is nobody's and left out. Raises as `score` does.
        """
        columns = self._fitted_columns()
        if not self.tags.explains:
            return None
        sensors = owned(columns)
        nothing = np.empty((0, len(sensors)))
        shares = np.concatenate([nothing, *(self._explain(block, sensors) for block in self._blocks(X, columns))])
        return pl.DataFrame(dict(zip(sensors, shares.T, strict=True)))

    def expected(self, X: pl.DataFrame) -> pl.DataFrame | None:
        """Say what every feature should have been, by what was learnt: (n_windows, n_features), finite, as scaled.

        The columns are ``feature_names_in_``; of a history, the last step. A row's values depend on that row alone, bit
        for bit. None where the method expects nothing in particular. Raises as `score` does.
        """
        columns = self._fitted_columns()
        if not self.tags.expects:
            return None
        nothing = np.empty((0, len(columns)))
        values = np.concatenate([nothing, *(self._expected(block) for block in self._blocks(X, columns))])
        return pl.DataFrame(dict(zip(columns, values.T, strict=True)))

    def kinds(self, X: pl.DataFrame) -> pl.DataFrame | None:
        """Tell kinds of anomaly apart: (n_windows, n_kinds), each from 0 to 1; None where the method knows no kinds.

        A row's values depend on that row alone, bit for bit. Raises as `score` does.
        """
        self._fitted_columns()
        return self.tell(X).kinds if self.tags.knows_kinds else None

    def named_kinds(self, X: pl.DataFrame) -> pl.Series | None:
        """Name the kind of anomaly that each score comes from, String (n_windows,); None as of `kinds`."""
        self._fitted_columns()
        return self.tell(X).named if self.tags.knows_kinds else None

    def tell(self, X: pl.DataFrame) -> Told:
        """Score windows and tell their kinds in one walk over them; raises as `score` does."""
        return Told(self.score(X))

    def lacking(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Name the features that the method needs of every sensor and that are not among ``columns``."""
        sensors = owned(columns)
        return tuple(f"{s}__{name}" for s in sensors for name in self.needs if f"{s}__{name}" not in columns)

    def save(self, folder: Path) -> None:
        """Write params.json and state.safetensors; no class is pickled."""
        names = self._fitted_columns()
        state = {k: np.asarray(v) for k, v in vars(self).items() if k.endswith("_") and k != "feature_names_in_"}
        storage.write(storage.Saved(self.kind, self.params, names, state), Path(folder))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; scores are bit-identical.

        Raises
        ------
        DetectorError
            If the folder is damaged, foreign, or of another kind.
        """
        saved = storage.read(Path(folder))
        try:
            if saved.kind != _kind(cls):
                raise DetectorError(f"a detector of kind {saved.kind}, not {_kind(cls)}")
            detector = cls(**validated(cls, saved.params))
            for name, value in saved.state.items():
                setattr(detector, name, value if value.ndim else value.item())
            detector.feature_names_in_ = saved.feature_names
            detector._check_state()
        except (DetectorError, AttributeError, ValueError, IndexError, TypeError) as error:
            raise storage.damaged(Path(folder), getattr(error, "wrong", str(error))) from error
        return detector

    def _blocks(self, X: pl.DataFrame, columns: tuple[str, ...]) -> Iterator[np.ndarray]:
        units, missing = self.units_ if self.by_unit else None, self.tags.unscaled or self.tags.gaps
        return blocks(X, columns, steps=self.steps, clock=self.clock, units=units, missing=missing)

    def _fitted_columns(self) -> tuple[str, ...]:
        if "feature_names_in_" not in vars(self):
            raise DetectorError(f"{type(self).__name__} is not fitted", remedy="call fit, or load a saved detector")
        return self.feature_names_in_

    @abstractmethod
    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        """Learn from float64 (n_windows, n_features), finite, columns contiguous; ``names`` are the columns'.

        A sequence detector gets (n_windows, n_features * steps), the steps of a feature beside each other, oldest
        first. With ``clock`` and with ``by_unit``, one more column stands before all others, and ``names`` doesn't tell
        it.
        """

    @abstractmethod
    def _score(self, matrix: np.ndarray) -> np.ndarray:
        """Score a block; row by row independent of its neighbours and their number, so no BLAS."""

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        """Contributions of a block: (n_windows, n_sensors), none negative; ``sensors`` holds the features of each."""
        raise NotImplementedError

    def _expected(self, matrix: np.ndarray) -> np.ndarray:
        """Expected values of a block: (n_windows, n_features)."""
        raise NotImplementedError

    def _check_state(self) -> None:
        """Raise ValueError if what was loaded can't be scored or explained with; one trial row by default."""
        width = len(self.feature_names_in_) * self.steps + self.clock + self.by_unit
        row, sensors = np.zeros((1, width)), owned(self.feature_names_in_)
        score = self._score(row)
        if score.shape != (1,) or not np.isfinite(score).all():
            raise ValueError("the state gives no score")
        if self.tags.explains and self._explain(row, sensors).shape != (1, len(sensors)):
            raise ValueError("the state gives no contributions")
        if self.tags.expects and self._expected(row).shape != (1, len(self.feature_names_in_)):
            raise ValueError("the state gives no expected values")


def _kind(owner: type) -> str:
    return owner.__module__.rpartition(".")[2]
