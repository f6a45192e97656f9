"""A threshold that moves, in service: carried from day to day, the same however days are cut, and told of."""

import json
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.pipelines import Site, Span, score_days, score_features, train_all
from anomaly_assets.pipelines.following import Service

from .plant import DAY, DAYS, Plant
from .test_cutting import cut

Copy = Callable[..., Plant]
MOVING = {"method": "adaptive_budget", "params": {"share": 0.05, "persistence": 5, "hold_off": 3, "growth_windows": 50}}
TOLD = ("scores", "threshold_state", "threshold_moves")


@pytest.fixture(scope="module")
def moving(original: Plant, tmp_path_factory: pytest.TempPathFactory) -> Plant:
    """The same plant, with a version whose threshold moves; its days are not scored yet."""
    plant = original.copied(tmp_path_factory.mktemp("moving") / "plant", threshold=MOVING)
    train_all(plant.site(), plant.fleet)
    return plant


def fresh(plant: Plant) -> Site:
    """An empty warehouse with the features and labels of the plant's own."""
    twin, own = plant.twin(), plant.site()
    for name in ("features", "labels"):
        table = own.table(plant.fleet, name)
        twin.warehouse.replace(table, own.warehouse.read(table), plant.span.start, plant.span.end)
    return twin


def told(site: Site, plant: Plant) -> dict[str, pl.DataFrame]:
    read = {name: site.warehouse.read(site.table(plant.fleet, name)) for name in TOLD}
    return {name: frame.drop("scored_at", strict=False) for name, frame in read.items()}


@pytest.fixture(scope="module")
def whole(moving: Plant) -> dict[str, pl.DataFrame]:
    site = fresh(moving)
    score_days(site, moving.fleet, moving.span, "deviation")
    return told(site, moving)


def assert_same(found: dict[str, pl.DataFrame], expected: dict[str, pl.DataFrame]) -> None:
    for name, frame in expected.items():
        assert_frame_equal(found[name], frame, check_exact=True)


def test_every_window_says_the_threshold_that_it_was_judged_by(moving: Plant, whole: dict) -> None:
    scores = whole["scores"]
    assert scores.group_by("unit_id").agg(pl.col("threshold").n_unique())["threshold"].min() > 10
    assert scores.select(((pl.col("score") > pl.col("threshold")) == pl.col("is_anomaly")).all()).item()
    assert 0 < scores["is_anomaly"].mean() < 0.2


def test_every_move_is_told_with_its_reason_and_explains_the_next_threshold(whole: dict) -> None:
    moves, scores = whole["threshold_moves"], whole["scores"]
    assert {"raised", "lowered"} <= set(moves["reason"])
    changed = scores.with_columns(
        previous=pl.col("threshold").shift(1).over("unit_id"), time=pl.col("window_end").shift(1).over("unit_id")
    ).filter(pl.col("threshold") != pl.col("previous"))
    explained = changed.join(moves, on=["unit_id", "time"], suffix="_move")
    assert explained.height == changed.height
    assert explained["threshold"].equals(explained["value"].alias("threshold"))


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.sets(st.integers(0, DAYS), max_size=5), again=st.integers(0, DAYS - 1))
def test_any_cutting_and_any_day_again_gives_the_same_scores_states_and_moves(
    moving: Plant, whole: dict, numbers: set[int], again: int
) -> None:
    site = fresh(moving)
    for span in [*cut(moving, numbers), Span(moving.day(again), moving.day(again) + DAY)]:
        score_days(site, moving.fleet, span, "deviation")
    assert_same(told(site, moving), whole)


def test_day_by_day_and_in_small_pieces_equal_one_range(
    moving: Plant, whole: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = fresh(moving)
    for day in moving.span.days():
        score_days(site, moving.fleet, Span(day, day + DAY), "deviation")
    assert_same(told(site, moving), whole)
    monkeypatch.setattr(Span.chunks, "__defaults__", (1,))
    score_days(site, moving.fleet, moving.span, "deviation")
    assert_same(told(site, moving), whole)


def test_a_day_begins_where_the_last_scored_day_before_it_ended(moving: Plant, whole: dict) -> None:
    site, gap = fresh(moving), [Span(moving.first, moving.day(5)), Span(moving.day(9), moving.day(10))]
    for span in gap:
        score_days(site, moving.fleet, span, "deviation")
    first_after = told(site, moving)["scores"].filter(pl.col("window_start").dt.date() == moving.day(9))
    ended = told(site, moving)["threshold_state"].filter(day=moving.day(4))
    bundle = site.registry.load("ponds", site.registry.get("ponds", "deviation").version)
    windows = site.warehouse.read(site.table(moving.fleet, "features"), moving.day(9), moving.day(10))
    state = {unit: json.loads(text) for unit, text in ended.select("unit_id", "state").iter_rows()}
    alone = score_features(bundle, windows, state=state)
    assert set(state) == {"unit_01", "unit_02", "unit_03"}
    assert first_after["threshold"].equals(alone["threshold"])
    assert not first_after["threshold"].equals(score_features(bundle, windows)["threshold"]), "control: no state"


def test_other_versions_keep_their_states_and_moves(moving: Plant, whole: dict) -> None:
    site = fresh(moving)
    score_days(site, moving.fleet, moving.span, "deviation")
    score_days(site, moving.fleet, moving.span, "random_score")
    found, number = told(site, moving), site.registry.get("ponds", "deviation").version
    for name in ("threshold_state", "threshold_moves"):
        assert set(found[name]["model_version"]) == {number, number + 1}
        assert_frame_equal(found[name].filter(model_version=number), whole[name], check_exact=True)


def test_nothing_is_learnt_from_windows_that_are_labelled_on_their_own_day(moving: Plant, whole: dict) -> None:
    site, day = fresh(moving), moving.day(6)
    table = site.table(moving.fleet, "labels")
    start = pl.Series([site.warehouse.read(site.table(moving.fleet, "features"), day)["window_start"].min()])
    label = {"unit_id": "unit_01", "sensor": None, "failure_type": "known", "note": None, "source": "a person"}
    row = pl.DataFrame([label | {"failure_at": None}], schema_overrides=table.dtypes).with_columns(
        start=start, end=start + timedelta(days=1)
    )
    score_days(site, moving.fleet, Span(moving.first, moving.day(7)), "deviation")
    without = told(site, moving)["threshold_state"].filter(day=day)
    site.warehouse.replace(table, table.align(row), day, day + DAY)
    score_days(site, moving.fleet, Span(day, moving.day(7)), "deviation")
    found = told(site, moving)["threshold_state"]
    changed = found.filter(day=day).join(without, on="unit_id", suffix="_before")
    assert changed.filter(pl.col("state") != pl.col("state_before"))["unit_id"].to_list() == ["unit_01"]
    kept, before = (json.loads(found.filter(day=each, unit_id="unit_01")["state"][0]) for each in (day, day - DAY))
    assert {k: v for k, v in kept.items() if k != "last"} == {k: v for k, v in before.items() if k != "last"}


def test_a_static_threshold_is_the_same_everywhere_and_leaves_no_state(original: Plant) -> None:
    site = original.site()
    scores = site.warehouse.read(site.table(original.fleet, "scores"))
    assert scores["threshold"].n_unique() == 1
    for name in ("threshold_state", "threshold_moves"):
        assert site.warehouse.read(site.table(original.fleet, name)).is_empty()


def test_without_a_state_a_moving_threshold_begins_where_it_was_calibrated(moving: Plant, whole: dict) -> None:
    site = fresh(moving)
    bundle = site.registry.load("ponds", site.registry.get("ponds", "deviation").version)
    windows = site.warehouse.read(site.table(moving.fleet, "features"))
    scored = score_features(bundle, windows)
    first = scored.group_by("unit_id").agg(pl.col("threshold").first())["threshold"]
    assert set(first) == {bundle.require_threshold().value}
    assert scored["threshold"].n_unique() > 10
    labelled = pl.Series(np.ones(windows.height, dtype=bool))
    assert score_features(bundle, windows, labelled=labelled)["threshold"].n_unique() == 1


def test_days_without_windows_carry_the_state_on(moving: Plant) -> None:
    site = fresh(moving)
    bundle = site.registry.load("ponds", site.registry.get("ponds", "deviation").version)
    service = Service(site, moving.fleet, bundle.require_threshold(), 1)
    first, second = Span(moving.first, moving.day(1)), Span(moving.day(1), moving.day(3))
    windows = site.warehouse.read(site.table(moving.fleet, "features"), first.start, first.end)
    service.judge(first, windows, np.arange(float(windows.height)))
    service.keep(first)
    service.judge(second, windows.clear(), np.empty(0))
    service.keep(second)
    states = site.warehouse.read(site.table(moving.fleet, "threshold_state"))
    assert states.group_by("unit_id").agg(pl.col("state").n_unique(), pl.len())["state"].to_list() == [1, 1, 1]
    assert states.height == 9
