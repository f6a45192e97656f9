"""A step opens the installation that its run was given, and no password travels in what the UI shows of it."""

from pathlib import Path

import pytest

from anomaly_assets.config import Platform
from anomaly_assets.orchestration.site_resource import SiteResource, site_resources


def test_the_database_of_events_comes_from_the_environment_and_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql://me:open-sesame@127.0.0.1:1/events"
    monkeypatch.setenv("ANOMALY_EVENTS_URL", url)
    given = Platform(home=tmp_path, configs=tmp_path, tracking_uri="", warehouse=tmp_path / "w.duckdb", events=url)
    resource = site_resources(given, {})["site"]
    assert isinstance(resource, SiteResource)
    assert "open-sesame" not in repr(resource) + resource.model_dump_json()
    assert resource.open().platform == given
