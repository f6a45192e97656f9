"""A year of a fleet at one minute, from raw files to drift reports in one command; rows per second and peak memory.

Side by side, on a part of the same files: the same work by pandas groupby-rolling (year_by_pandas.py), and the same
platform with one run per partition. Ratios are of rows per CPU second within this one execution.

    python benchmarks/year.py --units 20 --days 365
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

FLEET = """
fleet: year
sampling: 1m
source:
  format: table
  folder: {raw}
  include: ["*.csv"]
  unit: {{by: column, column: sensor_id}}
  options: {{time: time}}
sensors:
  oxygen: {{measures: mg/L, range: [0, 25]}}
cleaning:
  impute_up_to: 5m
features:
  windows:
    1h: {{length: 1h, statistics: [mean, std, min, max, rms, skewness, kurtosis]}}
    2h: {{length: 2h, statistics: [mean, std, min, max, rms, skewness, kurtosis]}}
  lags: [1m, 5m, 60m]
  calendar: [hour_of_day, day_of_week]
training:
  window: {{first: 28d}}
detectors:
  deviation: {{kind: deviation}}
  isolation_forest: {{kind: isolation_forest}}
"""


def write_raw(folder: Path, units: int, days: int) -> int:
    """Write one CSV a day, as a plant drops them; returns the number of readings."""
    import numpy as np
    import polars as pl

    folder.mkdir(parents=True)
    random, first = np.random.default_rng(0), date(2025, 1, 1)
    levels, ids = random.uniform(7, 10, units), [f"probe_{i:02d}" for i in range(units)]
    minute = np.arange(1440)
    for day in range(days):
        start = datetime.combine(first + timedelta(days=day), datetime.min.time(), UTC)
        times = pl.datetime_range(start, start + timedelta(minutes=1439), "1m", eager=True, time_zone="UTC")
        cycle = 0.5 * np.sin(2 * np.pi * minute / 1440) + 0.4 * np.sin(2 * np.pi * day / 365)
        noise = random.normal(0, 0.05, (1440, units)) + np.cumsum(random.normal(0, 0.005, (1440, units)), axis=0)
        readings = (levels + cycle[:, None] + noise).round(3).ravel()
        frame = pl.DataFrame({"time": times.repeat_by(units).explode(), "sensor_id": ids * 1440, "oxygen": readings})
        frame.write_csv(folder / f"{first + timedelta(days=day)}.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ")
    return units * days * 1440


def run(arguments: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Run a command; wall seconds, CPU seconds and peak memory in GiB of it alone."""
    began = time.perf_counter()
    command = subprocess.Popen(arguments, env=os.environ | environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(command.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20


def main() -> None:
    """Run the three and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=20)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--pandas-days", type=int, default=60, help="days that pandas computes")
    parser.add_argument("--partition-days", type=int, default=5, help="days run as one run per partition")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _compare(Path(folder), asked)


def _compare(root: Path, asked: argparse.Namespace) -> None:
    (root / "configs" / "fleets").mkdir(parents=True)
    shipped = Path(__file__).parents[1] / "configs" / "dagster.yaml"
    (root / "configs" / "dagster.yaml").write_text(shipped.read_text())
    (root / "configs" / "fleets" / "year.yaml").write_text(FLEET.format(raw=root / "raw"))
    environment = {"ANOMALY_HOME": str(root / "home"), "ANOMALY_CONFIGS": str(root / "configs")}
    readings, per_day = write_raw(root / "raw", asked.units, asked.days), asked.units * 1440
    command = [str(Path(sys.executable).parent / "anomaly-assets"), "backfill", "year"]
    rows = [("one command, raw files to drift reports", readings, *run(command, environment))]
    days = [date(2025, 1, 1) + timedelta(days=i) for i in range(asked.partition_days)]
    timed = [run([*command, "--from", str(day), "--to", str(day)], environment) for day in days]
    wall, cpu, memory = (sum(t[0] for t in timed), sum(t[1] for t in timed), max(t[2] for t in timed))
    rows.append(("one run per partition, champion at hand", per_day * len(days), wall, cpu, memory))
    pandas = [sys.executable, str(Path(__file__).with_name("year_by_pandas.py")), str(root / "raw")]
    pandas += [str(asked.pandas_days), str(root / "pandas.duckdb")]
    rows.append(("the same work by pandas, one script", per_day * asked.pandas_days, *run(pandas, environment)))
    _print(rows)


def _print(rows: list[tuple[str, int, float, float, float]]) -> None:
    print(f"{'':42} {'readings':>11} {'wall s':>8} {'CPU s':>8} {'per CPU s':>10} {'peak GiB':>9} {'ratio':>6}")
    ours = rows[0][1] / rows[0][3]
    for name, readings, wall, cpu, memory in rows:
        rate = readings / cpu
        print(f"{name:42} {readings:11,} {wall:8.1f} {cpu:8.1f} {rate:10,.0f} {memory:9.2f} {ours / rate:6.1f}")


if __name__ == "__main__":
    main()
