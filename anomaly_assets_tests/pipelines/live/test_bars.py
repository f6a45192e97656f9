"""A threshold that moves stands, for those who ask from outside, where the last scored day has left it."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from anomaly_assets.pipelines import midnight, score_days, train_all
from anomaly_assets.pipelines.live import Live, open_live
from anomaly_assets_tests.pipelines.plant import DAY, Plant
from anomaly_assets_tests.pipelines.test_following import MOVING

from .ponds import ask_for


@pytest.fixture(scope="module")
def moving(original: Plant, tmp_path_factory: pytest.TempPathFactory) -> Plant:
    plant = original.copied(tmp_path_factory.mktemp("moving") / "plant", threshold=MOVING)
    train_all(plant.site(), plant.fleet)
    score_days(plant.site(), plant.fleet, plant.span, "deviation")
    return plant


@pytest.fixture(scope="module")
def live(moving: Plant) -> Live:
    return open_live(moving.site(), "ponds", "deviation")


def test_every_unit_has_its_own(moving: Plant, live: Live) -> None:
    site = moving.site()
    states = site.warehouse.read(site.table(moving.fleet, "threshold_state"))
    last = states.filter(day=moving.span.end - DAY, model_version=live.version)
    values = live.bars.values(np.array(live.units, dtype=object))
    assert len(set(values.tolist())) > 1
    moved = {row["unit_id"]: json.loads(row["state"])["log_width"] for row in last.iter_rows(named=True)}
    order = [unit for _, unit in sorted(zip(values.tolist(), live.units, strict=True))]
    assert order == sorted(order, key=lambda unit: moved[unit])


def test_asking_moves_nothing_and_a_stranger_has_the_calibrated_one(moving: Plant, live: Live) -> None:
    ask = ask_for(moving.site(), live, live.units[0], midnight(moving.day(15)), midnight(moving.day(16)))
    first, again = live.score([ask]), live.score([ask, ask])
    assert first["threshold"].n_unique() == 1
    assert again.filter(ask=1).drop("ask").equals(first.drop("ask"))
    assert live.bars.values(np.array(["stranger"], dtype=object))[0] == live.bars.threshold.value


def test_one_that_does_not_move_is_the_same_for_all(original: Plant, make: Callable[..., Live]) -> None:
    still = make(original)
    assert set(still.bars.values(np.array(["a", "b"], dtype=object))) == {still.bars.threshold.value}


@pytest.fixture
def make() -> Callable[..., Live]:
    return lambda plant: open_live(plant.site(), "ponds")
