"""Loading the definitions stays light: the heavy libraries wait until somebody trains or scores."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "sklearn", "mlflow", "skops", "matplotlib", "pandas")


@pytest.mark.parametrize("module", ["anomaly_assets.definitions", "anomaly_assets.cli"])
def test_importing_loads_no_heavy_library(module: str, tmp_path: Path) -> None:
    code = f"import sys, {module}; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    environment = os.environ | {"ANOMALY_HOME": str(tmp_path), "PYTHONWARNINGS": "ignore"}
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    ).stdout.split()
    assert loaded == []


def test_the_help_does_not_even_load_dagster() -> None:
    code = "import sys, anomaly_assets.cli; print('dagster' in sys.modules, 'polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split() == ["False"] * 2
