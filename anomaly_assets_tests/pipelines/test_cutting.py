"""However a range of days is cut, and whenever its files arrive, the same rows come out."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import QUALITY
from anomaly_assets.pipelines import (
    Span,
    clean_days,
    drift_days,
    feature_days,
    label_days,
    score_days,
    stage,
    train_all,
)

from .plant import DAY, DAYS, TABLES, Plant, days_prepared, days_scored, kept

Copy = Callable[..., Plant]
SENSORS = ("oxygen", "temperature")
RULES = {"conflicting_duplicate", "out_of_range"}


@pytest.fixture(scope="module")
def whole(original: Plant) -> dict[str, object]:
    return kept(original.site(), original.fleet)


def cut(plant: Plant, numbers: set[int]) -> list[Span]:
    """Spans from one cutting point to the next."""
    edges = [0, *sorted(numbers - {0, DAYS}), DAYS]
    return [Span(plant.day(a), plant.day(b)) for a, b in pairwise(edges)]


def assert_same(found: dict, expected: dict) -> None:
    for name, frame in expected.items():
        assert_frame_equal(found[name], frame, check_exact=True)


def test_the_example_has_everything_that_could_go_wrong(whole: dict, original: Plant) -> None:
    assert set(whole["quarantine"]["rule"]) == RULES
    for judged, bit in QUALITY.items():
        assert any((whole["cleaned_sensors"][f"{name}__quality"] & bit).max() for name in SENSORS), judged
    assert whole["labels"].height and whole["scores"]["is_anomaly"].any()
    assert all(whole[name].height for name in TABLES)
    alarms = whole["scores"].filter("is_anomaly")
    assert alarms["sensor_1"].null_count() == 0 and alarms["observed_1"].count() > 0, "alarms are explained"


def test_day_by_day_equals_one_range(original: Plant, whole: dict) -> None:
    twin = original.twin()
    for day in original.span.days():
        days_scored(twin, original.fleet, Span(day, day + DAY))
    assert_same(kept(twin, original.fleet), whole)


@pytest.mark.parametrize("rows", [1, 700])
def test_pieces_that_fit_in_less_memory_equal_one_range(
    original: Plant, whole: dict, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Span.chunks, "__defaults__", (rows,))
    steps: list[tuple[int, int]] = []
    twin = original.twin()
    twin.progress = lambda what, done, of: steps.append((done, of))
    days_scored(twin, original.fleet, original.span)
    assert len({done for done, of in steps if of == DAYS}) > 4, "it was really cut"
    assert_same(kept(twin, original.fleet), whole)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.sets(st.integers(0, DAYS), max_size=4), again=st.integers(0, DAYS - 1))
def test_any_cutting_gives_the_same_tables(original: Plant, whole: dict, numbers: set[int], again: int) -> None:
    twin, fleet = original.twin(), original.fleet
    for step in (clean_days, label_days, feature_days, score_days, drift_days):
        for span in cut(original, numbers):
            step(twin, fleet, span)
    days_scored(twin, fleet, Span(original.day(again), original.day(again) + DAY))
    assert_same(kept(twin, fleet), whole)


def test_every_shipped_detector_scores_a_window_the_same_however_days_are_cut(original: Plant, copy: Copy) -> None:
    detectors = {
        "isolation_forest": {"kind": "isolation_forest", "params": {"n_estimators": 20}},
        "hotelling_t2_q": {"kind": "hotelling_t2_q"},
        "kmeans_windows": {"kind": "kmeans_windows", "params": {"steps": 6}},
        "random_score": {"kind": "random_score"},
    }
    plant = copy(detectors=detectors)
    fleet, twin = plant.fleet, plant.twin()
    days_prepared(twin, fleet, plant.span)
    train_all(twin, fleet)
    for name in detectors:
        score_days(twin, fleet, plant.span, name)
        at_once = kept(twin, fleet)["scores"]
        for span in cut(original, {1, 2, 9, 10}):
            score_days(twin, fleet, span, name)
        assert at_once["detector"].unique().to_list() == [name]
        assert_frame_equal(kept(twin, fleet)["scores"], at_once, check_exact=True)


class TestLaterReadings:
    """Half of the files arrive, are scored, and then the other half arrives."""

    @pytest.fixture
    def half(self, original: Plant) -> date:
        return original.day(11)

    def test_change_nothing_in_the_past(self, plant: Plant, half: date, whole: dict) -> None:
        twin, past, rest = plant.twin(), Span(plant.first, half), Span(half, plant.span.end)
        waiting = [plant.file(number) for number in range(11, DAYS)]
        for file in waiting:
            file.rename(plant.root / file.name)
        days_scored(twin, plant.fleet, past)
        before = kept(twin, plant.fleet)
        assert max(before["scores"]["window_start"]).date() == half - DAY
        for file in waiting:
            (plant.root / file.name).rename(file)
        days_scored(twin, plant.fleet, rest)
        assert_same(kept(twin, plant.fleet, past), before)
        assert_same(kept(twin, plant.fleet), whole)

    def test_change_nothing_even_when_the_past_is_computed_again(self, plant: Plant, half: date, whole: dict) -> None:
        for number in range(11, DAYS):
            text = plant.file(number).read_text().splitlines()
            moved = [line.rsplit(",", 2)[0] + ",99,99" for line in text[1:]]
            plant.file(number).write_text("\n".join([text[0], *moved]) + "\n")
        twin, past = plant.twin(), Span(plant.first, half)
        days_scored(twin, plant.fleet, plant.span)
        expected = kept(plant.site(), plant.fleet, past)
        assert_same(kept(twin, plant.fleet, past), expected)
        assert not kept(twin, plant.fleet)["scores"].equals(whole["scores"]), "the future did change"


def test_a_late_file_changes_its_own_day_and_the_days_that_look_back_at_it(plant: Plant, whole: dict) -> None:
    twin, fleet, day = plant.twin(), plant.fleet, plant.day(7)
    plant.file(7).rename(plant.root / "late.csv")
    days_scored(twin, fleet, plant.span)
    without = kept(twin, fleet)["features"]
    (plant.root / "late.csv").rename(plant.file(7))
    assert stage(twin, fleet).days == (day,)
    days_scored(twin, fleet, Span(day, day + 3 * DAY))
    assert not without.equals(whole["features"])
    assert_same(kept(twin, fleet), whole)
