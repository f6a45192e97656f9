import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.config import PromotionConfig
from anomaly_assets.errors import RegistryError
from anomaly_assets.registry import Trial, decide_promotion, tournament

CONFIG = PromotionConfig(confidence=0.9, resamples=500, budget_tolerance=2.0)


def trial(statistic, ratio: float | None = 1.0, *, blocks=None, name: str = "deviation", sanity: bool = False) -> Trial:
    statistic = np.asarray(statistic, dtype=float)
    blocks = np.array([f"u{i}" for i in range(len(statistic))]) if blocks is None else np.asarray(blocks)
    alarms, budget = (0, None) if ratio is None else (round(ratio * 100), 1.0)
    return Trial(name, sanity, blocks, statistic, alarms, 100.0, budget)


def test_better_on_every_unit_is_promoted_with_the_numbers_in_the_reason():
    found = decide_promotion(trial([0.5] * 8), trial([0.7, 0.8] * 4), CONFIG)
    assert found.promote
    assert found.lower > 0
    assert found.difference == pytest.approx(0.25)
    assert "+0.250 on 8 events" in found.reason
    assert "keeps its alarm budget (1 x realised, 2 x tolerated)" in found.reason


def test_better_on_average_but_within_noise_is_a_tie():
    found = decide_promotion(trial([0.5] * 8), trial([0.9, 0.2] * 4), CONFIG)
    assert not found.promote
    assert found.difference > 0
    assert found.lower < 0 < found.upper
    assert "a tie" in found.reason


def test_worse_is_refused():
    found = decide_promotion(trial([0.8] * 8), trial([0.5, 0.6] * 4), CONFIG)
    assert not found.promote
    assert "worse beyond noise" in found.reason


@pytest.mark.parametrize("events", [0, 1, 4])
def test_a_handful_of_events_is_never_beyond_noise(events):
    found = decide_promotion(trial([0.0] * events), trial([1.0] * events), CONFIG)
    assert not found.promote
    assert found.lower is None
    assert decide_promotion(trial([0.0] * 5), trial([1.0] * 5), CONFIG).promote


def test_many_events_of_few_units_count_as_events_and_of_many_units_as_units():
    """Twelve units, of which one carries all the difference: by events it looks sure, by units it is one case."""
    blocks = np.repeat([f"u{i}" for i in range(12)], 6)
    statistic = np.where(blocks == "u0", 1.0, 0.5)
    champion, challenger = (trial(s, blocks=blocks) for s in (np.full(72, 0.5), statistic))
    assert not decide_promotion(champion, challenger, CONFIG).promote
    alone = [trial(s, blocks=np.full(72, "rig")) for s in (np.full(72, 0.5), statistic)]
    assert decide_promotion(*alone, CONFIG).promote


@pytest.mark.parametrize(("ratio", "promoted"), [(2.0, True), (2.1, False), (None, True)])
def test_a_challenger_must_keep_the_budget_however_good_it_is(ratio, promoted):
    found = decide_promotion(trial([0.5] * 8), trial([0.9] * 8, ratio), CONFIG)
    assert found.promote is promoted
    assert promoted or "breaks its alarm budget (2.1 x" in found.reason


def test_a_champion_that_floods_gives_way_to_one_that_keeps_the_budget_and_is_no_worse():
    found = decide_promotion(trial([0.5] * 8, 20), trial([0.5] * 8), CONFIG)
    assert found.promote
    assert "champion deviation breaks its alarm budget (20 x realised" in found.reason
    assert decide_promotion(trial([0.5] * 8, 20), trial([0.9, 0.1] * 4), CONFIG).promote  # a tie
    assert decide_promotion(trial([], 20), trial([]), CONFIG).promote  # nothing to compare on, but a flood


def test_a_champion_that_floods_stays_where_the_other_is_worse_or_floods_too():
    assert not decide_promotion(trial([0.8] * 8, 20), trial([0.2, 0.3] * 4), CONFIG).promote
    assert not decide_promotion(trial([0.5] * 8, 20), trial([0.5] * 8, 5), CONFIG).promote


def test_the_first_champion_is_the_first_that_keeps_the_budget():
    assert decide_promotion(None, trial([]), CONFIG).promote
    refused = decide_promotion(None, trial([], 9), CONFIG)
    assert not refused.promote
    assert "still no champion" in refused.reason
    assert decide_promotion(None, trial([], 9), CONFIG, last_resort=True).promote


@pytest.mark.parametrize("champion", [None, trial([0.0] * 9, 50)])
def test_a_sanity_baseline_is_never_promoted(champion):
    best = trial([1.0] * 9, 0, name="random_score", sanity=True)
    found = decide_promotion(champion, best, CONFIG, last_resort=True)
    assert not found.promote
    assert "random_score is a sanity baseline" in found.reason


def test_undefined_statistics_are_left_out():
    found = decide_promotion(trial([0.5] * 8), trial([0.9] * 6 + [np.nan] * 2), CONFIG)
    assert found.events == 6
    assert found.promote


def test_trials_on_other_events_are_not_compared():
    with pytest.raises(RegistryError, match="not tried on the same events"):
        decide_promotion(trial([0.5] * 8), trial([0.5] * 7), CONFIG)


def test_without_observed_time_there_is_no_ratio():
    assert Trial("d", False, np.array([]), np.array([]), 3, 0.0, 1.0).budget_ratio is None
    assert Trial("d", False, np.array([]), np.array([]), 3, 6.0, 0.25).budget_ratio == 2


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=20), st.integers(0, 9))
def test_two_models_never_both_beat_each_other_and_a_seed_fixes_the_answer(pairs, seed):
    one, other = (trial([pair[i] for pair in pairs]) for i in (0, 1))
    forth = decide_promotion(one, other, CONFIG, seed=seed)
    assert not (forth.promote and decide_promotion(other, one, CONFIG, seed=seed).promote)
    assert forth == decide_promotion(one, other, CONFIG, seed=seed)
    assert not decide_promotion(one, one, CONFIG, seed=seed).promote


def test_equal_models_are_seldom_promoted():
    """Of twins that differ by chance alone, the share promoted stays near one tail of the interval."""
    rng = np.random.default_rng(0)
    draws = [rng.random((2, 20)) for _ in range(300)]
    promoted = [decide_promotion(trial(a), trial(b), CONFIG).promote for a, b in draws]
    assert np.mean(promoted) < 0.1


class TestATournament:
    """Several new models, of which one has to be taken."""

    @staticmethod
    def of(*means: float, ratios: tuple[float, ...] = (), sanity: tuple[int, ...] = ()) -> list[Trial]:
        given = ratios or (1.0,) * len(means)
        made = zip(means, given, strict=True)
        return [trial([mean] * 4, ratio, sanity=n in sanity) for n, (mean, ratio) in enumerate(made)]

    def test_is_won_by_the_one_that_sees_events_best(self) -> None:
        assert tournament(self.of(0.4, 0.6, 0.5), CONFIG) == 1

    def test_leaves_what_is_within_the_margin_to_the_earlier(self) -> None:
        assert tournament(self.of(0.5, 0.51), PromotionConfig(margin=0.02)) == 0
        assert tournament(self.of(0.5, 0.51), PromotionConfig(margin=0.0)) == 1, "without a margin the same gain wins"

    def test_is_not_won_by_flooding(self) -> None:
        assert tournament(self.of(0.4, 0.9, ratios=(1.0, 9.0)), CONFIG) == 0
        assert tournament(self.of(0.4, 0.9, ratios=(8.0, 9.0)), CONFIG) == 1, "unless everybody floods"

    def test_is_never_won_by_a_baseline(self) -> None:
        assert tournament(self.of(0.4, 0.9, sanity=(1,)), CONFIG) == 0
        assert tournament(self.of(0.4, sanity=(0,)), CONFIG) is None

    def test_undefined_events_say_nothing_for_a_model(self) -> None:
        assert tournament([trial([np.nan] * 4), trial([0.1] * 4)], CONFIG) == 1
