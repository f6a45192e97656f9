"""Negative controls: detectors that cheat, each in its own way, fail the very checks that are there for it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import Detector, DetectorTags, asking
from anomaly_assets.detectors.checks import ability, construction, leakage, persistence, scoring
from anomaly_assets.detectors.checks.frames import Frames
from anomaly_assets.detectors.checks.judgement import alike_in_rank, roc_auc
from anomaly_assets.detectors.rowwise import rowwise_sums


class Honest(Detector):
    """Squared distance from the training median, of every step of a history."""

    tags = DetectorTags(deterministic=True, explains=True, cannot_see=("stuck", "correlation_break"))
    statistics = ("raw",)

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        self.middle_ = np.median(matrix, axis=0)

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        return sum((column**2 for column in (matrix - self.middle_).T), start=np.zeros(len(matrix)))

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        squares = ((matrix - self.middle_) ** 2).reshape(len(matrix), -1, self.steps)
        return rowwise_sums(sum(np.moveaxis(squares, 2, 0), start=np.zeros(squares.shape[:2])), sensors)


class HonestHistory(Honest):
    tags = DetectorTags(deterministic=True, explains=True, reads="sequence", cannot_see=("stuck", "correlation_break"))
    steps = 12


class LooksAtTheBlock(Honest):
    def _score(self, matrix: np.ndarray) -> np.ndarray:
        return np.abs(matrix - matrix.mean(axis=0)).max(axis=1)


class LooksAtTheNextRow(Honest):
    def _score(self, matrix: np.ndarray) -> np.ndarray:
        return np.abs(np.roll(matrix, -1, axis=0) - self.middle_).max(axis=1)


class ReadsTheLabels(Honest):
    def fit(self, X: pl.DataFrame, y: Any = None) -> Self:
        return super().fit(
            X if y is None else X.filter(pl.Series([bool(label) for label in y[:-1]] + [True])[: len(X)])
        )


class ReadsTheFirstColumn(Honest):
    def _score(self, matrix: np.ndarray) -> np.ndarray:
        return np.abs(matrix[:, 0] - self.middle_[0])


class BlamesTheFirstSensor(Honest):
    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        return np.tile(np.arange(len(sensors))[::-1] + 1.0, (len(matrix), 1))


class KnowsItsTrainingByOrder(Honest):
    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        self.middle_ = matrix[-1]


Check = Callable[[Callable[[], Detector]], None]

CHEATS: list[tuple[type[Detector], Check]] = [
    (LooksAtTheBlock, scoring.check_chunks_score_as_the_whole),
    (LooksAtTheBlock, leakage.check_later_rows_change_no_earlier_score),
    (LooksAtTheBlock, leakage.check_a_day_with_its_history_scores_as_the_whole),
    (LooksAtTheNextRow, scoring.check_chunks_score_as_the_whole),
    (LooksAtTheNextRow, leakage.check_later_rows_change_no_earlier_score),
    (LooksAtTheNextRow, leakage.check_a_day_with_its_history_scores_as_the_whole),
    (ReadsTheLabels, construction.check_fit_ignores_labels),
    (ReadsTheFirstColumn, leakage.check_column_order_in_training_does_not_matter),
    (BlamesTheFirstSensor, leakage.check_column_order_in_training_blames_the_same),
    (KnowsItsTrainingByOrder, ability.checks_for(Honest.tags)["shuffled_training_changes_little"]),
]


@pytest.mark.parametrize(
    ("cheat", "check"), CHEATS, ids=lambda item: item.__name__ if hasattr(item, "__name__") else ""
)
def test_a_cheat_is_found(cheat: type[Detector], check: Check) -> None:
    with pytest.raises(AssertionError):
        check(cheat)


@pytest.mark.parametrize("honest", [Honest, HonestHistory])
def test_an_honest_detector_passes_every_check_that_needs_no_file_of_its_own(honest: type[Detector]) -> None:
    rooms = (construction, scoring, leakage)
    written = [check for room in rooms for name, check in vars(room).items() if name.startswith("check_")]
    told = {construction.check_refuses_an_unknown_parameter}
    passed = [check(honest) for check in [*written, *ability.checks_for(honest.tags).values()] if check not in told]
    persistence.check_saves_no_pickle(honest)
    assert len(passed) > 25


@pytest.mark.parametrize(
    "check",
    [leakage.check_later_rows_change_no_earlier_score, leakage.check_a_day_with_its_history_scores_as_the_whole],
)
def test_histories_that_reach_into_the_future_are_found(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    made = asking.history_index

    def centred(windows: pl.DataFrame, steps: int) -> np.ndarray:
        index = made(windows, steps) + steps // 2
        return np.minimum(index, windows.height - 1)

    monkeypatch.setattr(asking, "history_index", centred)
    with pytest.raises(AssertionError):
        check(HonestHistory)


def test_a_judge_that_sorts_the_labels_again_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive AUC with shuffled labels means that the judge, not the detector, knows the answer."""

    def knowing(normal: np.ndarray, faulty: np.ndarray) -> float:
        both = np.sort(np.concatenate([normal, faulty]))
        return roc_auc(both[: len(normal)], both[len(normal) :])

    check = ability.checks_for(Honest.tags)["shuffled_labels_are_at_chance"]
    check(Honest)
    monkeypatch.setattr(ability, "roc_auc", knowing)
    with pytest.raises(AssertionError, match="shuffled labels"):
        check(Honest)


def test_histories_hold_the_steps_of_a_feature_beside_each_other_and_none_is_cut() -> None:
    plain, histories = Frames(1, ("raw",)), Frames(5, ("raw",))
    recording = histories.recording(204, seed=3)
    frame = histories.windows(200, seed=3)
    assert plain.windows(200).height == frame.height == 200
    assert frame["b__raw"].to_numpy()[7].tolist() == recording["b__raw"].to_numpy()[7:12].tolist()
    assert frame["window_start"].to_list() == recording["window_start"].to_list()[4:]


def test_only_what_shows_the_fault_is_a_fault_row_also_in_histories() -> None:
    spikes = Frames(5, ("raw",)).fault_rows("spike", seed=2)
    calm = Frames(5, ("raw",)).windows(1500, seed=2)
    assert spikes.height == 50
    assert spikes["b__raw"].to_numpy()[:, -1].min() > calm["b__raw"].to_numpy()[:, -1].max()


def test_the_rank_correlation_is_one_for_any_rising_change() -> None:
    score = np.random.default_rng(0).normal(size=200)
    assert alike_in_rank(score, np.exp(score)) == pytest.approx(1.0)
    assert abs(alike_in_rank(score, np.random.default_rng(1).normal(size=200))) < 0.2
