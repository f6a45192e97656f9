"""River stations, sensor by sensor (Logan River Observatory; Jones et al., 2022): who sees what a technician marked?

Protocol. As suite ``lro``, but a round is one sensor of one station: detectors see that sensor alone, and are judged by
the marks of that sensor alone. A group is a sensor. ``rolling_z`` is the first rule of ``rule_severity`` alone. Windows
tell how many impossible readings cleaning took out, so that every detector may know what the probe said before; the
one called ``isolation_forest_all`` sees every feature that the rules see.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from ..recordings import Recordings
from ..rounds import Round
from . import lro
from .common import fleet_of

FOLDER, HEADLINE, BESIDE = "lro", "at_budget", ("at_budget", "alarms_at_budget")


def rounds(folder: Path) -> Iterator[Round]:
    """Give a round for every sensor of every station that has marks of it."""
    whole = Recordings.read(fleet_of("lro_sensors"), folder)
    for sensor in whole.fleet.sensors:
        for one in lro.stations(_only(whole, sensor)):
            yield replace(one, group=sensor, name=f"{one.name}/{sensor}")


def _only(whole: Recordings, sensor: str) -> Recordings:
    """See one sensor alone: its windows where it has any value, and its labels."""
    fleet = whole.fleet.model_copy(update={"sensors": {sensor: whole.fleet.sensors[sensor]}})
    features = [name for name in whole.windows.columns if name.startswith(f"{sensor}__")]
    windows = whole.windows.select("unit_id", "window_start", "window_end", *features)
    return replace(
        whole,
        fleet=fleet,
        cleaned=whole.cleaned.select("unit_id", "time", sensor, f"{sensor}__quality"),
        windows=windows.filter(pl.any_horizontal(pl.col(features).is_not_null())),
        labels=whole.labels.filter(sensor=sensor),
    )
