"""Ends of life: told per round, alarms before a label are false ones, and one that never stops is seen to be false."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from anomaly_assets.pipelines.benchmark import run_suite
from anomaly_assets.pipelines.benchmark.lives import lives
from anomaly_assets.pipelines.benchmark.selecting import Decided

from .conftest import Ran
from .trying import decided


@pytest.fixture
def watched(ran: Ran) -> Decided:
    """One test of two bearings, of which one fails, with nothing flagged."""
    one = decided(ran("ims"))["test_1", "deviation_mean"]
    return replace(one, scored=one.scored.with_columns(is_anomaly=pl.lit(value=False)))


def told(one: Decided, *alarms: tuple[str, timedelta]) -> dict[str, Any]:
    """What is told once windows of a unit are flagged, so long before the failure."""
    (failed,) = one.result.round.recordings.labels["failure_at"].unique()
    start = pl.col("window_start")
    flagged = [
        (pl.col("unit_id") == unit) & (start <= failed - before) & (pl.col("window_end") > failed - before)
        for unit, before in alarms
    ]
    scored = one.scored.with_columns(is_anomaly=pl.any_horizontal([pl.lit(value=False), *flagged]))
    (life,) = lives("ims", [replace(one, scored=scored)])
    return life


FAILING, SOUND = "test_1_bearing_3", "test_1_bearing_2"


def test_a_failure_nobody_was_warned_of_has_no_lead(watched: Decided) -> None:
    life = told(watched)
    assert (life["failures"], life["warned"], life["lead_time_median"]) == (1, 0, 0.0)
    assert (life["false_alarms_per_day"], life["far"]) == (0.0, 0.0)


def test_the_lead_is_from_the_first_alarm_in_the_last_days(watched: Decided) -> None:
    life = told(watched, (FAILING, timedelta(hours=20)), (FAILING, timedelta(hours=3)))
    assert life["warned"] == 1
    assert life["lead_time_median"] == pytest.approx(timedelta(hours=20).total_seconds(), abs=600)
    assert life["lead_time_median"] < life["lead_time_possible"] == timedelta(days=2).total_seconds()
    assert life["false_alarms_per_day"] == life["false_before"] == 0.0


@pytest.mark.parametrize(("unit", "hours"), [(FAILING, 60), (SOUND, 60), (SOUND, 3)])
def test_an_alarm_before_the_last_days_or_of_a_sound_bearing_is_false(watched: Decided, unit: str, hours: int) -> None:
    life = told(watched, (unit, timedelta(hours=hours)))
    assert (life["warned"], life["lead_time_median"]) == (0, 0.0)
    assert life["false_alarms_per_day"] > 0 and life["far"] > 0
    assert (life["false_before"] > 0) == (unit == FAILING)


def test_every_round_has_its_own_line_for_every_detector(recorded: Callable[[str], Path]) -> None:
    outcome = run_suite("ims", recorded("ims").parent, ["deviation_mean"])
    assert {life["round"] for life in outcome.lives} == {"test_1", "test_2"}
    assert len(outcome.lives) == 2 * len({record["detector"] for record in outcome.records})
    by_name = {(life["round"], life["detector"]): life for life in outcome.lives}
    assert by_name["test_1", "deviation_mean"]["warned"] == 1
    assert by_name["test_1", "always_alarm"]["far"] == 1.0
    assert by_name["test_1", "selected"]["chosen"] == "deviation_mean"


def test_suites_without_failures_have_no_ends_of_life(recorded: Callable[[str], Path]) -> None:
    assert run_suite("oddwater", recorded("oddwater").parent, ["deviation_mean"]).lives == []


@pytest.mark.real_data
def test_healthy_and_damaged_bearings_lie_apart(real: Callable[[str], Path]) -> None:
    """CWRU: models that saw nothing but healthy windows, beside what knows nothing."""
    outcome = run_suite("cwru", real("cwru").parent, ["deviation", "isolation_forest", "one_class_svm"])
    areas = {record["detector"]: record["roc_auc"] for record in outcome.records}
    assert outcome.problems == []
    assert all(areas[name] >= 0.99 for name in ("selected", "deviation", "isolation_forest", "one_class_svm"))
    assert areas["always_alarm"] == 0.5 and 0.4 < areas["random_score"] < 0.6 and areas["age"] < 0.5
