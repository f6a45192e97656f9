"""Every suite's recordings, small and made by hand, in the layout they are published in.

Readings are noise; where an anomaly is labelled, all of them lie eight standard deviations away. ``more`` rows are
appended at the end and change no earlier row.
"""

import gzip
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

Make = Callable[..., Path]
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
LIFE, WORN = 100, 30


def noise(rows: int, channels: int, seed: int, *anomalies: tuple[int, int]) -> np.ndarray:
    """Readings (rows, channels) whose first rows stay the same however many are asked for."""
    values = np.random.default_rng(seed).normal(size=(rows, channels))
    for start, end in anomalies:
        values[start:end] += 8.0
    return values.round(4)


def marks(rows: int, *anomalies: tuple[int, int]) -> list[int]:
    """1 where a row is anomalous."""
    return [int(any(start <= row < end for start, end in anomalies)) for row in range(rows)]


def written(path: Path, text: str, packed: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if packed:
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    else:
        path.write_text(text)


def lines(cells: Iterable[Iterable[object]], between: str) -> str:
    return "".join(between.join(map(str, row)) + "\n" for row in cells)


def table(header: str, columns: Iterable[Iterable[object]], between: str = ",") -> str:
    return header + "\n" + lines(zip(*columns, strict=True), between)


def instants(rows: int, step: timedelta, first: datetime = FIRST) -> list[str]:
    return [f"{first + row * step:%Y-%m-%d %H:%M:%S}" for row in range(rows)]


def machines(folder: Path, more: int) -> None:
    """Parquet files of two machines with three channels, a train and a test part each."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ["m00", "m01", "m02"]
    for machine in (1, 2):
        pl.DataFrame(noise(420, 3, machine), names).write_parquet(folder / f"web-{machine}_train.parquet")
        test = pl.DataFrame(noise(200 + more, 3, 10 + machine, (80, 100)), names)
        labelled = test.with_columns(label=pl.Series(marks(200 + more, (80, 100))))
        labelled.write_parquet(folder / f"web-{machine}_test.parquet")
        (folder / f"web-{machine}_interpretation_label.txt").write_text("80-99:1,2\n")


def asd(root: Path, more: int = 0, packed: bool = False) -> Path:
    machines(root / "asd", more)
    return root / "asd"


def smd(root: Path, more: int = 0, packed: bool = False) -> Path:
    """Text files in four folders, as published."""
    for machine in (1, 2):
        name, anomaly = f"machine-1-{machine}.txt", (80, 100)
        written(root / "smd" / "train" / name, lines(noise(420, 3, machine), ","), packed)
        test = noise(200 + more, 3, 10 + machine, anomaly)
        written(root / "smd" / "test" / name, lines(test, ","), packed)
        written(root / "smd" / "test_label" / name, lines(([m] for m in marks(200 + more, anomaly)), ","), packed)
        written(root / "smd" / "interpretation_label" / name, "80-100:1,2\n", packed)
    return root / "smd"


def cmapss(root: Path, more: int = 0, packed: bool = False) -> Path:
    """Fifteen engines that wear over their last thirty cycles, and the published test files, which nobody uses."""
    rows = []
    for engine in range(1, 16):
        life = LIFE + engine
        cells = noise(life + more, 24, engine)
        cells[life - WORN : life] += np.linspace(0, 6, WORN)[:, None]
        rows += [[engine, cycle + 1, *cells[cycle]] for cycle in range(life + more)]
    written(root / "cmapss" / "train_FD001.txt", lines(rows, " "), packed)
    written(root / "cmapss" / "test_FD001.txt", lines(rows[:50], " "), packed)
    written(root / "cmapss" / "RUL_FD001.txt", "50\n", packed)
    return root / "cmapss"


def cwru(root: Path, more: int = 0, packed: bool = False) -> Path:
    """A healthy bearing and two damaged ones that shake three times as much."""
    save = np.savez_compressed if packed else np.savez
    for rpm, name, loud in ((1797, "Normal", 1), (1797, "IR_7_DE12", 3), (1772, "B_21_DE12", 3)):
        path = root / "cwru" / f"{rpm} RPM" / f"{rpm}_{name}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = 120_000 if name == "Normal" else 20_000
        save(path, DE=loud * noise(samples + 256 * more, 1, rpm + len(name)))
    return root / "cwru"


def femto(root: Path, more: int = 0, packed: bool = False) -> Path:
    """Four bearings of two conditions; their accelerometers get loud over the last quarter of an hour."""
    told = [f"{axis}_{name}" for axis in "hv" for name in ("rms", "kurtosis", "crest", "p2p")]
    for bearing in ("1_1", "1_2", "2_1", "2_2"):
        values = noise(600 + more, len(told), int(bearing.replace("_", "")), (510, 600))
        columns = (range(1, 601 + more), *(10 + values).T)
        text = table(",".join(["snapshot", *told]), columns)
        written(root / "femto" / f"Learning_set_Bearing{bearing}.csv", text, packed)
    return root / "femto"


def gecco(root: Path, more: int = 0, packed: bool = False) -> Path:
    """Six short events in the part that is held back and one in the part that is judged."""
    events = [*((640 + 25 * k, 645 + 25 * k) for k in range(6)), (1200, 1260)]
    rows = 2000 + more
    values = noise(rows, 9, 3, *events)
    told = (instants(rows, timedelta(minutes=1)), *values.T, marks(rows, *events))
    written(
        root / "gecco2017" / "waterworks.csv", table("Time,Tp,Cl,pH,Redox,Leit,Trueb,Cl_2,Fm,Fm_2,EVENT", told), packed
    )
    return root / "gecco2017"


def ims(root: Path, more: int = 0, packed: bool = False) -> Path:
    """Two tests of two bearings; the one that the public record names gets loud over the last two days."""
    for test, failing in ((1, 3), (2, 1)):
        rows = 1200 + more
        values = 1 + 0.02 * noise(rows, 2, test)
        values[1200 - 288 : 1200, 0] += 1.0
        name = f"merged_dataset_BearingTest_{test}.csv"
        told = (instants(rows, timedelta(minutes=10)), *values.T)
        written(root / "ims_features" / name, table(f",Bearing {failing} C1,Bearing 2 C1", told), packed)
    return root / "ims_features"


def lro(root: Path, more: int = 0, packed: bool = False) -> Path:
    """A station of two years, marks in both."""
    sensors = ("temp", "cond", "ph", "do", "turb", "stage")
    header = "datetime," + ",".join(f"{s},{s}_cor,{s}_qual" for s in sensors)
    for year, seed, rows in ((2019, 1, 900), (2020, 2, 900 + more)):
        marked = marks(rows, (400, 420))
        columns: list[Iterable[object]] = [instants(rows, timedelta(minutes=15), datetime(year, 1, 1, tzinfo=UTC))]
        for channel in noise(rows, 6, seed, (400, 420)).T:
            columns += [channel, channel, ["10" if mark else "NULL" for mark in marked]]
        written(root / "lro" / f"MainStreet{year}.csv", table(header, columns), packed)
    return root / "lro"


def lro_sensors(root: Path, more: int = 0, packed: bool = False) -> Path:
    """The same files; rounds are cut out of them."""
    return lro(root, more, packed)


def nab(root: Path, more: int = 0, packed: bool = False) -> Path:
    """Two series of two folders, each with one window, and the file of windows."""
    rows, step, windows = 3000 + more, timedelta(minutes=5), {}
    for place in ("realTraffic/speed", "realTweets/volume"):
        told = (instants(rows, step), noise(rows, 1, len(place), (2000, 2050))[:, 0])
        written(root / "nab" / "data" / f"{place}.csv", table("timestamp,value", told), packed)
        windows[f"{place}.csv"] = [[f"{FIRST + row * step:%Y-%m-%d %H:%M:%S.%f}" for row in (1990, 2060)]]
    written(root / "nab" / "labels" / "combined_windows.json", json.dumps(windows), False)
    return root / "nab"


def oddwater(root: Path, more: int = 0, packed: bool = False) -> Path:
    rows, anomaly = 1300 + more, (900, 940)
    label, nothing = marks(rows, anomaly), [0] * rows
    told = (
        instants(rows, timedelta(minutes=30)),
        *noise(rows, 3, 4, anomaly).T,
        label,
        nothing,
        nothing,
        label,
        nothing,
        nothing,
    )
    header = "Timestamp,Level,Cond,Tur,label_Level,label_Cond,label_Tur,type_Level,type_Cond,type_Tur"
    written(root / "oddwater" / "data_pioneer_anom.csv", table(header, told), packed)
    return root / "oddwater"


def skab(root: Path, more: int = 0, packed: bool = False) -> Path:
    """Three files with an event at different places, and one without any mark."""
    channels = (
        "Accelerometer1RMS;Accelerometer2RMS;Current;Pressure;Temperature;Thermocouple;Voltage;Volume Flow RateRMS"
    )
    for name, start in (("valve1/0", 450), ("valve1/1", 500), ("other/1", 480)):
        rows, anomaly = 600 + more, (start, start + 60)
        marked, none = marks(rows, anomaly), [0] * rows
        told = (instants(rows, timedelta(seconds=1)), *noise(rows, 8, start, anomaly).T, marked, none)
        text = table(f"datetime;{channels};anomaly;changepoint", told, ";")
        written(root / "skab" / f"{name}.csv", text, packed)
    told = (instants(500, timedelta(seconds=1)), *noise(500, 8, 1).T)
    written(root / "skab" / "anomaly-free" / "anomaly-free.csv", table(f"datetime;{channels}", told, ";"), packed)
    return root / "skab"


def tep(root: Path, more: int = 0, packed: bool = False) -> Path:
    """Normal operation, lying on its side as published, and two tests, one at fault from row 160 on."""
    written(root / "tep" / "d00.dat", lines(noise(500, 52, 0).T, "  "), packed)
    written(root / "tep" / "d00_te.dat", lines(noise(240 + more, 52, 1), "  "), packed)
    written(root / "tep" / "d01_te.dat", lines(noise(240 + more, 52, 2, (160, 240 + more)), "  "), packed)
    return root / "tep"


def ucr(root: Path, more: int = 0, packed: bool = False) -> Path:
    """Two series, the anomaly of the first announced by its name."""
    for number in (1, 2):
        wave = 2 * np.sin(2 * np.pi * np.arange(900 + more) / 40)[:, None]
        values = wave + noise(900 + more, 1, number, (700, 720))
        written(root / "ucr_full" / f"00{number}_UCR_Anomaly_wave_500_701_720.txt", lines(values, " "), packed)
    return root / "ucr_full"


LAYOUTS: dict[str, Make] = {
    make.__name__: make
    for make in (asd, cmapss, cwru, femto, gecco, ims, lro, lro_sensors, nab, oddwater, skab, smd, tep, ucr)
}
