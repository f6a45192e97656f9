"""What came of a report on severity, for those who tell people, and as the JSON beside its files."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from ... import __version__
from ...config.severity import KINDS
from ..batch import Facts
from ..batch.commit import git_commit
from ..batch.metadata import QUANTILES, Document, as_bytes
from ..batch.targets import Targets
from .counting import Cutoff
from .expecting import Expecting
from .judging import SEVERITIES, Rules
from .stretch import Stretch

CAUSAL = (
    "Not causal: the usual value of each hour of the day and the typical deviations are those of the whole stretch, "
    "so a reading's severity depends on readings that came later. A report on what has been, nothing to alarm by."
)
"""What everybody must be told who sees these numbers."""


@dataclass(frozen=True)
class SeverityFiles:
    """What was written.

    Attributes
    ----------
    files : CSV and Parquet with one row per clean reading and sensor, and metadata.
    stretch : what was judged.
    sensors : which ones.
    rules : by which rules.
    units : one row per unit and sensor, see `Tally.units`.
    cutoffs : of every sensor that was read.
    expecting : what has expected the readings of the forecast sensor; None where nothing has.
    facts : files that were read, what was quarantined of them, warnings.
    """

    files: Targets
    stretch: Stretch
    sensors: tuple[str, ...]
    rules: Rules
    units: pl.DataFrame
    cutoffs: dict[str, Cutoff]
    expecting: Expecting | None
    facts: Facts

    @property
    def rows(self) -> int:
        """Rows in each of the two."""
        return int(self.units["readings"].sum())

    @property
    def unheard(self) -> int:
        """Readings with too few before them in the trailing window."""
        return int(self.units["too_few_before"].sum())

    def as_json(self) -> bytes:
        """Write everything but the rows, a key on a line of its own."""
        return as_bytes(
            {
                "run_info": self._run(),
                "causal": False,
                "note": CAUSAL,
                "rules": self.rules.told(),
                "forecaster": self._forecaster(),
                "sensors": {sensor: self._sensor(sensor) for sensor in self.cutoffs},
                "units": [_series(row) for row in self.units.iter_rows(named=True)],
            }
        )

    def _run(self) -> Document:
        return {
            "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}Z",
            "script_version": __version__,
            "git_commit": git_commit(),
            "fleet": self.stretch.fleet.fleet,
            "output": list(map(str, self.files)),
            "inputs": list(map(str, self.facts.files)) or "cleaned_sensors",
            "days": [day.isoformat() for day in (self.stretch.span.days()[0], self.stretch.span.days()[-1])],
            "readings": self.rows,
            "readings_with_too_few_before": self.unheard,
            "quarantined_readings": dict(self.facts.quarantined),
            "warnings": self.facts.warnings,
        }

    def _forecaster(self) -> Document | None:
        if self.expecting is None:
            return None
        learnt = f"readings before {self.expecting.test_start:%Y-%m-%dT%H:%MZ}"
        return {"version": self.expecting.name, "sensor": self.expecting.sensor, "has_learnt_from": learnt}

    def _sensor(self, sensor: str) -> Document:
        own = self.units.filter(pl.col("sensor") == sensor)
        cutoff = self.cutoffs[sensor]._asdict()
        return {"readings": int(own["readings"].sum()), "cutoff": cutoff, "kinds": _kinds(own.sum().row(0, named=True))}


def _kinds(row: dict[str, Any]) -> Document:
    levels = {name: {level: row[f"{name}_{level}"] for level in ("above_0", "above_half")} for name in SEVERITIES}
    return {name: told | ({"severest": row[f"named_{name}"]} if name in KINDS else {}) for name, told in levels.items()}


def _series(row: dict[str, Any]) -> Document:
    moments = {name: row[name] and f"{row[name]:%Y-%m-%dT%H:%M:%SZ}" for name in ("first", "last", "worst_hour")}
    plain = ("unit_id", "sensor", "readings", "too_few_before", "severity_mean", "worst_severity", "worst_kind")
    quantiles = dict(zip((f"{q:g}" for q in QUANTILES), row["severity_quantiles"], strict=True))
    return {name: row[name] for name in plain} | moments | {"severity_quantiles": quantiles, "kinds": _kinds(row)}
