"""A synthetic fleet as files: the fleet's own raw format, and the truth beside it in labels.csv and metadata.csv.

What each format looks like is said in layouts/.
"""

from pathlib import Path

from ..config import FleetConfig
from ..errors import SimulationError
from .labelling import labels_csv
from .layouts import put, writer
from .simulate import Simulated

_TIMES = "%Y-%m-%dT%H:%M:%S%.fZ"


def write_raw(simulated: Simulated, fleet: FleetConfig, folder: Path) -> list[Path]:
    """Write a synthetic recording in the fleet's raw format, with its truth beside it.

    The same recording gives the same bytes; every file appears whole. ``labels.csv`` and ``metadata.csv`` come first,
    so that whoever watches the folder finds the truth beside the readings.

    Returns
    -------
    Every file written, ``labels.csv`` and ``metadata.csv`` included.

    Raises
    ------
    SimulationError
        If the folder can't be written.
    """
    frames = {"readings": simulated.readings, "clean": simulated.clean, "events": simulated.events}
    labels = labels_csv(simulated.events, simulated.units)
    units = simulated.units.drop("failure_at")
    try:
        truth = [
            put(folder / f"{name}.csv", frame.write_csv(datetime_format=_TIMES).encode())
            for name, frame in (("labels", labels), ("metadata", units))
        ]
        return [*truth, *writer(fleet)(frames | {"units": simulated.units, "states": simulated.states}, fleet, folder)]
    except OSError as error:
        raise SimulationError(
            f"the simulated files can't be written to {folder}", found=str(error), remedy="make room, or choose another"
        ) from error
