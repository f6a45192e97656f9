"""What there is to say of judged readings in a few numbers; they pass through here on their way to the files."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from ...config.severity import KINDS
from ...detectors.rule_severity import NAMED_FIRST
from ..batch.metadata import QUANTILES
from .judging import COLUMNS, FEW, SEVERITIES

_SERIES = ("unit_id", "sensor")


class Cutoff(NamedTuple):
    """Where the severest readings of a sensor begin: the quantile, its severity, and how many readings lie above."""

    quantile: float
    severity: float
    above: int


class Tally:
    """Counts of one report, whole once every frame has passed."""

    def __init__(self) -> None:
        self._units: list[pl.DataFrame] = []
        self._severity: dict[str, list[np.ndarray]] = defaultdict(list)

    def passing(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Count frames of `judged` and give them on, with the columns that are written."""
        for frame in frames:
            self._units.append(_counted(frame))
            for (sensor,), rows in frame.group_by("sensor"):
                self._severity[str(sensor)].append(rows["severity"].to_numpy())
            yield frame.select(list(COLUMNS))

    @property
    def readings(self) -> int:
        """So many have passed."""
        return sum(len(part) for parts in self._severity.values() for part in parts)

    def units(self) -> pl.DataFrame:
        """Tell a row per unit and sensor, in the order of the files.

        ``unit_id``, ``sensor``, ``readings``, ``first``, ``last``, ``too_few_before`` (readings); of every kind and of
        ``severity`` the readings ``<kind>_above_0`` and ``<kind>_above_half``; ``named_<kind>`` (readings whose
        severest kind it is); ``severity_mean``, ``severity_quantiles`` (of `QUANTILES`); ``worst_hour`` (UTC, the hour
        with the highest mean severity, null where nothing was severe), ``worst_severity`` (that mean), ``worst_kind``.
        """
        return pl.concat(self._units)

    def cutoff(self, sensor: str, quantile: float) -> Cutoff | None:
        """Find the severity that a share ``quantile`` of a sensor's readings does not exceed; None without readings."""
        if sensor not in self._severity:
            return None
        severity = np.concatenate(self._severity[sensor])
        found = float(np.quantile(severity, quantile))
        return Cutoff(quantile, found, int(np.count_nonzero(severity > found)))


def _counted(frame: pl.DataFrame) -> pl.DataFrame:
    severity, kind = pl.col("severity"), pl.col("anomaly_kind")
    levels = {"above_0": 0.0, "above_half": 0.5}
    counts = frame.group_by(_SERIES, maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("readings"),
        pl.col("time").min().alias("first"),
        pl.col("time").max().alias("last"),
        pl.col(FEW).sum().cast(pl.Int64),
        *((pl.col(name) > low).sum().alias(f"{name}_{told}") for name in SEVERITIES for told, low in levels.items()),
        *((kind == name).sum().alias(f"named_{name}") for name in KINDS),
        severity.mean().alias("severity_mean"),
        pl.concat_list(severity.quantile(q, "linear") for q in QUANTILES).first().alias("severity_quantiles"),
    )
    return counts.join(_worst(frame), on=_SERIES, how="left", maintain_order="left")


def _worst(frame: pl.DataFrame) -> pl.DataFrame:
    """Find the worst hour of every unit and sensor that has one; of several alike the first."""
    hours = frame.group_by(*_SERIES, worst_hour=pl.col("time").dt.truncate("1h")).agg(pl.col(*SEVERITIES).mean())
    severe = hours.filter(pl.col("severity") > 0).sort("severity", "worst_hour", descending=[True, False])
    worst = severe.group_by(_SERIES, maintain_order=True).first()
    place = pl.concat_list(NAMED_FIRST).list.arg_max()
    named = place.replace_strict(range(len(NAMED_FIRST)), NAMED_FIRST, return_dtype=pl.String)
    return worst.select(*_SERIES, "worst_hour", worst_severity="severity", worst_kind=named)
