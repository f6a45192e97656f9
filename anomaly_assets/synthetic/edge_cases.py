"""Units that are difficult without being broken: noisy but normal, subtly wrong, long silent, late.

Each edge case takes one unit from the end of the fleet; these units get no ordinary faults, so that what the platform
makes of them can be told apart.
"""

from datetime import datetime

from ..config import FleetConfig
from .timeline import DAY, Unit, recordings_are_units


def edge_case(fleet: FleetConfig, unit: Unit) -> str | None:
    """Which edge case a unit is: the late one is the last, the others stand before it in the file's order."""
    if recordings_are_units(fleet):
        return None
    ordered = sorted(fleet.simulation.edge_cases, key=lambda name: name == "late_unit")
    place = unit.number - (fleet.simulation.units - len(ordered))
    return ordered[place] if 0 <= place < len(ordered) else None


def noise_gain(case: str | None, gain: float = 2.0) -> float:
    """Factor on the noise of a unit: a noisy one is still normal."""
    return gain if case == "noisy_normal" else 1.0


def absences(
    fleet: FleetConfig, unit: Unit, case: str | None, late: float = 0.6, gap: tuple[float, float] = (0.55, 0.7)
) -> list[tuple[datetime, datetime]]:
    """Spans [start, end) without any reading of the unit.

    Parameters
    ----------
    late : share of the fleet's usual recording before which a late unit is not there.
    gap : share of the fleet's usual recording at which a long gap begins and ends.
    """
    usual = fleet.simulation.days * DAY
    spans = {"late_unit": (0.0, late), "long_gap": gap}
    if case not in spans:
        return []
    start, end = spans[case]
    return [(unit.start + start * usual, unit.start + end * usual)]
