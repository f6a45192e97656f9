"""A site opens what it has when it is asked, and not before."""

import subprocess
import sys
from pathlib import Path

from anomaly_assets.config import Platform
from anomaly_assets.pipelines import Site


def test_a_site_has_one_database_of_events(tmp_path: Path) -> None:
    site = Site(Platform(home=tmp_path, configs=tmp_path, tracking_uri="", warehouse=tmp_path / "w.duckdb"))
    assert site.events is site.events
    assert str(site.events.address) == site.platform.events_url
    assert not (tmp_path / "events").exists()


def test_the_libraries_of_databases_wait_until_somebody_asks() -> None:
    loaded = "*(name for name in ('psycopg', 'alembic') if name in sys.modules)"
    code = f"import sys; from anomaly_assets.pipelines import Site; print(Site.__name__, {loaded})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split() == ["Site"]
