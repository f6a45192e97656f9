from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets import contracts
from anomaly_assets.config import FEATURE_NAMES, FleetConfig
from anomaly_assets.errors import FeatureError
from anomaly_assets.features import build_features
from anomaly_assets_tests.conftest import small_fleet
from anomaly_assets_tests.features.frames import MINUTE, START, one_sensor, readings

STEPS = 400  # of 15 minutes: four days and a bit


def quarterly(every: str = "15m") -> FleetConfig:
    windows = {name: {"length": name, "statistics": FEATURE_NAMES, "min_share": 0.3} for name in ("1h", "7h", "1d")}
    calendar = ["hour_of_day", "day_of_week", "day_of_year"]
    return small_fleet(
        sampling="15m",
        sensors={"a": {}, "b": {}},
        features={"windows": windows, "lags": ["15m", "6h"], "calendar": calendar, "every": every},
    )


def random_readings(seed: int, spikes: bool = True) -> pl.DataFrame:
    """Three units of two sensors, ragged and with gaps, some readings missing, some huge; one unit appears late."""
    rng = np.random.default_rng(seed)
    units = []
    for unit, first in (("u1", 0), ("u2", 0), ("late", 210)):
        present = np.flatnonzero((rng.random(STEPS) < 0.8) & (np.arange(STEPS) >= first))
        gap = rng.integers(0, STEPS)
        present = present[(present < gap) | (present > gap + 60)]
        a, b = rng.normal(8, 0.3, (2, len(present))).round(rng.integers(1, 12))
        a[rng.random(len(present)) < 0.02 * spikes] = 1e6
        a[rng.random(len(present)) < 0.2], b[rng.random(len(present)) < 0.2] = np.nan, 5.0
        time = [START + int(place) * timedelta(minutes=15) for place in present]
        units.append(pl.DataFrame({"unit_id": [unit] * len(present), "time": time, "a": a, "b": b}))
    rows = pl.concat(units).with_columns(pl.col("a").fill_nan(None), pl.col("time").cast(pl.Datetime("us", "UTC")))
    bits = [pl.Series(f"{s}__quality", rng.choice([0, 16], rows.height, p=[0.9, 0.1]), pl.UInt8) for s in "ab"]
    return rows.with_columns(bits)


def ranges(fleet: FleetConfig, cuts: list[int]) -> list[tuple[datetime, datetime]]:
    edges = [START + place * fleet.stride for place in sorted({0, *cuts})]
    edges = [edge for edge in edges if edge < START + timedelta(days=5)] + [START + timedelta(days=5)]
    return list(pairwise(edges))


def in_parts(cleaned: pl.DataFrame, fleet: FleetConfig, cuts: list[int]) -> pl.DataFrame:
    """Each range from its own look-back rows alone, put together again."""
    parts = []
    for start, end in ranges(fleet, cuts):
        seen = cleaned.filter(pl.col("time").is_between(start - fleet.lookback, end, closed="left"))
        parts.append(build_features(seen, fleet, start, end))
    return pl.concat(parts).sort("unit_id", "window_start")


def assert_same_bits(one: pl.DataFrame, other: pl.DataFrame) -> None:
    assert_frame_equal(one, other, check_exact=True)
    bits = pl.selectors.float().reinterpret(signed=True)
    assert_frame_equal(one.with_columns(bits), other.with_columns(bits))


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    cuts=st.lists(st.integers(1, STEPS), max_size=8),
    every=st.sampled_from(["15m", "1h", "1d"]),
)
def test_day_by_day_equals_one_range_equals_chunks_bit_for_bit(seed: int, cuts: list[int], every: str) -> None:
    fleet, cleaned = quarterly(every), random_readings(seed)
    whole = build_features(cleaned, fleet, START, START + timedelta(days=5))
    days = [day * (timedelta(days=1) // fleet.stride) for day in range(5)]
    assert_same_bits(whole, in_parts(cleaned, fleet, days))
    assert_same_bits(whole, in_parts(cleaned, fleet, cuts))


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), now=st.integers(1, STEPS))
def test_later_readings_change_nothing_in_the_past(seed: int, now: int) -> None:
    fleet, cleaned = quarterly(), random_readings(seed)
    moment = START + now * fleet.sampling
    then = build_features(cleaned.filter(pl.col("time") < moment), fleet, START, moment)
    later = build_features(cleaned, fleet, START, START + timedelta(days=5))
    assert_same_bits(then, later.filter(pl.col("window_start") < moment))


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    fleet, cleaned = quarterly("1h"), random_readings(seed)
    shuffled = cleaned.sample(fraction=1.0, shuffle=True, seed=seed)
    end = START + timedelta(days=5)
    assert_same_bits(build_features(cleaned, fleet, START, end), build_features(shuffled, fleet, START, end))


def test_pieces_of_the_computation_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet, cleaned, end = quarterly(), random_readings(5), START + timedelta(days=5)
    whole = build_features(cleaned, fleet, START, end)
    monkeypatch.setattr("anomaly_assets.features.trailing.PIECE_ROWS", 7)
    assert_same_bits(whole, build_features(cleaned, fleet, START, end))


def test_too_short_a_look_back_would_show() -> None:
    fleet, cleaned = quarterly(), random_readings(5)
    cut = START + timedelta(days=2)
    whole = build_features(cleaned, fleet, START, START + timedelta(days=5))
    blind = build_features(cleaned.filter(pl.col("time") >= cut), fleet, cut, START + timedelta(days=5))
    with pytest.raises(AssertionError):
        assert_same_bits(whole.filter(pl.col("window_start") >= cut), blind)


def test_one_unit_never_sees_another() -> None:
    fleet, cleaned, end = quarterly(), random_readings(11), START + timedelta(days=5)
    whole = build_features(cleaned, fleet, START, end)
    for unit in ("u1", "u2", "late"):
        alone = build_features(cleaned.filter(pl.col("unit_id") == unit), fleet, START, end)
        assert_same_bits(whole.filter(pl.col("unit_id") == unit), alone)


def test_the_frame_keeps_its_contract() -> None:
    fleet = quarterly("1h")
    frame = build_features(random_readings(2), fleet, START, START + timedelta(days=5))
    assert_frame_equal(contracts.features(fleet).validate(frame), frame)
    assert frame.height > 0


def test_a_stride_gives_its_last_row_and_nothing_else() -> None:
    every = one_sensor(every="1h", raw=True)
    series = [float(place) for place in range(180)]
    series[119] = None  # the second hour ends one minute early
    frame = build_features(readings({"u": series}), every, START, START + timedelta(hours=3))
    assert frame["a__raw"].to_list() == [59.0, 118.0, 179.0]
    assert frame["window_start"].to_list() == [START + timedelta(hours=hour) for hour in range(3)]
    assert (frame["window_end"] - frame["window_start"]).unique().to_list() == [timedelta(hours=1)]


def test_look_back_rows_give_no_windows() -> None:
    cleaned = readings({"u": np.arange(120.0)})
    frame = build_features(cleaned, one_sensor(), START + timedelta(hours=1), START + timedelta(hours=2))
    assert frame["window_start"].min() == START + timedelta(hours=1)
    assert frame["a__mean_30m"][0] == np.mean(np.arange(31, 61))


def test_windows_without_any_sensor_value_are_left_out_whatever_the_calendar_says() -> None:
    series = [1.0, 2.0, *[np.nan] * 60, 3.0]
    fleet = one_sensor(calendar=["hour_of_day"])
    frame = build_features(readings({"u": series}), fleet, START, START + timedelta(hours=2))
    assert frame.height < len(series)
    assert frame.filter(pl.all_horizontal(pl.col("^a__.*$").is_null())).is_empty()


def test_an_empty_range_gives_an_empty_frame_of_the_contract() -> None:
    fleet = quarterly()
    frame = build_features(random_readings(0), fleet, START + timedelta(days=90), START + timedelta(days=91))
    assert frame.schema == contracts.features(fleet).dtypes
    assert frame.is_empty()


def test_readings_before_1970_are_readings_too() -> None:
    old = datetime(1969, 12, 31, 23, tzinfo=UTC)
    frame = build_features(readings({"u": np.arange(120.0)}, old), one_sensor(), old, old + timedelta(hours=2))
    assert frame["a__mean_30m"][-1] == np.mean(np.arange(90, 120))


def test_a_sampling_of_days_works() -> None:
    windows = {"5d": {"length": "5d", "statistics": ["mean"]}}
    fleet = small_fleet(sampling="1d", sensors={"a": {}}, features={"windows": windows, "lags": ["2d"]})
    cleaned = readings({"u": np.arange(20.0)}, step=timedelta(days=1))
    frame = build_features(cleaned, fleet, START, START + timedelta(days=20))
    assert frame["a__mean_5d"][-1] == 17.0
    assert frame["a__lag_2d"][-1] == 17.0


@pytest.mark.parametrize(
    ("spoilt", "wrong"),
    [
        (lambda frame: pl.concat([frame, frame]), "two rows at one instant"),
        (lambda frame: frame.with_columns(pl.col("time") + timedelta(seconds=1)), "off the sampling grid"),
        (lambda frame: frame.drop("a"), "columns are missing"),
    ],
)
def test_readings_that_were_not_cleaned_are_refused(spoilt: Any, wrong: str) -> None:
    cleaned = spoilt(readings({"u": np.arange(10.0)}))
    with pytest.raises(FeatureError, match=wrong):
        build_features(cleaned, one_sensor(), START, START + timedelta(hours=1))


def test_a_range_that_cuts_a_stride_is_refused() -> None:
    with pytest.raises(FeatureError, match="cuts a stride"):
        build_features(readings({"u": [1.0]}), one_sensor(every="1h"), START + MINUTE, START + timedelta(hours=2))
