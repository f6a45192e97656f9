"""The shipped fleets, shortened so that a test simulates them in a moment."""

from datetime import date
from pathlib import Path
from typing import Any

from anomaly_assets.config import FleetConfig, load_fleet

SHIPPED = Path(__file__).parents[2] / "configs" / "fleets"
NAMES = ("aquaculture", "pump_loop", "river", "turbofan")
FIRST_DAY = date(2024, 1, 1)


def shipped(name: str, **simulation: Any) -> FleetConfig:
    """A shipped fleet with some keys of ``simulation`` changed."""
    fleet = load_fleet(SHIPPED / f"{name}.yaml")
    document = fleet.model_dump(mode="json", exclude_none=True)
    return FleetConfig.model_validate(document | {"simulation": document["simulation"] | simulation})


def small(name: str) -> FleetConfig:
    """A shipped fleet at a fraction of its size, every fault still in it."""
    if name == "aquaculture":
        faults = shipped(name).simulation.faults
        shorter = [{"kind": f.kind, "share": 0.5, "duration": f.duration / 4} for f in faults]
        return shipped(name, days=8, quiet="2d", units=8, names=[], faults=shorter)
    return shipped(name, **({"days": 6} if name == "pump_loop" else {}))
