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
from ...errors import IngestError
from ...features import build_features, condense
from ...ingest import Source
from ..days import midnight

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Recordings:
    """Everything that the files of one fleet say.

    Attributes
    ----------
    fleet : how they were read, cleaned and turned into windows.
    readings : rows as the files hold them, duplicates and all.
    cleaned : rows of ``cleaned_sensors``.
    windows : rows of ``features``, sorted by unit and time.
    labels : rows of ``labels``.
    files : unit_id, source_file, start, end: which file speaks of which time of a unit.
    problems : files that can't be read, each with the sentence why.
    """

    fleet: FleetConfig
    readings: pl.DataFrame
    cleaned: pl.DataFrame
    windows: pl.DataFrame
    labels: pl.DataFrame
    files: pl.DataFrame
    problems: dict[str, str]

    @classmethod
    def read(cls, fleet: FleetConfig, folder: Path) -> "Recordings":
        """Read a folder as a fleet's raw files; what can't be read is named in ``problems``.

        Raises
        ------
        IngestError
            If there is nothing at all that can be read.
        """
        with TemporaryDirectory() as store:
            source = Source(fleet, folder, Path(store), condense)
            source.refresh()
            first, last = source.first_day, source.last_day
            if first is None or last is None:
                raise _unusable(fleet, "a recording", source.problems)
            start, end = midnight(first), midnight(last + DAY)
            readings, labels = source.readings(start, end), source.labels(first, last + DAY)
        cleaned = clean(readings, fleet, start, end).cleaned
        windows = build_features(cleaned, fleet, start, end)
        return cls(fleet, readings, cleaned, windows, labels, _files(readings, fleet), source.problems)

    def of(self, units: list[str]) -> "Recordings":
        """Keep some units."""
        mine = pl.col("unit_id").is_in(units)
        return replace(
            self,
            readings=self.readings.filter(mine),
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

    def lacking(self, what: str) -> IngestError:
        """Make the error that says what is missing, and which files can't be read."""
        return _unusable(self.fleet, what, self.problems)


def _unusable(fleet: FleetConfig, missing: str, problems: dict[str, str]) -> IngestError:
    damaged = "; ".join(f"{name}: {why}" for name, why in problems.items())
    return IngestError(
        f"the recordings of {fleet.fleet} can't be used",
        found=damaged or "no such file",
        expected=f"{missing} in the layout it was published in",
        remedy="copy the files again; the README says where they can be had",
    )


def _files(readings: pl.DataFrame, fleet: FleetConfig) -> pl.DataFrame:
    spoken = readings.group_by("unit_id", "source_file").agg(
        pl.col("time").min().alias("start"), (pl.col("time").max() + fleet.sampling).alias("end")
    )
    return spoken.sort("unit_id", "start")
