"""The rig, trained once, and what its Dagster asset writes of every window by every version."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from anomaly_assets.orchestration import build_defs
from anomaly_assets.orchestration.partitions import range_tags

from .rig import Rig


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory, real: Callable[[str], Path]) -> Rig:
    return Rig(tmp_path_factory.mktemp("rig")).made(real("skab"))


@pytest.fixture(scope="session")
def by_assets(rig: Rig) -> dict[str, pl.DataFrame]:
    """Rows of the scores table by version, such as ``deviation/3``: each was champion while they were materialised."""
    site, fleet = rig.site, rig.fleet
    job = build_defs({"rig": fleet}, rig.platform).resolve_job_def("rig_daily")
    told = {}
    for version in site.registry.versions("rig"):
        site.registry.set_alias("rig", "champion", version.version)
        made = job.execute_in_process(
            asset_selection=[dg.AssetKey(["rig", "scores"])],
            tags=range_tags(rig.span),
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        assert made.success
        told[version.name] = site.warehouse.read(site.table(fleet, "scores")).sort("unit_id", "window_start")
    return told
