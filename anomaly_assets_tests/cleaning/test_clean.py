"""Cleaning as a whole: nothing lost, nothing from the future, the same rows however the range is cut."""

import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.cleaning import clean
from anomaly_assets.contracts import QUALITY, cleaned_sensors, quarantine
from anomaly_assets.errors import ContractError

from .readings import MINUTE, at, clean_minutes, fleet_with, raw, wild

SEEDS = st.integers(0, 10_000)
ACTIONS = st.sampled_from(["flag", "remove", "ignore"])
LIMITS = st.sampled_from([None, "1m", "3m", "20m"])
FLEETS = st.builds(fleet_with, ACTIONS, ACTIONS, LIMITS)
LAST = 240


def _piece(frame, fleet, first, last, lookback):
    return clean(frame.filter(pl.col("time") >= at(first) - lookback), fleet, at(first), at(last))


def _pieces(frame, fleet, cuts, lookback=None):
    edges = [0, *sorted(cuts), LAST]
    lookback = fleet.cleaning_lookback if lookback is None else lookback
    return [_piece(frame, fleet, a, b, lookback) for a, b in itertools.pairwise(edges) if a < b]


@settings(max_examples=60)
@given(SEEDS, FLEETS, st.sets(st.integers(1, LAST - 1), max_size=8))
def test_chunks_and_one_range_give_the_same_bits(seed, fleet, cuts):
    frame = wild(seed)
    whole, pieces = clean_minutes(frame, fleet, 0, LAST), _pieces(frame, fleet, cuts)
    together = pl.concat([piece.cleaned for piece in pieces]).sort("unit_id", "time")
    assert_frame_equal(together, whole.cleaned, check_exact=True)
    order = quarantine(fleet).dtypes.names()
    taken = pl.concat([piece.quarantine for piece in pieces])
    assert_frame_equal(taken.sort(order), whole.quarantine.sort(order))
    for name in set(whole.counts) - {"out_of_order"}:
        assert sum(piece.counts[name] for piece in pieces) == whole.counts[name]


def test_too_short_a_look_back_is_noticed():
    fleet = fleet_with("flag", "flag", "3m")
    differ = []
    for seed in range(10):
        frame = wild(seed)
        cut = pl.concat([piece.cleaned for piece in _pieces(frame, fleet, range(0, LAST, 20), lookback=0 * MINUTE)])
        differ.append(not cut.sort("unit_id", "time").equals(clean_minutes(frame, fleet, 0, LAST).cleaned))
    assert any(differ)


@settings(max_examples=60)
@given(SEEDS, FLEETS, st.integers(1, LAST - 1))
def test_later_readings_change_nothing_in_the_past(seed, fleet, now):
    frame = wild(seed)
    then = clean_minutes(frame.filter(pl.col("time") < at(now)), fleet, 0, now)
    later = clean_minutes(frame, fleet, 0, LAST)
    assert_frame_equal(later.cleaned.filter(pl.col("time") < at(now)), then.cleaned, check_exact=True)


@settings(max_examples=60)
@given(SEEDS, FLEETS)
def test_every_row_is_kept_or_quarantined_or_a_duplicate_or_empty(seed, fleet):
    frame = wild(seed)
    counts = clean_minutes(frame, fleet, 0, LAST).counts
    assert counts["readings"] == frame.height
    assert counts["readings"] == sum(counts[fate] for fate in ("kept", "duplicate", "fully_quarantined", "empty"))


@settings(max_examples=60)
@given(SEEDS, FLEETS)
def test_every_reading_is_in_the_clean_table_or_in_quarantine_or_a_duplicate(seed, fleet):
    """On whole minutes a step holds one moment, so what was said can be followed through word by word."""
    frame = wild(seed).with_columns(pl.col("time").dt.truncate("1m"))
    result = clean_minutes(frame, fleet, 0, LAST)
    for sensor in fleet.sensors:
        words = pl.col("unit_id"), pl.col("time"), pl.col(sensor).cast(pl.String).alias("word")
        raw_words = frame.filter(pl.col(sensor).is_not_null()).select(*words)
        clean_words = result.cleaned.filter(pl.col(f"{sensor}__quality") & 1 == 0, pl.col(sensor).is_not_null())
        taken = result.quarantine.filter(sensor=sensor)
        assert taken.select("unit_id", "time", "source_file", "source_row").is_unique().all()
        accounted = pl.concat(
            [clean_words.select(*words), taken.select("unit_id", "time", pl.col("found").alias("word"))]
        )
        order = raw_words.columns
        assert_frame_equal(raw_words.unique().sort(order), accounted.unique().sort(order))
        assert accounted.height <= raw_words.height


@settings(max_examples=30)
@given(SEEDS, FLEETS)
def test_the_contracts_hold(seed, fleet):
    result = clean_minutes(wild(seed), fleet, 0, LAST)
    cleaned_sensors(fleet).validate(result.cleaned)
    quarantine(fleet).validate(result.quarantine)
    tells = [pl.col(s).is_not_null() | (pl.col(f"{s}__quality") & QUALITY["impossible"] > 0) for s in fleet.sensors]
    assert result.cleaned.select(pl.any_horizontal(tells)).to_series().all()


def test_nothing_in_gives_nothing_out():
    result = clean_minutes(raw([]), fleet_with("flag", "remove", "3m"))
    assert_frame_equal(result.cleaned, cleaned_sensors(fleet_with()).empty())
    assert_frame_equal(result.quarantine, quarantine(fleet_with()).empty())
    assert set(result.counts.values()) == {0}


def test_look_back_rows_do_not_come_out_nor_count():
    result = clean_minutes(raw([(0, 1.0), (1, 500.0), (2, 2.0)]), fleet_with(), 2, 10)
    assert result.cleaned["a"].to_list() == [2.0]
    assert (result.counts["readings"], result.counts["out_of_range"], result.quarantine.height) == (1, 0, 0)


def test_a_range_that_cuts_a_step_is_refused():
    with pytest.raises(ContractError, match="cuts through a sampling step"):
        clean(raw([(0, 1.0)]), fleet_with(), at(0.5), at(10))


def test_a_missing_sensor_is_refused_by_name():
    with pytest.raises(ContractError, match="'b'"):
        clean_minutes(raw([(0, 1.0)]).drop("b"), fleet_with())


@pytest.mark.real_data
def test_a_real_clock_change_is_counted_and_loses_nothing(real):
    path = next(real("nab").rglob("machine_temperature_system_failure.csv"))
    table = pl.read_csv(path, try_parse_dates=True)
    fleet = fleet_with("flag").model_copy(update={"sampling": 5 * MINUTE})
    frame = pl.DataFrame(
        {
            "unit_id": "machine",
            "time": table["timestamp"].dt.replace_time_zone("UTC"),
            "a": table["value"],
            "b": pl.Series([None] * table.height, dtype=pl.Float64),
            "source_file": path.name,
            "source_row": range(2, table.height + 2),
        }
    )
    day = frame["time"].dt.truncate("1d")
    result = clean(frame, fleet, day.min(), day.max() + 1440 * MINUTE)
    assert result.counts["out_of_order"] == 1
    fates = {name: result.counts[name] for name in ("kept", "duplicate", "fully_quarantined", "empty")}
    assert sum(fates.values()) == result.counts["readings"] == table.height
    assert result.counts["conflicting_duplicate"] > 0
