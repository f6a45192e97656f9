"""Methods are found by their file, and parameters are checked before anything runs."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from anomaly_assets import thresholds
from anomaly_assets.config import ThresholdConfig
from anomaly_assets.errors import ConfigError
from anomaly_assets.thresholds import calibrate, check_threshold, discovery, methods

from .scored import calibration

SHIPPED = ("adaptive_budget", "alarm_budget", "f_beta", "peaks_over_threshold", "quantile", "split_conformal")


def test_the_shipped_methods_are_found():
    assert methods() == SHIPPED


def test_a_new_file_is_a_new_method(tmp_path, monkeypatch):
    toy = "def top(calibration, *, share: float = 0.5):\n    return calibration.threshold(share, 'top', {}, 'none')\n"
    (tmp_path / "top.py").write_text(toy)
    monkeypatch.setattr(thresholds, "__path__", [*thresholds.__path__, str(tmp_path)])
    discovery._found.cache_clear()
    try:
        assert "top" in methods()
        assert calibrate("top", {"share": 0.25}, calibration([1.0])).value == 0.25
    finally:
        discovery._found.cache_clear()


@pytest.mark.parametrize("method", SHIPPED)
def test_defaults_pass_the_check_and_lie_in_the_signature(method):
    check_threshold(ThresholdConfig(method=method))
    function = getattr(importlib.import_module(f"anomaly_assets.thresholds.{method}"), method)
    given = list(inspect.signature(function).parameters.values())[1:]
    assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in given)
    assert Path(inspect.getfile(function)).stem == method


@pytest.mark.parametrize(
    ("method", "params", "told"),
    [
        ("quantil", {}, "did you mean 'quantile'"),
        ("alarm_budget", {"per_unit_days": 1}, "did you mean 'per_unit_day'"),
        ("alarm_budget", {"per_unit_day": -1}, "greater than 0"),
        ("alarm_budget", {"merge_gap": "soon"}, "no duration"),
        ("quantile", {"q": 1.5}, "less than 1"),
        ("adaptive_budget", {"shares": 0.01}, "did you mean 'share'"),
        ("adaptive_budget", {"clear": 1.0}, "greater than 1"),
        ("calibrate", {}, "unknown threshold method"),
    ],
)
def test_a_mistake_is_told_with_a_remedy(method, params, told):
    with pytest.raises(ConfigError, match=told):
        check_threshold(ThresholdConfig(method=method, params=params))
    with pytest.raises(ConfigError):
        calibrate(method, params, calibration(np.arange(2000.0)))


def test_looking_for_methods_compiles_nothing():
    code = "import sys, anomaly_assets.thresholds as t; t.methods(); print('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
