"""What is simulated and written in a raw format is read back as it was: readings, units and labels."""

from datetime import date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.config import FleetConfig
from anomaly_assets.features import condense
from anomaly_assets.ingest import Source
from anomaly_assets.synthetic import simulate, write_raw
from anomaly_assets_tests.conftest import small_fleet

from .fleets import FIRST_DAY, NAMES, SCALAR, SIGNALS, small

EVER = (date(2000, 1, 1), date(2100, 1, 1))


def read_back(fleet: FleetConfig, tmp_path, seed: int = 11):
    simulated = simulate(fleet, FIRST_DAY, fleet.simulation.days, seed)
    write_raw(simulated, fleet, tmp_path / "raw")
    source = Source(fleet, tmp_path / "raw", tmp_path / "store", condense)
    assert source.refresh().problems == {}
    moments = [datetime.fromisoformat(f"{day}T00:00:00+00:00") for day in EVER]
    readings = source.readings(*moments).sort("unit_id", "time")
    assert source.rejects(*EVER).is_empty()
    return simulated, readings, source.labels(*EVER)


@pytest.mark.parametrize("name", SCALAR)
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


@pytest.mark.parametrize("name", SIGNALS)
def test_windows_of_signals_come_back_with_what_is_recorded_beside_them(name, tmp_path):
    simulated, readings, _ = read_back(small(name), tmp_path)
    beside = [column for column in simulated.readings.columns if simulated.readings[column].count()]
    assert_frame_equal(readings.select(beside), simulated.readings.select(beside))
    assert sum(readings.null_count().row(0)) == 0
    assert readings.height * (readings.width - 4) == simulated.measured


@pytest.mark.parametrize("name", ["turbofan", "bearings"])
def test_failures_come_back_to_the_instant(name, tmp_path):
    simulated, _, labels = read_back(small(name), tmp_path)
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


def other_signals(form: str) -> FleetConfig:
    """A fleet in one of the published formats that no shipped fleet has."""
    kinds = ("bearing_inner_race", "bearing_outer_race", "bearing_ball")
    described = {
        "cwru": {
            "sampling": "100ms",
            "source": {"format": "cwru", "folder": "raw", "options": {"epoch": "2024-01-01"}},
            "sensors": {"de_rms": {}, "fe_kurtosis": {}},
            "simulation": {
                "recording": "3s",
                "units": 4,
                "names": ["1797_Normal", "1797_IR_7", "1797_B_14", "1797_OR@6_21"],
                "machine": {"channels": {"de": 1.0, "fe": 0.5}},
                "faults": [{"kind": kind} for kind in kinds],
            },
        },
        "femto": {
            "sampling": "10s",
            "source": {"format": "femto", "folder": "raw", "options": {"epoch": "2024-01-01"}},
            "sensors": {"h_rms": {}, "v_kurtosis": {}},
            "labels": {"failure_horizon": "2m"},
            "simulation": {
                "recording": "25m",
                "days": 1,
                "units": 6,
                "quiet": "5m",
                "machine": {"channels": {"h": 1.0, "v": 0.7}},
                "faults": [{"kind": kind, "share": 1 / 3, "duration": "6m"} for kind in kinds],
            },
        },
    }[form]
    bearing = {"elements": 9, "element_diameter": 7.94, "pitch_diameter": 39.04}
    waveforms = {"rate": 12_000, "window": 512, "speed": 1797, "bearing": bearing}
    return small_fleet(waveforms=waveforms, training={"window": {"first": "1s"}}, **described)


@pytest.mark.parametrize("form", ["cwru", "femto"])
def test_what_files_tell_by_themselves_is_the_truth(form, tmp_path):
    simulated, readings, labels = read_back(other_signals(form), tmp_path)
    assert_frame_equal(readings.select("unit_id", "time"), simulated.readings.select("unit_id", "time"))
    columns = ["unit_id", "start", "end"]
    assert labels.height >= 3
    assert_frame_equal(labels.select(columns).sort(columns), simulated.labels.select(columns).sort(columns))
    names = sorted(set(labels["unit_id"]))
    assert names == {"cwru": ["1797_B_14", "1797_IR_7", "1797_OR@6_21"]}.get(form, names)
