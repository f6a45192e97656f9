"""A suite's recordings as a fleet has them: staged, cleaned, turned into windows by the very same code.

Which part of them is learnt from and which is judged belongs in the suites.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from ...cleaning import clean
from ...config import FleetConfig
from ...features import build_features
from ...ingest import Source
from ..days import midnight

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Recordings:
    """Everything that the files of one fleet say.

    Attributes
    ----------
    fleet : how they were read, cleaned and turned into windows.
    cleaned : rows of ``cleaned_sensors``.
    windows : rows of ``features``, sorted by unit and time.
    labels : rows of ``labels``.
    files : unit_id, source_file, start, end: which file speaks of which time of a unit.
    problems : files that can't be read, each with the sentence why.
    """

    fleet: FleetConfig
    cleaned: pl.DataFrame
    windows: pl.DataFrame
    labels: pl.DataFrame
    files: pl.DataFrame
    problems: dict[str, str]

    @classmethod
    def read(cls, fleet: FleetConfig, folder: Path) -> "Recordings":
        """Read a folder as a fleet's raw files; what can't be read is named in ``problems``."""
        with TemporaryDirectory() as store:
            source = Source(fleet, folder, Path(store))
            source.refresh()
            first, last = source.first_day, source.last_day
            if first is None or last is None:
                none = pl.DataFrame()
                return cls(fleet, none, none, none, none, source.problems)
            start, end = midnight(first), midnight(last + DAY)
            readings, labels = source.readings(start, end), source.labels(first, last + DAY)
        cleaned = clean(readings, fleet, start, end).cleaned
        windows = build_features(cleaned, fleet, start, end)
        return cls(fleet, cleaned, windows, labels, _files(readings, fleet), source.problems)

    def of(self, units: list[str]) -> "Recordings":
        """Keep some units."""
        mine = pl.col("unit_id").is_in(units)
        return replace(
            self,
            cleaned=self.cleaned.filter(mine),
            windows=self.windows.filter(mine),
            labels=self.labels.filter(mine),
            files=self.files.filter(mine),
        )

    def lives(self) -> pl.DataFrame:
        """When each unit's windows begin and end: unit_id, start, end; sorted by unit."""
        times = self.windows.group_by("unit_id").agg(
            pl.col("window_start").min().alias("start"), pl.col("window_end").max().alias("end")
        )
        return times.sort("unit_id")


def _files(readings: pl.DataFrame, fleet: FleetConfig) -> pl.DataFrame:
    spoken = readings.group_by("unit_id", "source_file").agg(
        pl.col("time").min().alias("start"), (pl.col("time").max() + fleet.sampling).alias("end")
    )
    return spoken.sort("unit_id", "start")
