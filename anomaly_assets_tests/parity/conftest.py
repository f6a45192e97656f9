"""The rig, trained once, and what the assets say of every window by every version."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.pipelines import score_days

from .rig import Rig


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory, real: Callable[[str], Path]) -> Rig:
    return Rig(tmp_path_factory.mktemp("rig")).made(real("skab"))


@pytest.fixture(scope="session")
def by_assets(rig: Rig) -> dict[str, pl.DataFrame]:
    """Rows of the scores table by version, such as ``deviation/3``: what the asset's own function wrote."""
    site, fleet = rig.site, rig.fleet
    told = {}
    for version in site.registry.versions("rig"):
        score_days(site, fleet, rig.span, version.name)
        told[version.name] = site.warehouse.read(site.table(fleet, "scores")).sort("unit_id", "window_start")
    return told
