"""Fusion: several detectors asked at once, each by how surprising its score is; the surprises are added up."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from .base import Detector, DetectorTags
from .columns import owned
from .held_back import held_back
from .members import Member, built, checked, learnt, own_columns, restore, statistics_read, view
from .rowwise import rowwise_sums
from .tails import Tail, fit_tail, surprise


class Fusion(Detector):
    """Minus logarithms of the members' tail probabilities, combined.

    Scores of different detectors have no common unit. So the members learn from some stretches of the training rows,
    and their scores of the others say how probable a score is in normal operation (see tails.py); rows a member has
    learnt from would look too normal, and most so to the member that fits closest. For the same reason members are not
    fitted again on all rows afterwards: the tails would then belong to other members than those that are asked. It
    costs the members ``held_out`` of their rows.

    The sum is Fisher's, without his chi-squared law: members look at the same rows and agree by more than chance, so
    that the sum is no probability, and is calibrated like any other score. ``sum`` gains where faults show a little in
    several members, ``max`` where only one can see them, ``top2`` (mean of the two largest) lies between.
    Assumes, sees and costs what the members do. Reads the features that at least one member reads.

    A sensor's contribution adds up its shares of the contributions of every member that explains, each times that
    member's surprise; so with ``sum``, contributions add up to the score if all explain. They are 0 if none does.
    What a feature should have been is said by the first member that reads it and expects, else by its median.

    Parameters
    ----------
    members : detectors of one row of features each, as ``{kind: ..., params: {...}}``.
    combine : ``sum``, ``max`` or ``top2`` of the members' surprises.
    held_out : share of training rows for the tails, as one stretch in a whole number of them: 0.3 is one in three.
    embargo : rows between stretches that are neither learnt from nor held out; longer than what trailing features
        share, if those are read.
    tail : share of held-out scores that the tail is learnt from.
    seed : of members that draw and whose params don't say one.

    Attributes
    ----------
    ordered_ : (n_members, n_held_out) held-out scores, ascending.
    start_, spread_, index_ : (n_members,) of the tails.
    center_ : (n_features,) medians of what was learnt from.
    member0_..., member1_... : what each member learnt, under its own names.

    References
    ----------
    Fisher, R. A. (1932). Statistical Methods for Research Workers, 4th edition, section 21.1. (Sum of -log p.)
    Brown, M. B. (1975). A method for combining non-independent, one-sided tests of significance. Biometrics 31(4),
    987-992. (What dependence does to the law of the sum.)
    Kriegel, H.-P., Kröger, P., Schubert, E. and Zimek, A. (2011). Interpreting and unifying outlier scores. SIAM
    International Conference on Data Mining, 13-24.
    """

    __slots__ = ("_members",)
    _members: list[Detector]
    """Fitted members, made from the arrays and therefore beside them: not saved."""

    tags = DetectorTags(deterministic=True, explains=True, expects=True, cannot_see=("stuck",))

    def __init__(
        self,
        *,
        members: Annotated[tuple[Member, ...], Field(min_length=1), AfterValidator(checked)] = (
            {"kind": "one_class_svm", "params": {"statistics": ["raw"]}},
            {"kind": "hotelling_t2_q", "params": {"statistics": ["raw"]}},
            {"kind": "deviation", "params": {"statistics": ["raw"]}},
        ),
        combine: Literal["sum", "max", "top2"] = "sum",
        held_out: Annotated[float, Field(gt=0, le=0.5)] = 0.3,
        embargo: Annotated[int, Field(ge=1)] = 10,
        tail: Annotated[float, Field(gt=0, le=0.5)] = 0.05,
        seed: Annotated[int, Field(ge=0, lt=2**32)] = 0,
    ) -> None:
        self.members = members
        self.combine = combine
        self.held_out = held_out
        self.embargo = embargo
        self.tail = tail
        self.seed = seed

    @property
    def statistics(self) -> tuple[str, ...] | None:  # type: ignore[override]  # what members read, not a parameter
        """Features that take part: those of the members."""
        return statistics_read(built(self.members, self.seed))

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        learnt_from, held = _parted(len(matrix), self.embargo, round(1 / self.held_out))
        frame = pl.DataFrame(matrix, schema=list(names))
        self._members = [member.fit(frame[learnt_from]) for member in built(self.members, self.seed)]
        tails = [fit_tail(member.score(frame[held]), self.tail) for member in self._members]
        self.ordered_ = np.array([tail.ordered for tail in tails])
        self.start_, self.spread_, self.index_ = np.array([[t.start, t.spread, t.index] for t in tails]).T.copy()
        self.center_ = np.median(matrix[learnt_from], axis=0)
        for name, value in learnt(self._members).items():
            setattr(self, name, value)

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        return _combined(self._surprises(matrix), self.combine)

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        place = {sensor: position for position, sensor in enumerate(sensors)}
        totals = np.zeros((len(sensors), len(matrix)))
        for member, weight in zip(self._members, self._surprises(matrix), strict=True):
            if member.tags.explains:
                own = owned(member.feature_names_in_)
                shares = _shares(member._explain(view(member, matrix, self.feature_names_in_), own))
                for sensor, share in zip(own, shares.T, strict=True):
                    totals[place[sensor]] += weight * share
        return totals.T

    def _expected(self, matrix: np.ndarray) -> np.ndarray:
        values = np.tile(self.center_, (len(matrix), 1))
        for member in reversed(self._members):
            if member.tags.expects:
                found = member._expected(view(member, matrix, self.feature_names_in_))
                values[:, own_columns(member, self.feature_names_in_)] = found
        return values

    def _surprises(self, matrix: np.ndarray) -> np.ndarray:
        """Surprise of each member at each window: (n_members, n_windows)."""
        tails = map(Tail, self.ordered_, self.start_, self.spread_, self.index_)
        scores = (member._score(view(member, matrix, self.feature_names_in_)) for member in self._members)
        return np.array([surprise(tail, score) for tail, score in zip(tails, scores, strict=True)])

    def _check_state(self) -> None:
        self._members = built(self.members, self.seed)
        restore(self._members, vars(self), self.feature_names_in_)
        if not ((self.spread_ > 0).all() and (self.index_ > 0).all()):
            raise ValueError("a tail has no spread")
        super()._check_state()


def _parted(rows: int, embargo: int, every: int, *, fewest: int = 30) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows to learn from and rows to hold out; all of them for both where fewer than ``fewest`` would be held out."""
    learnt_from, held = held_back(rows, embargo, every=every)
    return (learnt_from, held) if len(held) >= fewest else (np.arange(rows), np.arange(rows))


def _combined(surprises: np.ndarray, how: str) -> np.ndarray:
    if how == "max":
        return surprises.max(axis=0)
    if how == "top2":
        largest = np.sort(surprises, axis=0)[-2:]
        return (largest[0] + largest[-1]) / 2
    total = np.zeros(surprises.shape[1])
    for row in surprises:
        total += row
    return total


def _shares(parts: np.ndarray) -> np.ndarray:
    """Divide contributions (n_windows, n_sensors) by their sum; nothing stays nothing."""
    largest = parts.max(axis=1, keepdims=True)
    parts = parts / np.where(largest > 0, largest, 1.0)
    total = rowwise_sums(parts, {"all": range(parts.shape[1])})
    return parts / np.where(total > 0, total, 1.0)
