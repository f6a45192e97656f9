"""What is simulated and written in a raw format is read back as it was: readings, units and labels."""

from datetime import date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.config import FleetConfig
from anomaly_assets.ingest import Source
from anomaly_assets.synthetic import simulate, write_raw
from anomaly_assets_tests.conftest import small_fleet

from .fleets import FIRST_DAY, NAMES, small

EVER = (date(2000, 1, 1), date(2100, 1, 1))


def read_back(fleet: FleetConfig, tmp_path, seed: int = 11):
    simulated = simulate(fleet, FIRST_DAY, fleet.simulation.days, seed)
    write_raw(simulated, fleet, tmp_path / "raw")
    source = Source(fleet, tmp_path / "raw", tmp_path / "store")
    assert source.refresh().problems == {}
    moments = [datetime.fromisoformat(f"{day}T00:00:00+00:00") for day in EVER]
    readings = source.readings(*moments).sort("unit_id", "time")
    assert source.rejects(*EVER).is_empty()
    return simulated, readings, source.labels(*EVER)


@pytest.mark.parametrize("name", NAMES)
def test_readings_come_back_exactly(name, tmp_path):
    simulated, readings, _ = read_back(small(name), tmp_path)
    assert_frame_equal(readings.drop("source_file", "source_row"), simulated.readings)


@pytest.mark.parametrize("name", NAMES)
def test_labels_come_back_as_the_same_intervals(name, tmp_path):
    simulated, _, labels = read_back(small(name), tmp_path)
    columns = ["unit_id", "start", "end", *(["sensor"] if name in {"aquaculture", "river"} else [])]
    assert labels.height
    order = ["unit_id", "start", "end"]
    assert_frame_equal(labels.select(columns).sort(order), simulated.labels.select(columns).sort(order))


def test_failures_come_back_to_the_instant(tmp_path):
    simulated, _, labels = read_back(small("turbofan"), tmp_path)
    failures = [frame.select("unit_id", "failure_at").unique().sort("unit_id") for frame in (labels, simulated.labels)]
    assert_frame_equal(*failures)


@pytest.mark.parametrize(
    "source",
    [
        {"unit": {"by": "column", "column": "probe"}, "options": {"time": "when", "delimiter": ";"}},
        {"unit": {"by": "column", "column": "probe"}, "options": {"layout": "long"}, "sentinels": [-9999]},
        {"unit": {"by": "file", "pattern": "^([^/]+)/"}},
    ],
    ids=["wide", "long", "one folder per unit"],
)
def test_any_table_layout_comes_back(source, tmp_path):
    faults = [{"kind": "level_shift", "share": 1.0, "duration": "5h"}]
    fleet = small_fleet(
        sampling="10m",
        source={"format": "table", "folder": "raw", "include": ["**/*.csv"]} | source,
        simulation={"units": 2, "days": 3, "quiet": "1d", "faults": faults},
    )
    simulated, readings, _ = read_back(fleet, tmp_path)
    assert_frame_equal(readings.select(simulated.readings.columns), simulated.readings)
    assert readings["unit_id"].unique().sort().to_list() == ["unit_01", "unit_02"]
    assert simulated.labels.filter(pl.col("unit_id") == "unit_01").height
