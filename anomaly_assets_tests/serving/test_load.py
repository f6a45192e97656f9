"""Many ask while versions change and the database goes away: nobody is refused and no event is lost.

The whole of it, 64 connections for a minute, is `benchmarks/load.py`.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from anomaly_assets.events import EventStore, Recorder
from anomaly_assets_tests.events.proxy import Proxy
from anomaly_assets_tests.pipelines.plant import Plant
from anomaly_assets_tests.services import fresh_database

from .ponds import PATIENCE, serving
from .storm import delivered, raise_storm

CONNECTIONS, PROMOTIONS = 16, 3


@pytest.mark.slow
def test_promotions_and_an_outage_lose_no_request_and_no_event(
    copy: Plant, tmp_path: Path, body: dict[str, Any]
) -> None:
    log = tmp_path / "log"
    with fresh_database() as database:
        parts = urlsplit(database)
        road = Proxy((str(parts.hostname), parts.port or 5432))
        by_road = parts._replace(netloc=f"{parts.username}@127.0.0.1:{road.port}").geturl()
        EventStore(database).migrate()
        settings = {"ANOMALY_EVENTS_URL": by_road, "LOG_LEVEL": "WARNING"}
        with serving(copy, log, **settings) as (process, client):
            storm = raise_storm(copy, body, str(client.base_url), road, connections=CONNECTIONS, promotions=PROMOTIONS)
            process.terminate()
            assert process.wait(PATIENCE) == 0, log.read_text()
        assert not storm.failed and not storm.wrong
        assert len(storm.versions) == 2 and 0 < len(storm.alarms) < storm.answers
        with Recorder(database, copy.platform.events_queue) as rest:  # what the server may have left behind
            assert rest.flush(PATIENCE), rest.trouble
        assert delivered(database) == storm.alarms
