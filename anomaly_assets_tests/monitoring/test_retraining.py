from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.config import RetrainingConfig
from anomaly_assets.monitoring import RetrainDecision, decide_retrain, drifted_rows, either

NOW = datetime(2024, 5, 10, 6, tzinfo=UTC)
CONFIG = RetrainingConfig(drifted_days=3, cooldown="7d", max_age="7d")


def verdicts(pattern: str, last: date = date(2024, 5, 9)) -> list[tuple[date, bool]]:
    """``d`` drifted, ``.`` did not, a blank has no verdict; the pattern ends on the last day."""
    days = [last - timedelta(days=len(pattern) - 1 - i) for i in range(len(pattern))]
    return [(day, mark == "d") for day, mark in zip(days, pattern, strict=True) if mark != " "]


def test_enough_drifted_days_in_a_row_retrain_and_are_named():
    found = decide_retrain(verdicts(".ddd"), CONFIG, NOW, None)
    assert found.retrain
    assert found.days == (date(2024, 5, 7), date(2024, 5, 8), date(2024, 5, 9))
    assert "2024-05-07 to 2024-05-09" in found.reason


def test_days_without_a_verdict_do_not_break_the_row():
    assert decide_retrain(verdicts("d d d"), CONFIG, NOW, None).retrain


def test_a_good_day_breaks_the_row():
    for pattern in ("ddd.", "dd.d", ".d.dd"):
        assert not decide_retrain(verdicts(pattern), CONFIG, NOW, None).retrain


def test_old_drift_is_history():
    assert not decide_retrain(verdicts("ddd", last=date(2024, 5, 2)), CONFIG, NOW, None).retrain
    assert not decide_retrain(
        verdicts("dddd", last=date(2024, 5, 4)), CONFIG, NOW, None
    ).retrain  # one day too few is new
    assert decide_retrain(verdicts("dddd", last=date(2024, 5, 5)), CONFIG, NOW, None).retrain


def test_the_cooldown_holds_until_it_is_over():
    assert not decide_retrain(verdicts("ddd"), CONFIG, NOW, NOW - timedelta(days=7) + timedelta(seconds=1)).retrain
    assert decide_retrain(verdicts("ddd"), CONFIG, NOW, NOW - timedelta(days=7)).retrain


def test_a_day_judged_again_counts_with_its_later_verdict():
    again = [*verdicts("ddd"), (date(2024, 5, 8), False)]
    assert not decide_retrain(again, CONFIG, NOW, None).retrain


@given(st.text("d. ", max_size=12), st.randoms(), st.integers(1, 4))
def test_it_retrains_exactly_when_the_latest_verdicts_all_drifted(pattern, random, wanted):
    shuffled = verdicts(pattern)
    random.shuffle(shuffled)
    fresh = "".join(pattern[-7:]).replace(" ", "")  # 2024-05-03 to 2024-05-09
    config = RetrainingConfig(drifted_days=wanted)
    assert decide_retrain(shuffled, config, NOW, None).retrain is fresh.endswith("d" * wanted)


def asked(*patterns: str) -> RetrainDecision:
    named = zip(("features", "forecasts")[: len(patterns)], patterns, strict=True)
    return either({name: decide_retrain(verdicts(pattern), CONFIG, NOW, None) for name, pattern in named})


def test_either_of_two_reasons_retrains_and_is_named():
    for patterns, named in ((("...", "ddd"), "forecasts: 3 days"), (("ddd", "..."), "features: 3 days")):
        found = asked(*patterns)
        assert found.retrain and found.reason.startswith(named) and ";" not in found.reason
        assert len(found.days) == 3


def test_both_reasons_are_named_and_the_latest_day_of_both_comes_last():
    found = asked("dddd", "ddd ")
    assert found.retrain and "features" in found.reason and "forecasts" in found.reason
    assert found.days == tuple(date(2024, 5, 6) + timedelta(days=n) for n in range(4))


def test_drifted_days_of_different_reasons_are_not_added_up():
    assert not asked(".dd", "dd.").retrain


def test_without_a_reason_every_one_says_why_not():
    found = asked("...", "")
    assert not found.retrain
    assert found.reason == (
        "features: 0 of the latest 3 days with a verdict drifted, not all; "
        "forecasts: 0 of 3 days with a verdict in the last 7d"
    )


def test_a_single_reason_is_told_as_it_is():
    assert asked("ddd") == decide_retrain(verdicts("ddd"), CONFIG, NOW, None)


def test_rows_of_drift_are_as_long_as_wanted_or_take_in_every_day():
    def rows(pattern: str) -> list[int]:
        return [len(row) for row in drifted_rows(verdicts(pattern), 3)]

    assert rows("ddd.dd.d ddd") == [3, 4], "days without a verdict do not break a row"
    assert rows("dd") == [2] and rows("d") == [1] and rows("d.") == [] and rows("") == []
    assert drifted_rows(verdicts(".ddd"), 3) == [tuple(date(2024, 5, day) for day in (7, 8, 9))]
