"""A fleet that drifts: how much, from when on, and that neither labels nor stuck sensors follow."""

from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from pydantic import ValidationError

from anomaly_assets.config import FleetConfig, FleetDriftConfig
from anomaly_assets.synthetic import simulate
from anomaly_assets_tests.conftest import small_fleet

from .fleets import FIRST_DAY

DISPLAYED = 0.011
"""Two roundings of a display with two digits."""


def fleet_of(drift: dict[str, object] | None, **simulation: object) -> FleetConfig:
    base = {"units": 3, "days": 4, "quiet": "1d", "faults": [], "scales": {"a": 2.0}, "drift": drift}
    return small_fleet(sampling="10m", sensors={"a": {}, "b": {}}, simulation=base | simulation)


def moved(drift: dict[str, object], sensor: str = "a", days: int = 6) -> pl.DataFrame:
    """By how much each reading lies above that of the fleet that stays."""
    still, drifting = (simulate(fleet_of(one), FIRST_DAY, days, 3).readings for one in (None, drift))
    elapsed = (drifting["time"] - drifting["time"].min()).dt.total_seconds() / 86_400
    return drifting.select("unit_id", by=pl.col(sensor) - still[sensor]).with_columns(day=elapsed)


def test_slow_drift_grows_by_so_many_scales_a_day_in_every_unit() -> None:
    found = moved({"after": "2d", "per_day": 0.5})
    expected = (found["day"] - 2).clip(lower_bound=0) * 0.5 * 2.0
    assert (found["by"] - expected).abs().max() < DISPLAYED
    assert found.filter(pl.col("day") > 5)["unit_id"].n_unique() == 3


def test_a_shift_comes_at_once_and_stays() -> None:
    found = moved({"shift_after": "3d", "shift": -4})
    assert found.filter(pl.col("day") < 3)["by"].abs().max() == 0
    assert (found.filter(pl.col("day") >= 3)["by"] + 8).abs().max() < DISPLAYED


def test_both_add_up() -> None:
    found = moved({"after": "1d", "per_day": 1, "shift_after": "5d", "shift": 2})
    last = found.filter(pl.col("day") >= 5)
    assert (last["by"] - (last["day"] - 1 + 2) * 2.0).abs().max() < DISPLAYED


def test_a_drift_is_no_fault() -> None:
    simulated = simulate(fleet_of({"shift_after": "1d", "shift": 9}), FIRST_DAY, 4, 3)
    assert simulated.labels.is_empty()
    assert_frame_equal(simulated.readings, simulated.clean)


def test_a_stuck_sensor_does_not_drift() -> None:
    faults = [{"kind": "stuck", "share": 1.0, "duration": "12h"}]
    simulated = simulate(fleet_of({"after": "1d", "per_day": 20}, faults=faults), FIRST_DAY, 4, 3)
    for event in simulated.events.iter_rows(named=True):
        inside = pl.col("time").is_between(event["start"], event["end"], closed="left")
        readings = simulated.readings.filter(inside, unit_id=event["unit_id"])[event["sensor"]]
        assert readings.n_unique() == 1
    assert simulated.events.height == 3


def test_a_longer_simulation_begins_with_the_shorter_one() -> None:
    fleet = fleet_of({"after": "1d", "per_day": 0.3, "shift_after": "2d", "shift": 1})
    short, long = (simulate(fleet, FIRST_DAY, days, 3).readings for days in (4, 7))
    assert_frame_equal(short, long.filter(pl.col("time") < pl.lit(short["time"].max() + timedelta(minutes=10))))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"after": "1d"},
        {"per_day": 0.1},
        {"shift": 2},
        {"shift_after": "1d", "shift": 0},
        {"after": "1d", "per_day": float("nan")},
        {"after": "1d", "per_day": 0.1, "shift": 2},
    ],
)
def test_a_drift_without_a_beginning_or_an_amount_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FleetDriftConfig(**wrong)
