"""What the installation has recorded of units before it heard them: their first windows look back on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ..config import FleetConfig
from ..errors import IngestError
from ..pipelines import Site
from ..pipelines.live import moment_of
from .journal import Journal, write_recalled
from .payloads import Reading

Tell = Callable[[str], None]


@dataclass
class Past:
    """The staged raw readings of a fleet, for units that are heard for the first time.

    Attributes
    ----------
    site, fleet, journal : whose.
    tell : told what was recalled, and what could not be.
    """

    site: Site
    fleet: FleetConfig
    journal: Journal
    tell: Tell
    _asked: set[str] = field(default_factory=set)

    def recall(self, reach: int) -> None:
        """Put into the journal what was recorded of new units before their first reading.

        Parameters
        ----------
        reach : how far back readings matter, in microseconds.
        """
        with self.journal.lock:
            units = self.journal.units.items()
            new = {name: unit.first for name, unit in units if unit.next is None and name not in self._asked}
        if not new:
            return
        self._asked |= new.keys()
        try:
            known = self._recorded(new, reach)
        except IngestError as error:
            self.tell(f"nothing can be recalled of {len(new)} new units: {error}")
            return
        if recalled := write_recalled(self.journal, self._readings(known)):
            self.tell(f"{recalled:,} recorded readings of {known['unit_id'].n_unique()} units are looked back on")

    def _recorded(self, new: dict[str, int], reach: int) -> pl.DataFrame:
        first, last = (moment_of(edge) for edge in (min(new.values()) - reach, max(new.values())))
        begun = pl.DataFrame({"unit_id": list(new), "_first": [moment_of(time) for time in new.values()]})
        rows = self.site.source(self.fleet).readings(first, last).join(begun, on="unit_id")
        oldest = pl.col("_first") - pl.duration(microseconds=reach)
        return rows.filter(pl.col("time") < pl.col("_first"), pl.col("time") >= oldest)

    def _readings(self, known: pl.DataFrame) -> Iterator[Reading]:
        ordered = known.sort("unit_id", "time", "source_file", "source_row")
        cells = ordered.select(pl.col(list(self.fleet.sensors)).fill_null(np.nan)).to_numpy()
        keys = ordered.select("unit_id", pl.col("time").dt.epoch("us")).iter_rows()
        for (unit, time), row in zip(keys, cells, strict=True):
            yield Reading(unit, "", time, -1, np.ascontiguousarray(row, dtype=np.float64).tobytes())
