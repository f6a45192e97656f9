"""Plain sentences on what was guessed and why; the guessing is done elsewhere."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ...config import format_duration
from .readings import SensorProfile
from .sampling import Look
from .timing import Timing
from .units import Whose


def reasons(seen: Look, when: Timing, who: Whose, draft: Mapping[str, Any]) -> list[str]:
    """Tell how the files seem to be laid out."""
    told = [f"{len(seen.names)} file(s) have the same columns and were taken together."]
    if seen.others:
        told.append(f"Left out, because their columns differ or they can't be read: {', '.join(seen.others[:5])}.")
    if draft["delimiter"] is not None:
        mark = "comma" if draft["decimal"] == "," else "point"
        told.append(f"Cells are separated by {draft['delimiter']!r}; the decimal mark is a {mark}.")
    if not draft["header"]:
        told.append("The first line holds values, so columns are called column_1, column_2 and so on.")
    if draft["encoding"]:
        told.append(f"The text is no UTF-8 and is read as {draft['encoding']}.")
    told.append(when.sentence)
    if not when.zone_stated:
        told.append("No time zone is stated; UTC is assumed. Change source.time_zone if the plant writes local time.")
    if draft["label_columns"]:
        told.append(f"These columns look like labels and are not read as sensors: {', '.join(draft['label_columns'])}.")
    return [*told, *who.sentences]


def findings(
    sensors: dict[str, SensorProfile],
    sampling: timedelta,
    sentinels: tuple[float, ...],
    gaps: tuple[int, timedelta],
    rejects: int,
) -> list[str]:
    """Tell what the readings look like, once they have been read."""
    told = [f"A reading comes every {format_duration(sampling)}: the median step, snapped to a customary one."]
    if sentinels:
        told.append(f"These numbers seem to mean 'no reading', far from all others: {', '.join(map(str, sentinels))}.")
    if gaps[0]:
        told.append(f"There are {gaps[0]} gaps of more than three steps, the longest {gaps[1]}.")
    if constant := [name for name, sensor in sensors.items() if sensor.constant]:
        told.append(f"These never changed and are kept as settings: {', '.join(constant)}.")
    if rejects:
        told.append(f"{rejects} cells or rows could not be read and will be quarantined.")
    return told
