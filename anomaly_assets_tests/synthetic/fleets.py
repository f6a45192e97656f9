"""The shipped fleets, shortened so that a test simulates them in a moment."""

from datetime import date
from pathlib import Path
from typing import Any

from anomaly_assets.config import FleetConfig, load_fleet

SHIPPED = Path(__file__).parents[2] / "configs" / "fleets"
SCALAR = ("aquaculture", "pump_loop", "river", "turbofan")
SIGNALS = ("bearings", "engine_vibration")
NAMES = (*SCALAR, *SIGNALS)
FIRST_DAY = date(2024, 1, 1)


def shipped(name: str, **simulation: Any) -> FleetConfig:
    """A shipped fleet with some keys of ``simulation`` changed."""
    fleet = load_fleet(SHIPPED / f"{name}.yaml")
    document = fleet.model_dump(mode="json", exclude_none=True)
    return FleetConfig.model_validate(document | {"simulation": document["simulation"] | simulation})


def _with(fleet: FleetConfig, **changes: Any) -> FleetConfig:
    """A fleet with some top-level keys changed, or some keys below them."""
    document = fleet.model_dump(mode="json", exclude_none=True)
    below = {name: document[name] | new if isinstance(new, dict) else new for name, new in changes.items()}
    return FleetConfig.model_validate(document | below)


def small(name: str) -> FleetConfig:
    """A shipped fleet at a fraction of its size, every fault still in it."""
    if name == "aquaculture":
        faults = shipped(name).simulation.faults
        shorter = [{"kind": f.kind, "share": 0.5, "duration": f.duration / 4} for f in faults]
        return shipped(name, days=8, quiet="2d", units=8, names=[], faults=shorter)
    if name == "bearings":
        faults = [{"kind": fault.kind, "magnitude": 12, "duration": "5d"} for fault in shipped(name).simulation.faults]
        return _with(shipped(name, days=7, quiet="1d", faults=faults), sampling="8h", waveforms={"window": 512})
    if name == "engine_vibration":
        brief = shipped(name, recording="2m", units=3, names=["engine_1", "engine_2", "engine_3"])
        return _with(brief, waveforms={"window": 1024})
    return shipped(name, **({"days": 6} if name == "pump_loop" else {}))
