"""Columns that say why a window alarms: the sensors to blame, what they read, and what they should have read.

Who is to blame is worked out in pipelines/explain.py.
"""

from typing import Any

import dataframely as dy

from .columns import number

NAMED = 3
"""So many sensors are named in an explanation, the first is the most to blame."""

_MEANINGS = {
    "sensor": "most to blame",
    "share": "its share of all contributions, 0 to 1; contributions of some detectors overlap",
    "feature": "the sensor's feature that is furthest from what was expected, such as `raw` or `mean_1h`",
    "observed": "value of that feature, in the sensor's unit for readings, means and extremes; empty where silent",
    "expected": "what it should have been, in the same unit; see `expected_from`",
    "direction": "`above` or `below` what was expected; empty where it can't be told",
}
_ORDINALS = ("", "second ", "third ")

EXPLANATION_MEANINGS = {
    "explained_by": "`closed form` of the score, or `ablation`: by how much it falls with usual values for a sensor",
    "expected_from": "`detector`, or `usual value` of training where the detector expects nothing in particular",
} | {
    f"{part}_{rank}": f"{_ORDINALS[rank - 1]}{meaning}" if part == "sensor" else f"of sensor_{rank}: {meaning}"
    for rank in range(1, NAMED + 1)
    for part, meaning in _MEANINGS.items()
}
"""What the columns mean, in storage order but for the two that come first."""


def explanation_columns() -> dict[str, Any]:
    """Columns of an explanation, all null where nothing alarms or nothing explains; flat, for SQL and CSV."""
    columns: dict[str, Any] = {"explained_by": dy.String(nullable=True), "expected_from": dy.String(nullable=True)}
    for rank in range(1, NAMED + 1):
        columns |= {
            f"sensor_{rank}": dy.String(nullable=True),
            f"share_{rank}": dy.Float64(nullable=True, min=0, max=1),
        }
        columns |= {f"feature_{rank}": dy.String(nullable=True)}
        columns |= {f"{part}_{rank}": number() for part in ("observed", "expected")}
        columns |= {f"direction_{rank}": dy.String(nullable=True)}
    return columns


def blamed_columns() -> dict[str, Any]:
    """Columns of an explanation that say of each sensor what it read and should have read; no shares, no methods."""
    named = {name: column for name, column in explanation_columns().items() if name[-1].isdigit()}
    return {name: column for name, column in named.items() if not name.startswith("share_")}
