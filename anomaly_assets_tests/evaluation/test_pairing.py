"""Who is better than whom on the same windows, and who is not told apart."""

import numpy as np
import polars as pl
import pytest

from anomaly_assets.evaluation import Versus, auc_pr, label_windows, versus

from .windows import labels, noisy_fleet, scored


def rescored(frame: pl.DataFrame, scores: np.ndarray) -> pl.DataFrame:
    return frame.with_columns(score=pl.Series(scores, dtype=pl.Float64))


def against(frame: pl.DataFrame, scores: np.ndarray, events: pl.DataFrame) -> Versus:
    return versus(frame, {"other": rescored(frame, scores)}, events, resamples=200)[0]


class TestVersus:
    @pytest.fixture(scope="class")
    def fleet(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        return noisy_fleet(units=12, hours=200)

    def test_a_score_that_sees_is_better_than_one_that_draws_lots(self, fleet: tuple) -> None:
        frame, events = fleet
        found = against(frame, np.random.default_rng(1).normal(size=frame.height), events)
        assert found.verdict == "better" and found.difference.low > 0

    def test_the_blind_one_is_worse_the_other_way_round(self, fleet: tuple) -> None:
        frame, events = fleet
        blind = rescored(frame, np.random.default_rng(1).normal(size=frame.height))
        assert versus(blind, {"seeing": frame}, events, resamples=200)[0].verdict == "worse"

    def test_a_score_ties_with_itself_and_with_the_same_order(self, fleet: tuple) -> None:
        frame, events = fleet
        for scores in (frame["score"].to_numpy(), np.exp(frame["score"].to_numpy())):
            found = against(frame, scores, events)
            assert found.verdict == "tie"
            assert found.difference[:3] == (0.0, 0.0, 0.0)

    def test_two_blind_ones_tie(self, fleet: tuple) -> None:
        frame, events = fleet
        draws = [np.random.default_rng(seed).normal(size=frame.height) for seed in (1, 2)]
        assert against(rescored(frame, draws[0]), draws[1], events).verdict == "tie"

    def test_the_difference_is_that_of_all_windows_together(self, fleet: tuple) -> None:
        frame, events = fleet
        other = np.random.default_rng(1).normal(size=frame.height)
        label = label_windows(frame, events)
        expected = (auc_pr(label, frame["score"]) or 0) - (auc_pr(label, other) or 0)
        found = against(frame, other, events)
        assert found.difference.estimate == pytest.approx(expected, abs=1e-12)
        assert found.auc_pr == pytest.approx(auc_pr(label, other), abs=1e-12)

    def test_a_clock_that_is_perfect_in_every_unit_is_not_perfect_over_lives_of_different_length(self) -> None:
        lives = [("." * length + "x" * 5, f"u{length}") for length in (10, 30, 60, 90, 120, 150)]
        frame = pl.concat([scored(flags, unit) for flags, unit in lives])
        events = pl.concat([labels((len(flags) - 5, len(flags)), unit=unit) for flags, unit in lives])
        clock = frame.select(pl.int_range(pl.len()).over("unit_id")).to_series().to_numpy().astype(float)
        found = against(frame, clock, events)
        assert found.verdict == "better" and found.auc_pr is not None and found.auc_pr < 0.5

    def test_order_of_rows_does_not_matter(self, fleet: tuple) -> None:
        frame, events = fleet
        other = rescored(frame, np.random.default_rng(1).normal(size=frame.height))
        straight = versus(frame, {"o": other}, events, resamples=100)
        shuffled = versus(frame.sample(fraction=1, shuffle=True, seed=3), {"o": other[::-1]}, events, resamples=100)
        assert straight == shuffled

    def test_events_of_one_unit_in_one_stretch_tell_nothing(self) -> None:
        found = against(scored("....xx....", scores=[0] * 4 + [1, 1] + [0] * 4), np.zeros(10), labels((4, 6)))
        assert found.verdict == "tie" and found.difference.low == -np.inf

    def test_without_an_event_there_is_no_difference(self) -> None:
        found = against(scored("..........", scores=range(10)), np.zeros(10), labels())
        assert found.auc_pr is None and np.isnan(found.difference.estimate) and found.verdict == "tie"
