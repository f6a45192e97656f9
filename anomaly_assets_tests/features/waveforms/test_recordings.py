"""Real bearings: what the indicators say is what was done to them."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from anomaly_assets.features import cut

from .signals import bearing_config, evaluated, told

pytestmark = pytest.mark.real_data
HEALTHY = "1797 RPM/1797_Normal.npz"
INNER = ["1797 RPM/1797_IR_7_DE12.npz", "1797 RPM/1797_IR_14_DE12.npz", "1797 RPM/1797_IR_21_DE12.npz"]
INNER += ["1772 RPM/1772_IR_7_DE12.npz", "1772 RPM/1772_IR_21_DE12.npz"]
OUTER = ["1797 RPM/1797_OR@6_7_DE12.npz", "1797 RPM/1797_OR@6_21_DE12.npz", "1772 RPM/1772_OR@6_21_DE12.npz"]


@cache
def drive_end(path: Path) -> NDArray[np.float64]:
    with np.load(path) as arrays:
        return np.asarray(arrays["DE"], dtype=np.float64).ravel()


def medians(folder: Path, name: str, window: int = 1024) -> dict[str, float]:
    config = bearing_config(window=window, speed=float(name[:4]))
    found = told(cut(drive_end(folder / name), config), config)
    return {indicator: float(np.nanmedian(values)) for indicator, values in found.items()}


@pytest.mark.parametrize("name", INNER)
def test_an_inner_race_fault_knocks_at_its_frequency(real: Callable[[str], Path], name: str) -> None:
    healthy, broken = (medians(real("cwru"), file) for file in (HEALTHY, name))
    assert broken["kurtosis"] > healthy["kurtosis"]
    assert broken["envelope_bpfi"] > 100 * healthy["envelope_bpfi"]


@pytest.mark.parametrize("name", INNER)
def test_an_inner_race_fault_is_told_from_an_outer_one_by_longer_windows(
    real: Callable[[str], Path], name: str
) -> None:
    found = medians(real("cwru"), name, window=8192)
    assert found["envelope_bpfi"] > 3 * found["envelope_bpfo"]


@pytest.mark.parametrize("name", OUTER)
def test_an_outer_race_fault_is_told_from_an_inner_one(real: Callable[[str], Path], name: str) -> None:
    found = medians(real("cwru"), name, window=8192)
    assert found["envelope_bpfo"] > 3 * found["envelope_bpfi"]


def test_a_real_window_is_measured_like_scipy_does(real: Callable[[str], Path]) -> None:
    config = bearing_config()
    windows = cut(drive_end(real("cwru") / INNER[0]), config)[:5]
    found = told(windows, config)
    for row, window in enumerate(windows):
        wanted = evaluated(window, config)
        assert {name: found[name][row] for name in wanted} == pytest.approx(wanted, rel=1e-9)
