"""Real recordings in an installation: some files are learnt from, others arrive later. What is claimed is in the tests.

Engines and samples are cut down to what keeps a test short; all numbers are as published.
"""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from anomaly_assets.config import Platform
from anomaly_assets.pipelines import (
    Site,
    Span,
    clean_days,
    feature_days,
    label_days,
    score_days,
    stage,
    train_all,
)

EXAMPLES = Path(__file__).parents[3] / "configs" / "examples"
FOLDERS = {"cwru": "cwru", "ims": "ims_features", "cmapss": "cmapss"}
ENGINES, SAMPLES, SNAPSHOTS = 20, 73_000, 790


class Recorded:
    """One fleet of the examples below its own raw folder; files of the same recordings arrive in two parts.

    Attributes
    ----------
    learnt : units of the first part, which the models are trained on.
    heard : when their last windows end.
    files : the second part.
    """

    def __init__(self, platform: Platform, name: str, published: Path) -> None:
        (platform.configs / "fleets").mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLES / f"{name}.yaml", platform.configs / "fleets")
        self.published, self.raw = published, platform.home / "raw" / name
        self.site = Site(platform, {name: self.raw})
        self.fleet = self.site.fleet(name)
        ARRIVALS[name][0](self)
        first = self.take_in()
        self.learnt, self.heard = first["unit_id"].unique().to_list(), first["window_end"].max()
        train_all(self.site, self.fleet)
        before = set(self.raw.rglob("*.*"))
        ARRIVALS[name][1](self)
        self.files = sorted(set(self.raw.rglob("*.*")) - before)

    def take_in(self) -> pl.DataFrame:
        """Let the platform read what has arrived; gives the features of all days that these files speak of."""
        changed = stage(self.site, self.fleet).days
        first = max(min(changed), self.fleet.start or date.min)
        self.span = Span(first, max(changed) + timedelta(days=1))
        for step in (clean_days, label_days, feature_days):
            step(self.site, self.fleet, self.span)
        return self._read("features")

    def own_scores(self, detector: str) -> pl.DataFrame:
        """Let the platform score these days with a detector; gives the rows of its partitions that `alone` keeps."""
        score_days(self.site, self.fleet, self.span, detector)
        return self.alone(self._read("scores"))

    def alone(self, table: pl.DataFrame) -> pl.DataFrame:
        """Keep the windows of the second part that look back on nothing else, by time, then by unit.

        Days before the fleet's first one, which the command scores and the platform doesn't, are left out.
        """
        moment = pl.col("window_start")
        late = (moment >= self.heard + self.fleet.lookback) | ~pl.col("unit_id").is_in(self.learnt)
        return table.filter(late, moment >= self.span.first_moment).sort("window_start", "unit_id")

    def _read(self, table: str) -> pl.DataFrame:
        return self.site.warehouse.read(self.site.table(self.fleet, table), self.span.start, self.span.end)

    def copied(self, *names: str) -> None:
        """Let files arrive as they were published."""
        for name in names:
            (self.raw / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.published / name, self.raw / name)

    def engines(self, *names: str) -> None:
        """Let the first engines of C-MAPSS files arrive."""
        self.raw.mkdir(parents=True, exist_ok=True)
        for name in names:
            lines = (self.published / name).read_text().splitlines(keepends=True)
            lives = name.startswith("RUL")
            kept = lines[:ENGINES] if lives else [line for line in lines if int(line.split()[0]) <= ENGINES]
            (self.raw / name).write_text("".join(kept))

    def snapshots(self, part: slice, name: str) -> None:
        """Let rows of an IMS table arrive."""
        (self.raw / name).parent.mkdir(parents=True, exist_ok=True)
        header, *lines = (self.published / Path(name).name).read_text().splitlines(keepends=True)
        (self.raw / name).write_text("".join([header, *lines[part]]))

    def healthy(self, part: slice, name: str) -> None:
        """Let a part of the healthy bearing's samples arrive: the archive has one file of it alone."""
        (self.raw / name).parent.mkdir(parents=True, exist_ok=True)
        np.savez(self.raw / name, DE=np.load(self.published / "1797 RPM" / "1797_Normal.npz")["DE"][part])


def _first_of_cwru(here: Recorded) -> None:
    here.copied("1797 RPM/1797_IR_7_DE12.npz")
    here.healthy(slice(SAMPLES), "1797 RPM/1797_Normal.npz")


def _later_of_cwru(here: Recorded) -> None:
    here.copied("1797 RPM/1797_B_7_DE12.npz", "1772 RPM/1772_OR@6_7_DE12.npz")
    here.healthy(slice(SAMPLES, None), "1797 RPM/1797_Normal_later.npz")


def _first_of_ims(here: Recorded) -> None:
    here.snapshots(slice(SNAPSHOTS), "merged_dataset_BearingTest_2.csv")


def _later_of_ims(here: Recorded) -> None:
    here.snapshots(slice(SNAPSHOTS, None), "later/merged_dataset_BearingTest_2.csv")
    here.snapshots(slice(150, 900), "merged_dataset_BearingTest_1.csv")


Arrival = Callable[[Recorded], None]
ARRIVALS: dict[str, tuple[Arrival, Arrival]] = {
    "cwru": (_first_of_cwru, _later_of_cwru),
    "ims": (_first_of_ims, _later_of_ims),
    "cmapss": (
        lambda here: here.engines("train_FD001.txt"),
        lambda here: here.engines("test_FD001.txt", "RUL_FD001.txt"),
    ),
}
