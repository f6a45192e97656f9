"""Events found when exactly a budget of false alarms is spent."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from anomaly_assets.evaluation import at_budget

START, HOUR = datetime(2024, 1, 1, tzinfo=UTC), timedelta(hours=1)
LABELS = {"unit_id": pl.String, "start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC")}


def windows(score: np.ndarray, unit: str = "u") -> pl.DataFrame:
    start = pl.Series([START + place * HOUR for place in range(len(score))], dtype=pl.Datetime("us", "UTC"))
    frame = pl.DataFrame({"unit_id": [unit] * len(score), "window_start": start, "score": score})
    return frame.with_columns(window_end=pl.col("window_start") + HOUR)


def labels(*spans: tuple[int, int], unit: str = "u") -> pl.DataFrame:
    return pl.DataFrame([(unit, START + a * HOUR, START + b * HOUR) for a, b in spans], schema=LABELS, orient="row")


def test_what_outranks_the_false_alarms_is_found_and_what_they_outrank_is_not() -> None:
    score = np.zeros(240)
    score[[10, 50, 100]] = [3.0, 1.0, 2.0]  # an event, another one, and a false alarm between them
    events = labels((8, 12), (49, 52))
    assert at_budget(windows(score), events, HOUR, per_unit_day=0.05).event_recall == 0.5
    allowed = at_budget(windows(score), events, HOUR, per_unit_day=0.11)
    assert (allowed.event_recall, allowed.event_precision) == (1.0, pytest.approx(2 / 3))


def test_a_score_that_is_the_same_everywhere_finds_nothing_within_a_budget() -> None:
    assert at_budget(windows(np.ones(240)), labels((8, 12)), timedelta(0), 0.05).event_recall == 0.0


def test_without_an_event_there_is_nothing_to_be_found() -> None:
    assert at_budget(windows(np.ones(24)), labels(), HOUR, 1.0).event_recall is None


def false_alarms(score: np.ndarray, bound: float, labelled: set[int]) -> int:
    """Runs of hours at or above a bound within a day, at most three hours apart, that no labelled hour belongs to."""
    runs: list[list[int]] = []
    for hour in np.flatnonzero(score >= bound):
        joins = runs and hour // 24 == runs[-1][-1] // 24 and hour - runs[-1][-1] - 1 <= 3
        runs[-1].append(hour) if joins else runs.append([hour])
    return sum(not labelled & set(run) for run in runs)


@pytest.mark.parametrize("seed", range(4))
def test_no_threshold_within_the_budget_finds_more(seed: int) -> None:
    rng, spans = np.random.default_rng(seed), ((30, 33), (100, 140), (220, 221))
    score = {unit: rng.normal(size=300).round(1) for unit in "ab"}
    for unit in "ab":
        score[unit][[31, 120]] += 3.0
    both = pl.concat([windows(series, unit) for unit, series in score.items()])
    labelled = {hour for a, b in spans for hour in range(a, b)}
    allowed = 0.4 * 2 * (300 - len(labelled)) / 24
    found = {
        bound: np.mean([series[a:b].max() >= bound for series in score.values() for a, b in spans])
        for bound in np.unique(both["score"])
        if sum(false_alarms(series, bound, labelled) for series in score.values()) <= allowed
    }
    events = pl.concat([labels(*spans, unit=unit) for unit in "ab"])
    assert at_budget(both, events, 3 * HOUR, 0.4).event_recall == max(found.values()) > 0
