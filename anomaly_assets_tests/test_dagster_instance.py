"""The shipped instance file is one that Dagster loads, quiet and bounded."""

import shutil
from pathlib import Path

from dagster import DagsterInstance

SHIPPED = Path(__file__).parents[1] / "configs" / "dagster.yaml"


def test_the_shipped_instance_loads_without_telemetry_and_bounds_its_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    shutil.copy(SHIPPED, tmp_path / "dagster.yaml")
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        concurrency = instance.get_concurrency_config()
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.run_monitoring_enabled
        assert concurrency.run_queue_config is not None
        assert concurrency.run_queue_config.max_concurrent_runs == 2
        assert concurrency.pool_config.default_pool_limit == 1
