"""The same work as a backfill, the way it is usually written: pandas groupby-rolling, scikit-learn, scipy, one script.

Reads the daily CSV files, cleans, builds the same features, fits and scores an isolation forest, compares every day
with the reference, writes features, scores and drift to DuckDB. Called by year.py, which times it.

    python benchmarks/year_by_pandas.py RAW_FOLDER DAYS OUTPUT.duckdb
"""

import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy.stats import ks_2samp, wasserstein_distance
from sklearn.ensemble import IsolationForest

TRAINING_ROWS, REFERENCE_ROWS = 200_000, 10_000


def cleaned(folder: Path, days: int) -> pd.DataFrame:
    """Read, sort, drop duplicates and impossible readings, flag outliers and stuck runs, fill short gaps."""
    paths = sorted(folder.glob("*.csv"))[:days]
    frame = pd.concat(pd.read_csv(path, parse_dates=["time"]) for path in paths)
    frame = frame.sort_values(["sensor_id", "time"]).drop_duplicates(["sensor_id", "time"], keep="last")
    frame = frame.reset_index(drop=True)
    frame.loc[~frame["oxygen"].between(0, 25), "oxygen"] = np.nan
    grouped = frame.groupby("sensor_id")["oxygen"]
    past = grouped.rolling(360, min_periods=10)
    mean, std = (part.to_numpy() for part in (past.mean(), past.std()))
    frame["outlier"] = (frame["oxygen"] - np.roll(mean, 1)).abs() > 3 * np.roll(std, 1)
    run = grouped.diff().ne(0).cumsum()
    frame["stuck"] = frame.groupby(run).cumcount() > 360
    frame["oxygen"] = grouped.ffill(limit=5)
    return frame


def with_features(frame: pd.DataFrame) -> list[str]:
    """Add the features and name them."""
    grouped = frame.groupby("sensor_id")["oxygen"]
    for length in (60, 120):
        rolling = grouped.rolling(length, min_periods=length // 2)
        for name in ("mean", "std", "min", "max", "skew", "kurt"):
            frame[f"{name}_{length}"] = getattr(rolling, name)().to_numpy()
        squares = (frame["oxygen"] ** 2).groupby(frame["sensor_id"]).rolling(length, min_periods=length // 2)
        frame[f"rms_{length}"] = squares.mean().to_numpy() ** 0.5
    for lag in (1, 5, 60):
        frame[f"lag_{lag}"] = grouped.shift(lag)
    names = [name for name in frame.columns if name.split("_")[-1].isdigit()]
    angle = 2 * np.pi * (frame["time"].dt.hour * 60 + frame["time"].dt.minute) / 1440
    frame["hour_sin"], frame["hour_cos"] = np.sin(angle), np.cos(angle)
    week = 2 * np.pi * frame["time"].dt.day_of_week / 7
    frame["week_sin"], frame["week_cos"] = np.sin(week), np.cos(week)
    return names


def scored(frame: pd.DataFrame, names: list[str]) -> np.ndarray:
    """Scale robustly per unit, fit on the first four weeks, score everything; returns the scaled features."""
    early = frame["time"] < frame["time"].min() + pd.Timedelta(days=28)
    centre = frame[early].groupby("sensor_id")[names].median()
    scale = (frame[early].groupby("sensor_id")[names].quantile(0.75) - centre).replace(0, 1)
    scaled = (frame[names] - centre.loc[frame["sensor_id"]].to_numpy()) / scale.loc[frame["sensor_id"]].to_numpy()
    scaled = scaled.fillna(0).clip(-50, 50).to_numpy()
    rows = np.flatnonzero(early)[:: max(1, early.sum() // TRAINING_ROWS)]
    forest = IsolationForest(n_estimators=200, random_state=0).fit(scaled[rows])
    frame["score"] = -forest.score_samples(scaled)
    return scaled


def drift(frame: pd.DataFrame, names: list[str], scaled: np.ndarray) -> pd.DataFrame:
    """Compare every day and feature with the reference: PSI, KS, Wasserstein."""
    first = np.flatnonzero(frame["time"] < frame["time"].min() + pd.Timedelta(days=28))
    reference, rows = scaled[first[:: max(1, len(first) // REFERENCE_ROWS)]], []
    for day, index in frame.groupby(frame["time"].dt.date).indices.items():
        for column, name in enumerate(names):
            known, seen = reference[:, column], scaled[index, column]
            edges = np.quantile(known, np.linspace(0, 1, 11)[1:-1])
            expected = np.bincount(np.searchsorted(edges, known), minlength=10) / len(known) + 1e-4
            found = np.bincount(np.searchsorted(edges, seen), minlength=10) / len(seen) + 1e-4
            psi = ((found - expected) * np.log(found / expected)).sum()
            rows.append((day, name, psi, ks_2samp(known, seen).statistic, wasserstein_distance(known, seen)))
    return pd.DataFrame(rows, columns=["day", "feature", "psi", "ks", "wasserstein"])


def main() -> None:
    """Do it all."""
    frame = cleaned(Path(sys.argv[1]), int(sys.argv[2]))
    names = with_features(frame)
    found = {"report": drift(frame, names, scored(frame, names)), "frame": frame}
    with duckdb.connect(sys.argv[3]) as connection:
        for name, table in found.items():
            connection.register(name, table)
        connection.execute("CREATE TABLE features AS SELECT * FROM frame")
        connection.execute("CREATE TABLE drift_report AS SELECT * FROM report")


if __name__ == "__main__":
    main()
