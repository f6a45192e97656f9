"""The batch command says of every window what the Dagster asset says, from raw files and from features."""

from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.cli import main
from anomaly_assets.registry.release.discovery import exportable_kinds

from .rig import Rig

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

KEYS = ["unit_id", "window_start"]


@pytest.fixture(autouse=True)
def here(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in rig.environment.items():
        monkeypatch.setenv(name, value)


def require_equal(written: Path, expected: pl.DataFrame) -> None:
    told = pl.read_parquet(written).sort(KEYS)
    assert told.select(KEYS).equals(expected.select(KEYS))
    assert told["is_anomaly"].to_list() == expected["is_anomaly"].to_list()
    assert told["anomaly_score"].to_numpy() == pytest.approx(expected["score"].to_numpy(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("kind", exportable_kinds())
def test_features_scored_by_the_command(
    rig: Rig, by_assets: dict[str, pl.DataFrame], kind: str, tmp_path: Path
) -> None:
    site, version = rig.site, rig.site.registry.get("rig", kind)
    features = site.warehouse.read(site.table(rig.fleet, "features"))
    features.write_parquet(tmp_path / "features.parquet")
    source = ["--input", str(tmp_path / "features.parquet"), "--output", str(tmp_path / "out")]
    assert main(["score", "--model", f"rig/{version.name}", *source]) == 0
    require_equal(tmp_path / "out.parquet", by_assets[version.name])


def test_raw_files_scored_by_the_command(rig: Rig, by_assets: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    version = rig.site.registry.get("rig", "hotelling_t2_q")
    raw = ["--from", "readings", "--input", str(rig.root / "home" / "raw" / "rig"), "--output", str(tmp_path / "out")]
    assert main(["score", "--model", f"rig/{version.name}", *raw]) == 0
    require_equal(tmp_path / "out.parquet", by_assets[version.name])
