"""One record per suite, group and detector: plain numbers under fixed names, baselines where they belong."""

import json

import numpy as np
import pytest

from anomaly_assets.pipelines.benchmark.records import Record, record
from anomaly_assets.pipelines.benchmark.records import _touched_by_highest as touched_by_highest
from anomaly_assets.pipelines.benchmark.selecting import Decided

from .conftest import Ran, Rounds
from .hand_made import of, results
from .trying import Found, decided, run, with_labels

REQUIRED = {
    *(
        "suite",
        "group",
        "detector",
        "vus_pr",
        "auc_pr",
        "prevalence",
        "roc_auc",
        "f1",
        "precision",
        "recall",
        "far",
        "mar",
    ),
    *("event_recall", "event_precision", "false_alarms_per_day", "lead_time_median", "alarm_budget_ratio"),
    *("cpu_seconds", "intervals"),
}
Records = dict[str, Record]


def records(suite: str, found: Found) -> Records:
    of: dict[str, list[Decided]] = {}
    for one in decided(found).values():
        of.setdefault(one.detector, []).append(one)
    return {detector: record(suite, "all", decisions) for detector, decisions in of.items()}


@pytest.fixture(scope="module")
def ims(ran: Ran) -> Records:
    return records("ims", ran("ims"))


@pytest.fixture(scope="module")
def ucr(ran: Ran) -> Records:
    return records("ucr", ran("ucr"))


def test_every_detector_and_what_was_selected_have_a_record(ims: Records) -> None:
    assert list(ims) == ["deviation", "deviation_mean", "random_score", "always_alarm", "selected"]
    for detector, made in ims.items():
        assert made.keys() >= REQUIRED
        assert (made["suite"], made["group"], made["detector"], made["rounds"]) == ("ims", "all", detector, 2)


def test_a_record_is_plain_json_without_any_number_that_is_none(ims: Records) -> None:
    for made in ims.values():
        assert json.loads(json.dumps(made, allow_nan=False)) == made


def test_without_any_event_numbers_that_need_one_are_null_and_no_nan(rounds: Rounds) -> None:
    unlabelled = [with_labels(one, one.recordings.labels.clear()) for one in rounds("oddwater")]
    for made in records("oddwater", run(unlabelled)).values():
        assert json.loads(json.dumps(made, allow_nan=False)) == made
        assert made["event_recall"] is None and made["auc_pr"] is None
        assert made["prevalence"] == 0.0


def test_intervals_have_the_names_of_numbers_and_hold_them(ims: Records) -> None:
    for made in ims.values():
        assert made["intervals"].keys() <= made.keys()
        known = {name: ends for name, ends in made["intervals"].items() if ends is not None}
        assert {"auc_pr", "f1", "far"} <= known.keys()
        for name in ("f1", "far", "event_recall"):
            low, high = known[name]
            assert low - 1e-9 <= made[name] <= high + 1e-9


def test_what_was_selected_has_the_numbers_of_the_chosen_one(ims: Records) -> None:
    (chosen,) = ims["selected"]["chosen"]
    same = ims["selected"].keys() - {"detector"}
    assert {name: ims["selected"][name] for name in same} == {name: ims[chosen][name] for name in same}


def test_always_alarm_flags_everything(ims: Records) -> None:
    made = ims["always_alarm"]
    assert (made["recall"], made["far"], made["mar"], made["event_recall"]) == (1.0, 1.0, 0.0, 1.0)
    assert made["precision"] == pytest.approx(made["prevalence"])
    assert made["roc_auc"] == pytest.approx(0.5)


def test_a_random_score_earns_the_prevalence(ims: Records) -> None:
    made = ims["random_score"]
    assert made["auc_pr"] == pytest.approx(made["prevalence"], abs=0.05)
    assert made["roc_auc"] == pytest.approx(0.5, abs=0.05)


def test_a_loud_bearing_is_found_before_it_fails(ims: Records) -> None:
    made = ims["deviation"]
    assert made["auc_pr"] > 0.99 and made["event_recall"] == 1.0
    assert made["lead_time_median"] == pytest.approx(2 * 86_400, rel=0.05)
    assert made["surfaced"] == 1.0


def test_a_promised_share_is_compared_with_the_realised_one(ucr: Records) -> None:
    made = ucr["always_alarm"]
    assert made["alarm_budget_ratio"] == pytest.approx(made["far"] / 0.01)
    assert made["intervals"]["alarm_budget_ratio"] == pytest.approx([end / 0.01 for end in made["intervals"]["far"]])


def test_a_hit_is_the_highest_score_at_or_beside_the_anomaly(ucr: Records, ims: Records) -> None:
    assert ucr["deviation"]["hit_rate"] == 1.0
    assert ims["deviation"]["hit_rate"] is None
    assert ucr["always_alarm"]["hit_rate"] == 0.0  # all scores are equal, and the first window is no anomaly


@pytest.mark.parametrize("peak", [205, 395])
def test_an_event_is_surfaced_by_any_of_its_windows(peak: int) -> None:
    day_long = [200 <= row < 400 for row in range(2000)]
    scores = np.zeros(2000)
    scores[peak : peak + 5], scores[1000:1015] = 9.0, 8.0
    found = {"a": results("a", {"early": ([0.5], scores)}, anomalous=day_long)}
    assert list(touched_by_highest(of(found, "a", "early"))) == [True]
    scores[peak : peak + 5] = 1.0
    scores[1015:1020] = 8.0
    missed = {"a": results("a", {"early": ([0.5], scores)}, anomalous=day_long)}
    assert list(touched_by_highest(of(missed, "a", "early"))) == [False]
