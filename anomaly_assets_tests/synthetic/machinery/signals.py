"""A machine to listen to, state by state."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from anomaly_assets.config import FleetConfig
from anomaly_assets.features import condense
from anomaly_assets.synthetic.machinery import recorded
from anomaly_assets_tests.conftest import small_fleet

START = datetime(2024, 5, 3, tzinfo=UTC)
WAVEFORMS: dict[str, Any] = {
    "rate": 20_000,
    "window": 4096,
    "speed": 2000,
    "bearing": {"elements": 16, "element_diameter": 8.4, "pitch_diameter": 71.5, "contact_angle": 15.17},
    "envelope": {"band": [3000, 6000]},
}
FAULTS = ("bearing_outer_race", "bearing_inner_race", "bearing_ball", "imbalance", "looseness")


def machine(waveforms: dict[str, Any] | None = None, **simulation: Any) -> FleetConfig:
    """A fleet whose signals are heard by one sensor."""
    base = {"units": 3, "days": 4, "quiet": "1d", "machine": {"channels": {"de": 1.0}, "resonance": 4500}}
    return small_fleet(
        sampling="30m",
        source={"format": "waveform", "folder": "raw/small"},
        waveforms=WAVEFORMS | (waveforms or {}),
        sensors={"de_rms": {}, "de_kurtosis": {}},
        simulation=base | {"faults": [{"kind": "imbalance", "share": 1.0, "duration": "1d"}]} | simulation,
    )


def state(window: int = 0, **changes: Any) -> dict[str, Any]:
    """What a healthy machine is like during one window, with some of it changed."""
    healthy = {"unit_id": "unit_01", "number": 0, "seed": 7, "speed": 2000.0, "load": 1.0, "gain": 1.0}
    return healthy | {"time": START + window * timedelta(minutes=30)} | changes


def heard(windows: int = 20, fleet: FleetConfig | None = None, **changes: Any) -> np.ndarray:
    """Signals of some windows, (n_windows, n_samples)."""
    return np.stack([recorded(fleet or machine(), state(window, **changes))["de"] for window in range(windows)])


def told(column: str, **changes: Any) -> float:
    """Median of an indicator over some windows."""
    config = machine().waveforms
    assert config is not None
    return float(np.median(condense({"de": heard(**changes)}, config, [column])[column]))
