"""IMS bearings as they are published: tests, bearings, channels, which bearings failed. Cells are read elsewhere."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import polars as pl
from pydantic import Field

from ..config import FleetConfig, Model
from .intervals import as_labels
from .snapshots import last_days

_RECORD = {1: {3: "inner_race", 4: "rolling_element"}, 2: {1: "outer_race"}, 3: {3: "outer_race"}}
_CHANNELS = {1: 2, 2: 1, 3: 1}
_FOLDER = re.compile(r"(?:(?P<number>\d+)(?:st|nd|rd|th)_test|test_(?P<plain>\d+))")
_MISNAMED = {4: 3}
_BEARING = re.compile(r"(?i)bearing[ _](\d+)(?![0-9])")


class Options(Model):
    """What an IMS fleet's YAML may say under ``source.options``.

    Attributes
    ----------
    per : what a unit is, a ``test`` or a ``bearing``.
    failures : the bearings that failed at the end of each test, with the kind of the failure.
    channels : raw channels per bearing in the tests where it is known; found from the file in others.
    bearings : on the rig's shaft.
    stopped_below : a row whose channels all lie below this (mean absolute amplitude) is of a rig that stood still.
    missing_sensors : whether a test without a configured column is refused, or that sensor is empty.
    """

    per: Literal["test", "bearing"] = "test"
    failures: dict[int, dict[int, str]] = _RECORD
    channels: dict[int, int] = _CHANNELS
    bearings: int = Field(default=4, ge=1)
    stopped_below: float = Field(default=0.01, ge=0)
    missing_sensors: Literal["refuse", "empty"] = "refuse"

    def place(self, test: int, bearing: int, channel: str) -> tuple[str, str]:
        """Name the unit of a raw channel (``C1``, ``C2``), before aliases, and the channel as its sensors call it."""
        if self.per == "test":
            return f"test_{test}", f"bearing_{bearing}_{channel.lower()}"
        return f"test_{test}_bearing_{bearing}", channel.lower()


def test_in(folders: Sequence[str]) -> int | None:
    """Tell the test that the innermost of these folders names.

    ``1st_test``, ``2nd_test`` and ``3rd_test`` are called as the record calls them. The archive keeps the third test's
    snapshots in ``4th_test`` (below ``3rd_test``): that is test 3, too. ``test_4`` is a fourth one.
    """
    for folder in reversed(folders):
        if told := _FOLDER.fullmatch(folder):
            number = int(told["number"] or told["plain"])
            return _MISNAMED.get(number, number) if told["number"] else number
    return None


def failure_labels(
    test: int, moments: list[datetime], failed: datetime, fleet: FleetConfig, *, units: Iterable[str]
) -> pl.DataFrame | None:
    """Label the last days of the bearings that failed; of a whole test, and of the sensors at them.

    Parameters
    ----------
    moments : of everything that was recorded of the test.
    failed : the last of them that counts.
    units : those that were recorded, by the names that aliases give them.
    """
    options, known, labels = Options(**fleet.source.options), set(units), []
    for bearing, kind in options.failures.get(test, {}).items():
        unit = options.place(test, bearing, "C1")[0]
        unit = fleet.source.unit.aliases.get(unit, unit)
        if unit not in known:
            continue
        life = last_days(unit, moments, failed, fleet, f"bearing {bearing}")
        labels.append(as_labels(life, failure_type=kind, source="ims"))
        for sensor in _sensors_at(bearing, fleet) if options.per == "test" else ():
            labels.append(as_labels(life, failure_type=kind, source="ims", sensor=sensor))
    return pl.concat(labels) if labels else None


def _sensors_at(bearing: int, fleet: FleetConfig) -> list[str]:
    told = {sensor: _BEARING.match(config.column or sensor) for sensor, config in fleet.sensors.items()}
    return [sensor for sensor, match in told.items() if match and int(match[1]) == bearing]
