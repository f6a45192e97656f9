import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import anomaly_assets

MAKE_ONE = """
from datetime import datetime, timedelta, UTC
import polars as pl
from anomaly_assets.config import FleetConfig
from anomaly_assets.features import build_features
start = datetime(2024, 1, 1, tzinfo=UTC)
fleet = FleetConfig.model_validate({
    "fleet": "f", "sampling": "1m", "source": {"format": "table", "folder": "raw"}, "sensors": {"a": {}},
    "features": {"windows": {"2m": {"length": "2m", "statistics": ["mean"]}}},
    "training": {"window": {"first": "2d"}}, "detectors": {"deviation": {"kind": "deviation"}}})
frame = pl.DataFrame({"unit_id": ["u"] * 3, "time": [start + i * timedelta(minutes=1) for i in range(3)],
                      "a": [1.0, 2.0, 4.0]}).with_columns(pl.col("time").cast(pl.Datetime("us", "UTC")))
print(build_features(frame, fleet, start, start + timedelta(days=1))["a__mean_2m"].to_list())
"""


def run(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_room_imports_neither_numba_nor_scipy() -> None:
    code = "import sys, anomaly_assets.features; print([m for m in ('numba', 'scipy', 'pyarrow') if m in sys.modules])"
    assert run(code).strip() == "[]"


@pytest.mark.slow
def test_features_are_made_where_no_folder_can_hold_compiled_code(tmp_path: Path) -> None:
    package = tmp_path / "anomaly_assets"
    for room in ("errors.py", "__init__.py", "config", "contracts", "features"):
        source = Path(anomaly_assets.__file__).parent / room
        copy = shutil.copytree if source.is_dir() else shutil.copy
        package.mkdir(exist_ok=True)
        copy(source, package / room)
    shutil.rmtree(package / "features" / "__pycache__", ignore_errors=True)
    blocked = package / "features" / "__pycache__"
    blocked.write_text("a file where numba wants a folder")
    nowhere = str(blocked / "deeper")
    found = run(
        MAKE_ONE,
        PYTHONPATH=str(tmp_path),
        PYTHONDONTWRITEBYTECODE="1",
        HOME=nowhere,
        XDG_CACHE_HOME=nowhere,
        NUMBA_CACHE_DIR=nowhere,
    )
    assert found.strip() == "[1.0, 1.5, 3.0]"
