"""Which scores alarm, in service: the version's threshold, or where its units' moving thresholds have been left."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...config import FleetConfig
from ...thresholds import Threshold
from ..following import judged
from ..site import Site

_LONG_AGO = float(-(2**53))


@dataclass(frozen=True)
class Bars:
    """A version's threshold for windows that are asked about one by one.

    A threshold that moves is taken where the unit's last scored day has left it; a window that is asked about moves
    nothing, so that equal questions have equal answers.

    Attributes
    ----------
    threshold : as calibrated.
    states : of the units, where it moves.
    """

    threshold: Threshold
    states: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, site: Site, fleet: FleetConfig, threshold: Threshold, version: int) -> "Bars":
        """Read where a version's thresholds stand."""
        if not threshold.adapts:
            return cls(threshold)
        table = site.table(fleet, "threshold_state")
        rows = site.warehouse.read(table).filter(model_version=version).sort("day")
        latest = rows.group_by("unit_id").agg(pl.col("state").last())
        return cls(threshold, {unit: json.loads(state) for unit, state in latest.iter_rows()})

    def values(self, unit: NDArray[np.object_]) -> NDArray[np.float64]:
        """Give the threshold of each window's unit, (n_windows,)."""
        if not self.states:
            return np.full(len(unit), self.threshold.value)
        names, place = np.unique(unit.astype(str), return_inverse=True)
        return self._standing(names.tolist())[place]

    def _standing(self, names: list[str]) -> NDArray[np.float64]:
        moment = pl.Series([0] * len(names)).cast(pl.Datetime("us", "UTC"))
        windows = pl.DataFrame({"unit_id": names, "window_start": moment, "window_end": moment})
        known: dict[str, Any] = {name: dict(self.states[name]) for name in names if name in self.states}
        states = {name: state | {"last": _LONG_AGO} for name, state in known.items()}
        return judged(self.threshold, windows, np.zeros(len(names)), states).values
