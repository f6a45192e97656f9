"""High-rate signals in files of arrays: cut or to be cut, slow channels beside them, an instant if there is one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from anomaly_assets.config import FleetConfig
from anomaly_assets.errors import ConfigError, IngestError
from anomaly_assets.features import condense
from anomaly_assets.ingest import Source, check_source

from .building import ALWAYS, EVERY_DAY, a_fleet, a_source, parsed, rows, rules, written
from .snapshots import WAVEFORMS

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SENSORS = {"level": {"column": "case_rms"}, "rpm": {"column": "rpm", "role": "setting"}}
SIGNAL = np.random.default_rng(7).normal(size=64)


def an_engine(sensors: Any = SENSORS, waveforms: Any = WAVEFORMS, zone: str = "UTC", **options: Any) -> FleetConfig:
    return a_fleet("waveform", sensors, waveforms=waveforms, options=options, time_zone=zone)


def a_file(folder: Path, name: str = "engine_1.npz", **arrays: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    told = arrays or {"case": SIGNAL, "rpm": np.arange(4) + 100}
    savemat(path, told) if path.suffix == ".mat" else np.savez(path, **told)
    return path


def levels(signal: np.ndarray) -> list[float]:
    return [float(np.sqrt((part**2).mean())) for part in signal.reshape(-1, 16)]


@pytest.mark.parametrize("name", ["engine_1.npz", "engine_1.mat"])
def test_a_signal_is_cut_into_windows_and_slow_channels_stand_beside_them(tmp_path: Path, name: str) -> None:
    found = rows(parsed(a_file(tmp_path, name), an_engine()), "unit_id", "time", "rpm", "level", "source_row")
    assert [row[:3] for row in found] == [("engine_1", EPOCH + k * MINUTE, 100.0 + k) for k in range(4)]
    assert [row[3] for row in found] == pytest.approx(levels(SIGNAL))
    assert [row[4] for row in found] == [1, 17, 33, 49]


def test_signals_may_be_cut_already(tmp_path: Path) -> None:
    path = a_file(tmp_path, case=SIGNAL.reshape(4, 16).astype(np.float32), rpm=np.arange(4))
    found = rows(parsed(path, an_engine()), "rpm", "level", "source_row")
    assert [row[::2] for row in found] == [(float(k), k + 1) for k in range(4)]
    assert [level for _, level, _ in found] == pytest.approx(levels(SIGNAL), rel=1e-6)


def test_a_row_longer_than_a_window_is_told_by_the_mean_over_its_windows(tmp_path: Path) -> None:
    path = a_file(tmp_path, case=SIGNAL.reshape(2, 32), rpm=np.arange(2))
    first, second, third, fourth = levels(SIGNAL)
    found = [level for (level,) in rows(parsed(path, an_engine()), "level")]
    assert found == pytest.approx([(first + second) / 2, (third + fourth) / 2])


def test_one_number_holds_for_the_whole_file(tmp_path: Path) -> None:
    assert rows(parsed(a_file(tmp_path, case=SIGNAL, rpm=np.array([[1797]])), an_engine()), "rpm") == [(1797.0,)] * 4


@settings(max_examples=30)
@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)).map(lambda when: when.replace(microsecond=0)))
def test_a_start_is_an_instant_however_it_is_written(tmp_path_factory: pytest.TempPathFactory, when: datetime) -> None:
    folder, moment = tmp_path_factory.mktemp("starts"), when.replace(tzinfo=UTC)
    for start in (when.isoformat(), moment.timestamp(), np.datetime64(when), f"{when.isoformat()}+00:00"):
        path = a_file(folder, case=SIGNAL, rpm=1, start=start)
        assert rows(parsed(path, an_engine()), "time")[:2] == [(moment,), (moment + MINUTE,)]


def test_a_start_without_a_zone_is_local_to_the_source(tmp_path: Path) -> None:
    path = a_file(tmp_path, "engine_1.mat", case=SIGNAL, rpm=1, start="2024-01-05T12:00:00")
    assert rows(parsed(path, an_engine(zone="Europe/Oslo")), "time")[0] == (datetime(2024, 1, 5, 11, tzinfo=UTC),)


def test_the_step_from_window_to_window_is_the_fleets_or_said(tmp_path: Path) -> None:
    fleet = an_engine(step="250ms", epoch="2024-02-01")
    first = datetime(2024, 2, 1, tzinfo=UTC)
    expected = [(first + k * timedelta(milliseconds=250),) for k in range(4)]
    assert rows(parsed(a_file(tmp_path), fleet), "time") == expected


def test_the_speed_that_fault_frequencies_follow_from_is_a_slow_channel(tmp_path: Path) -> None:
    bearing = {"elements": 9, "element_diameter": 8, "pitch_diameter": 40}
    told = {"rate": 12_000, "window": 1024, "speed": "rpm", "bearing": bearing}
    wave = np.random.default_rng(1).normal(size=(3, 1024))
    path = a_file(tmp_path, case=wave, rpm=np.array([1700.0, 1800.0, np.nan]))
    found = rows(parsed(path, an_engine({"outer": {"column": "case_envelope_bpfo"}}, told)), "outer")
    assert [value is None for (value,) in found] == [False, False, True]
    with pytest.raises(IngestError, match="rpm"):
        parsed(a_file(tmp_path, case=wave), an_engine({"outer": {"column": "case_envelope_bpfo"}}, told))


def test_a_window_with_samples_that_are_no_numbers_is_empty_and_told(tmp_path: Path) -> None:
    broken = SIGNAL.copy()
    broken[[20, 21, 40]] = (np.nan, np.inf, np.nan)
    read = parsed(a_file(tmp_path, case=broken, rpm=np.arange(4)), an_engine())
    assert [level is None for (level,) in rows(read, "level")] == [False, True, True, False]
    assert [row[:3] + row[3:] for row in rules(read.rejects)] == [
        ("not_a_number", None, "2 samples are no numbers", 17),
        ("not_a_number", None, "1 samples are no numbers", 33),
    ]


@pytest.mark.parametrize(
    ("arrays", "word"),
    [
        ({"case": np.ones(15), "rpm": np.ones(1)}, "no whole window"),
        ({"case": np.ones(32), "other": np.ones(48), "rpm": 1}, "other has 48 samples"),
        ({"case": np.ones((4, 16)), "rpm": np.ones(3)}, "rpm has 3 windows"),
        ({"case": np.ones((4, 8)), "rpm": 1}, "8 samples"),
        ({"case": np.ones((2, 2, 16)), "rpm": 1}, "no signal"),
        ({"case": np.array(["a", "b"]), "rpm": 1}, "no signal"),
        ({"box": np.ones(64), "rpm": 1}, "'case_rms'"),
        ({"case": np.ones(64), "rpm": 1, "start": "yesterday"}, "start that can't be read"),
        ({"case": np.ones(64), "rpm": np.array([{}], dtype=object)}, "can't be read"),
    ],
)
def test_files_that_hold_something_else_are_problems_and_others_go_on(
    tmp_path: Path, arrays: dict[str, Any], word: str
) -> None:
    a_file(tmp_path / "raw", "good.npz")
    a_file(tmp_path / "raw", "worse.npz", **arrays)
    source = a_source(tmp_path, an_engine())
    problems = source.refresh().problems
    assert list(problems) == ["worse.npz"] and word in problems["worse.npz"] and "worse" in problems["worse.npz"]
    assert source.readings(*ALWAYS)["unit_id"].unique().to_list() == ["good"]


@pytest.mark.parametrize("name", ["engine_1.npz", "engine_1.mat"])
def test_files_that_are_damaged_are_refused(tmp_path: Path, name: str) -> None:
    whole = a_file(tmp_path, name, case=np.random.default_rng(0).normal(size=4000), rpm=1).read_bytes()
    for raw in (b"", b"nothing", whole[: len(whole) // 2]):
        with pytest.raises(IngestError, match=f"{name} can't be read"):
            parsed(written(tmp_path, name, raw), an_engine())


def test_a_sensor_without_its_channel_may_be_empty(tmp_path: Path) -> None:
    path = a_file(tmp_path, case=SIGNAL)
    assert rows(parsed(path, an_engine(missing_sensors="empty")), "rpm") == [(None,)] * 4


def test_labels_lie_in_a_file_beside_the_recordings(tmp_path: Path) -> None:
    a_file(tmp_path / "raw")
    text = "system_id,start,end,failure_type\nengine_1,2000-01-01 00:01:00,2000-01-01 00:03:00,bearing\n"
    written(tmp_path / "raw", "labels.csv", text)
    source = a_source(tmp_path, an_engine(labels="labels.csv"))
    assert source.refresh().added == ("engine_1.npz", "labels.csv")
    told = source.labels(*EVERY_DAY).select("unit_id", "start", "end", "failure_type").rows()
    assert told == [("engine_1", EPOCH + MINUTE, EPOCH + 3 * MINUTE, "bearing")]


def test_a_fleet_that_says_nothing_of_its_waveforms_is_refused() -> None:
    with pytest.raises(ConfigError, match="condensed"):
        check_source(an_engine(waveforms=None))
    check_source(an_engine())


def test_a_format_without_signals_has_no_waveforms() -> None:
    with pytest.raises(ConfigError, match="no high-rate signals"):
        check_source(a_fleet(waveforms=WAVEFORMS))


def test_windows_of_cwru_are_described_once() -> None:
    once, twice = (
        a_fleet("cwru", {"a": {"column": "de_rms"}}, waveforms=WAVEFORMS, options=o) for o in ({}, {"hop": 8})
    )
    check_source(once)
    with pytest.raises(ConfigError, match=r"source\.options\.hop"):
        check_source(twice)


def test_a_source_that_nobody_told_how_to_condense_says_so(tmp_path: Path) -> None:
    a_file(tmp_path / "raw")
    source = Source(an_engine(), tmp_path / "raw", tmp_path / "store")
    assert "how they are condensed" in source.refresh().problems["engine_1.npz"]
    told = Source(an_engine(), tmp_path / "raw", tmp_path / "other", condense)
    assert told.refresh().problems == {}
