"""Bearing waveforms: windows become rows of condition indicators, names tell the condition."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from anomaly_assets.errors import IngestError
from anomaly_assets.features import condense
from anomaly_assets.ingest import Source
from anomaly_assets.ingest.discovery import reader

from .building import ALWAYS, EVERY_DAY, a_fleet, parsed, rows, rules, written

SENSORS = {"level": {"column": "de_rms"}, "impulse": {"column": "de_kurtosis"}}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
STEP = timedelta(milliseconds=100)


def a_measurement(folder: Path, name: str = "1797_IR_7_DE12.npz", samples: int = 40, **channels: Any) -> Path:
    """Noise of the drive end, ``samples`` long."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    waves = channels or {"DE": np.random.default_rng(7).normal(size=(samples, 1))}
    if path.suffix == ".mat":
        savemat(path, {f"X097_{key}_time": wave for key, wave in waves.items()} | {"X097RPM": 1797})
    else:
        np.savez(path, **waves)
    return path


def small(sensors: Any = SENSORS, **options: Any) -> Any:
    return a_fleet("cwru", sensors, options={"window": 16} | options, unit={"by": "file", "pattern": r"([^/]+)\.\w+$"})


def test_a_window_is_a_row_and_a_rest_is_left_over(tmp_path: Path) -> None:
    path = a_measurement(tmp_path)
    wave = np.load(path)["DE"].ravel()
    expected = [
        ("1797_IR_7_DE12", EPOCH + k * STEP, np.sqrt(np.mean(part**2)), first + 1)
        for k, (first, part) in enumerate([(0, wave[:16]), (16, wave[16:32])])
    ]
    found = rows(parsed(path, small()), "unit_id", "time", "level", "source_row")
    assert [row[:2] + row[3:] for row in found] == [row[:2] + row[3:] for row in expected]
    assert [row[2] for row in found] == pytest.approx([row[2] for row in expected])


def test_windows_may_overlap_and_lie_at_another_step(tmp_path: Path) -> None:
    read = parsed(a_measurement(tmp_path), small(hop=8, step="50ms"))
    assert rows(read, "time", "source_row") == [(EPOCH + k * STEP / 2, 8 * k + 1) for k in range(4)]


def test_the_unit_is_the_path_with_the_folder_of_the_speed(tmp_path: Path) -> None:
    name = "1797 RPM/1797_Normal.npz"
    fleet = a_fleet("cwru", SENSORS, options={"window": 16}, unit={"aliases": {"1797 RPM_1797_Normal": "healthy"}})
    assert set(rows(parsed(a_measurement(tmp_path, name), fleet, name), "unit_id")) == {("healthy",)}


@pytest.mark.parametrize(
    ("name", "kind", "note"),
    [
        ("1772_B_21_DE12.npz", "ball_21", "B_21"),
        ("1797_IR_7_DE12.npz", "inner_race_7", "IR_7"),
        ("1797_OR@6_14_DE12.npz", "outer_race_14", "OR@6_14"),
        ("OR014@6_0.mat", "outer_race_14", "OR014@6"),
        ("IR007_1.mat", "inner_race_7", "IR007"),
    ],
)
def test_a_fault_is_told_by_the_name_and_lasts_the_whole_file(tmp_path: Path, name: str, kind: str, note: str) -> None:
    labels = parsed(a_measurement(tmp_path, name), small()).labels
    assert labels.select("start", "end", "failure_type", "note").rows() == [(EPOCH, EPOCH + 2 * STEP, kind, note)]


@pytest.mark.parametrize("name", ["1797_Normal.npz", "normal_0.mat"])
def test_a_normal_file_has_no_labels(tmp_path: Path, name: str) -> None:
    assert parsed(a_measurement(tmp_path, name), small()).labels.is_empty()


def test_matlab_and_numpy_say_the_same(tmp_path: Path) -> None:
    one, other = (parsed(a_measurement(tmp_path, name), small()) for name in ("B_7.npz", "B_7.mat"))
    assert rows(one, "time", "level", "impulse") == rows(other, "time", "level", "impulse")


def test_a_missing_channel_is_refused_or_empty(tmp_path: Path) -> None:
    both = SENSORS | {"fan": {"column": "fe_rms"}}
    with pytest.raises(IngestError, match="'fe_rms'"):
        parsed(a_measurement(tmp_path), small(both))
    assert rows(parsed(a_measurement(tmp_path), small(both, missing_sensors="empty")), "fan") == [(None,), (None,)]


def test_a_window_with_samples_that_are_no_numbers_is_empty_and_told(tmp_path: Path) -> None:
    wave = np.ones(32)
    wave[20:22] = np.nan
    read = parsed(a_measurement(tmp_path, DE=wave), small())
    assert rows(read, "level", "impulse") == [(1.0, None), (None, None)]  # what doesn't move has no kurtosis
    assert rules(read.rejects) == [("not_a_number", None, "2 samples are no numbers", 17)]


@pytest.mark.parametrize("name", ["B_7.npz", "B_7.mat"])
def test_files_that_are_damaged_are_refused(tmp_path: Path, name: str) -> None:
    path = a_measurement(tmp_path, name, samples=4000)
    raw = path.read_bytes()
    for damaged in (b"", b"no waveform at all", raw[: len(raw) // 2]):
        with pytest.raises(IngestError, match=f"{name} can't be read"):
            parsed(written(tmp_path, name, damaged), small())


@pytest.mark.parametrize("name", ["B_7.npz", "B_7.mat"])
def test_bytes_that_changed_on_the_way_are_read_or_refused_and_nothing_else(tmp_path: Path, name: str) -> None:
    raw, rng = a_measurement(tmp_path, name, samples=400).read_bytes(), np.random.default_rng(7)
    refused = 0
    for _ in range(100):
        damaged = bytearray(raw)
        for place in rng.integers(0, 300, size=3):
            damaged[place] = rng.integers(0, 256)
        try:
            parsed(written(tmp_path, name, bytes(damaged)), small())
        except IngestError as told:
            refused += name in str(told)
    assert refused > 20


def test_files_that_hold_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="has no waveform"):
        parsed(a_measurement(tmp_path, speed=np.ones(40)), small())
    with pytest.raises(IngestError, match="can't be read"):
        parsed(a_measurement(tmp_path, DE=np.array([{"pickled": 1}], dtype=object)), small())
    with pytest.raises(IngestError, match="15 samples"):
        parsed(a_measurement(tmp_path, samples=15), small())
    with pytest.raises(IngestError, match="in which condition"):
        parsed(a_measurement(tmp_path, "105.npz"), small())


def test_other_suffixes_are_no_measurements() -> None:
    taken = reader("cwru").takes
    assert taken("x/1797_Normal.npz", small())
    assert not taken("readme.txt", small())


def test_what_a_window_is_may_stand_in_waveforms(tmp_path: Path) -> None:
    path = a_measurement(tmp_path)
    sensors = SENSORS | {"low": {"column": "de_band_low"}, "spread": {"column": "de_spread"}}
    told = {"rate": 12_000, "window": 16, "hop": 8, "bands": {"low": [0, 3000]}}
    fleet = a_fleet("cwru", sensors, waveforms=told)
    read, before = parsed(path, fleet), parsed(path, small(hop=8))
    assert rows(read, "time", "level", "impulse", "source_row") == rows(
        before, "time", "level", "impulse", "source_row"
    )
    assert all(low > 0 and spread > 0 for low, spread in rows(read, "low", "spread"))


@pytest.mark.parametrize(
    ("name", "rpm"),
    [
        ("1797_IR_7_DE12.npz", 1797.0),
        ("1772_Normal.npz", 1772.0),
        ("1750 RPM/IR_7.npz", 1750.0),
        ("1797 RPM/1772_IR_7.npz", 1772.0),
        ("IR007_0.npz", None),
        ("1730_IR_7.mat", 1797.0),
    ],
)
def test_the_speed_is_as_measured_else_as_the_name_says_it(tmp_path: Path, name: str, rpm: float | None) -> None:
    path = a_measurement(tmp_path, name)
    fleet = small({"rpm": {"column": "rpm"}, **SENSORS}, missing_sensors="empty")
    assert rows(parsed(path, fleet, name), "rpm") == [(rpm,), (rpm,)]


def test_fault_frequencies_follow_from_the_speed_of_each_file(tmp_path: Path) -> None:
    """The same signal holds other energy at the fault's frequency of another speed."""
    bearing = {"elements": 9, "element_diameter": 7.94, "pitch_diameter": 39.04}
    told = {"rate": 12_000, "window": 4096, "speed": "rpm", "bearing": bearing}
    fleet = a_fleet("cwru", {"inner": {"column": "de_envelope_bpfi"}}, waveforms=told)
    wave = np.random.default_rng(7).normal(size=8192)
    one, other, none = (
        rows(parsed(a_measurement(tmp_path, name, DE=wave), fleet), "inner")
        for name in ("1797_IR_7.npz", "1500_IR_7.npz", "1797_B_7.npz")
    )
    assert one != other and one == none
    with pytest.raises(IngestError, match="rpm"):
        parsed(a_measurement(tmp_path, "IR007_0.npz", DE=wave), fleet)


@pytest.mark.real_data
def test_every_published_measurement_is_read(real: Callable[[str], Path], tmp_path: Path) -> None:
    source = Source(a_fleet("cwru", SENSORS), real("cwru"), tmp_path, condense)
    assert source.refresh().problems == {}
    readings, labels = source.readings(*ALWAYS), source.labels(*EVERY_DAY)
    assert readings.get_column("unit_id").n_unique() == 16
    assert labels.get_column("unit_id").n_unique() == labels.height == 15
    assert readings.filter(unit_id="1797 RPM_1797_Normal").height == 146_362 // 1024
    assert "1797 RPM_1797_Normal" not in labels.get_column("unit_id")
    assert readings.null_count().sum_horizontal().item() == 0
    assert source.rejects(*EVERY_DAY).is_empty()


@pytest.mark.real_data
def test_a_healthy_bearing_is_gaussian_and_an_inner_race_fault_is_impulsive(real: Callable[[str], Path]) -> None:
    folder = real("cwru") / "1797 RPM"
    healthy, broken = (
        parsed(folder / name, a_fleet("cwru", SENSORS)).readings.get_column("impulse").median()
        for name in ("1797_Normal.npz", "1797_IR_7_DE12.npz")
    )
    assert healthy == pytest.approx(3, abs=0.5)
    assert isinstance(broken, float) and broken > 4
