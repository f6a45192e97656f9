"""The operating settings' own features, and the means that settings can't explain; nothing is learnt here."""

import numpy as np
from numpy.typing import NDArray

from .. import contracts
from ..config import FleetConfig
from .columns import Columns
from .grid import Grid
from .moments import FloatArray
from .statistics import Statistic
from .trailing import Trailing
from .windows import fill_from_moments, fill_sensor, window_width

_COUNT = Statistic("count", lambda two_moments: two_moments.count, "two_moments")


def fill_settings(grid: Grid, fleet: FleetConfig, absent: NDArray[np.bool_], columns: Columns) -> None:
    """Write every feature of every setting and product of settings; they are missing together or not at all."""
    for term, factors in contracts.setting_terms(fleet).items():
        product = np.where(absent, np.nan, 1.0)
        for factor in factors:
            product *= grid.reading(factor)
        fill_sensor(grid, fleet, term, product, columns)


def withhold_unmatched(grid: Grid, fleet: FleetConfig, absent: NDArray[np.bool_], columns: Columns) -> None:
    """Take back the sensors' trailing means over other instants than the settings'.

    What settings explain of a mean is told by their mean over the same readings. Where operation jumps between modes,
    one reading more or less in ten would look like a fault.

    Parameters
    ----------
    absent : rows that lack a setting, (rows,).
    """
    if any(name.startswith("mean_") for name in contracts.setting_features(fleet)):
        for sensor in fleet.feature_sensors:
            _withhold(grid, fleet, sensor, absent, columns)


def _withhold(grid: Grid, fleet: FleetConfig, sensor: str, absent: NDArray[np.bool_], columns: Columns) -> None:
    unmatched = np.isnan(grid.reading(sensor)) != absent
    if not unmatched.any():
        return
    marks = np.where(unmatched, 1.0, np.nan)
    for name, window in fleet.features.windows.items():
        if f"mean_{name}" in contracts.setting_features(fleet):
            hits = _marked(grid, marks, window_width(window.length, fleet.sampling))
            columns[f"{sensor}__mean_{name}"][hits] = np.nan
            columns.settle(f"{sensor}__mean_{name}")


def _marked(grid: Grid, marks: FloatArray, width: int) -> np.ndarray:
    """Tell of every window whether a mark lies in it, (windows,)."""
    found = Columns(["count"], grid.windows)
    fill_from_moments(Trailing(grid, marks, width, need=1), {"count": _COUNT}, found)
    return np.isfinite(found["count"])


def without_settings(grid: Grid, fleet: FleetConfig) -> NDArray[np.bool_]:
    """Rows that lack a setting, (rows,)."""
    absent = np.zeros(len(grid.position), dtype=bool)
    for setting in contracts.settings_of(fleet):
        absent |= np.isnan(grid.reading(setting))
    return absent
