"""What a replay claims: who trains again when, that no day is scored twice, and that a calm fleet is left alone."""

import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.config import FleetConfig
from anomaly_assets.errors import FeatureError
from anomaly_assets.evaluation import OF_DECISIONS
from anomaly_assets.pipelines import Span
from anomaly_assets.pipelines.replay import (
    Life,
    Policy,
    Replay,
    never,
    on_drift,
    replay,
    replay_json,
    scheduled,
    standings,
    timeline,
    usual_policies,
)
from anomaly_assets.synthetic import simulate, write_raw

from ..plant import DAY, FIRST, Plant, document, registry_prepared

DAYS, SHIFTED, WANTED = 21, 12, 2
BRIEF = [{"kind": "spike", "share": 1.0, "magnitude": 12, "duration": "1h"}]
"""Too short to move the level of a day: one of two ponds going wrong for a day is half a fleet that drifts."""

Live = Callable[..., Replay]


def ponds(drift: dict[str, Any] | None = None, **simulated: Any) -> FleetConfig:
    """Two ponds that remember little, so that one day is like another; trained on the first six days."""
    written = document()
    own = {"units": 2, "quiet": "7d", "edge_cases": [], "faults": BRIEF, "drift": drift}
    own |= {"noise": 0.95, "seasonal": 0.0}
    simulation = written["simulation"] | own | simulated
    retraining = {"drifted_days": WANTED, "window": "6d", "cooldown": "4d"}
    detectors = {"deviation": {"kind": "deviation"}}
    training = {"window": {"first": "6d"}, "seed": 7}
    changes = {"retraining": retraining, "detectors": detectors, "training": training, "simulation": simulation}
    return FleetConfig.model_validate(written | changes)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, empty_registry: Path) -> Live:
    def live(fleet: FleetConfig, *policies: Policy, days: int = DAYS, **told: bool) -> Replay:
        root = tmp_path_factory.mktemp("replay")
        registry_prepared(Plant(root), empty_registry)
        shutil.move(root / "home", root / "first")
        write_raw(simulate(fleet, FIRST, days, 7), fleet, root / "raw")
        return replay(fleet, root / "raw", root, Span(FIRST, FIRST + days * DAY), policies, **told)

    return live


@pytest.fixture(scope="module")
def shifted(lived: Live) -> Replay:
    """A fleet whose level changes on one day."""
    return lived(ponds({"shift_after": f"{SHIFTED}d", "shift": 4}), *usual_policies(timedelta(days=5)))


@pytest.fixture(scope="module")
def calm(lived: Live) -> Replay:
    return lived(ponds(), never(), on_drift())


def life(replayed: Replay, policy: str) -> Life:
    return next(one for one in replayed.lives if one.policy == policy)


def trained_on(replayed: Replay, policy: str) -> list[date]:
    return [one.day for one in life(replayed, policy).retrainings]


def test_without_retraining_the_first_champion_scores_every_day(shifted: Replay) -> None:
    kept = life(shifted, "no retraining")
    assert kept.retrainings == []
    assert kept.scores["model_version"].n_unique() == 1
    assert kept.scores["window_start"].dt.date().unique().to_list() == shifted.live.days()


def test_the_schedule_trains_again_so_many_days_after_the_latest_training(shifted: Replay) -> None:
    assert trained_on(shifted, "every 5d") == [FIRST + number * DAY for number in (10, 15, 20)]


def test_drift_trains_again_after_so_many_drifted_days_in_a_row_and_not_before(shifted: Replay) -> None:
    drifted = [day for day, moved in life(shifted, "on drift").verdicts if moved]
    assert drifted[:WANTED] == [FIRST + (SHIFTED + i) * DAY for i in range(WANTED)]
    assert trained_on(shifted, "on drift")[0] == FIRST + (SHIFTED + WANTED - 1) * DAY


def test_drift_waits_for_the_cooldown(shifted: Replay) -> None:
    days = trained_on(shifted, "on drift")
    assert len(days) >= 2
    assert all(later - earlier >= 4 * DAY for earlier, later in pairwise(days))


def test_old_days_keep_their_scores(shifted: Replay) -> None:
    kept, again = life(shifted, "no retraining").scores, life(shifted, "on drift").scores
    before = pl.col("window_start").dt.date() <= trained_on(shifted, "on drift")[0]
    assert_frame_equal(kept.filter(before), again.filter(before))
    assert not kept.filter(~before).equals(again.filter(~before))


def test_a_promoted_model_scores_from_the_next_day_on(shifted: Replay) -> None:
    again = life(shifted, "on drift")
    promoted = next(one for one in again.retrainings if one.promoted)
    version = int(promoted.champion.rpartition("/")[2])
    days = again.scores.filter(pl.col("model_version") == version)["window_start"].dt.date()
    assert days.min() == promoted.day + DAY


def test_a_fleet_that_does_not_move_is_never_trained_again_for_drift(calm: Replay) -> None:
    assert trained_on(calm, "on drift") == []
    assert life(calm, "on drift").verdicts
    assert_frame_equal(life(calm, "on drift").scores, life(calm, "no retraining").scores)


def test_the_same_life_differs_by_nothing(calm: Replay) -> None:
    apart = next(one.apart for one in standings(calm, resamples=50) if one.policy == "on drift")
    assert {name: interval.estimate for name, interval in apart.items()} == dict.fromkeys(OF_DECISIONS, 0.0)


def test_retraining_lowers_the_false_alarms_of_a_moved_fleet(shifted: Replay) -> None:
    last = {one.policy: one for one in standings(shifted, resamples=50) if one.part == "last third"}
    still, again = last["no retraining"].measured, last["on drift"].measured
    assert still.alarm_budget_ratio is not None and again.alarm_budget_ratio is not None
    assert again.alarm_budget_ratio < still.alarm_budget_ratio
    difference = last["on drift"].apart["alarm_budget_ratio"].estimate
    assert difference == pytest.approx(again.alarm_budget_ratio - still.alarm_budget_ratio)


def test_every_live_day_is_in_one_third_and_every_retraining_in_one(shifted: Replay) -> None:
    found = [one for one in standings(shifted, resamples=0) if one.policy == "every 5d"]
    whole, thirds = found[0], found[1:]
    assert [day for one in thirds for day in one.span.days()] == shifted.live.days()
    assert sum(one.retrainings for one in thirds) == whole.retrainings == 3
    assert sum(one.measured.windows for one in thirds) == whole.measured.windows
    assert sum(one.drifted_days for one in thirds) == whole.drifted_days


def test_days_are_counted_for_every_policy_and_false_alarms_are_among_the_alarms(shifted: Replay) -> None:
    days = timeline(shifted)
    assert days.height == 3 * len(shifted.live.days())
    assert days["false_alarms"].sum() > 0
    normal_only = days.filter(pl.col("alarms") == 0)
    assert (normal_only["false_alarms"] == 0).all()


def test_everything_can_be_written_as_json(shifted: Replay) -> None:
    told = json.loads(json.dumps(replay_json(shifted, standings(shifted, resamples=20)), allow_nan=False))
    assert [one["policy"] for one in told["policies"]] == ["no retraining", "every 5d", "on drift"]
    assert {one["part"] for one in told["standings"]} == {"whole", "first third", "second third", "last third"}
    assert told["policies"][1]["retrainings"][0]["day"] == str(FIRST + 10 * DAY)


def test_a_recording_that_ends_within_the_training_window_is_refused(lived: Live) -> None:
    with pytest.raises(FeatureError, match="more days"):
        lived(ponds(), never(), days=6)


def test_labels_reach_the_platform_only_when_it_is_told(lived: Live) -> None:
    fleet = ponds(days=12, quiet="6d", faults=[{"kind": "level_shift", "share": 1.0, "magnitude": 8, "duration": "3d"}])
    (untold, told) = (
        lived(fleet, scheduled(timedelta(days=6)), days=13, labels_known=known) for known in (False, True)
    )
    assert_frame_equal(untold.labels, told.labels)
    (one,), (other,) = (found.lives[0].retrainings for found in (untold, told))
    assert one.day == other.day == FIRST + 11 * DAY
    assert one.decision != other.decision
