"""Incidents raised look by look are those of the whole history, however little of it is still there."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from anomaly_assets.incidents import raise_incidents
from anomaly_assets.pipelines.incidents import fleet_incidents, references
from anomaly_assets.warehouse import FileLock

from .broker import Broker, wait_for
from .conftest import listening, play
from .ponds import Ponds
from .storm import journalled

FACTS = ["incident_id", "unit_id", "start", "end", "severity", "peak_score", "alarms", "bursts", "sensor_1"]
SOON = timedelta(seconds=1.5)
SHORT = {"longest": "6h", "linger": "1h", "merge_gap": "1h", "alarms": 2, "of": 3}
RECURRING = {"longest": "8h", "linger": "1h", "merge_gap": "1h", "recurs_within": "8h"}


@pytest.mark.parametrize("rules", [SHORT, RECURRING], ids=["once", "recurring"])
def test_a_journal_that_forgets_raises_what_one_that_keeps_all_would(
    original: Ponds, broker: Broker, tmp_path: Path, rules: dict[str, Any]
) -> None:
    ponds = Ponds(original.plant.copied(tmp_path / "ponds", incidents=rules), original.scores)
    site, fleet, scores = ponds.site, ponds.fleet, ponds.scores
    assert fleet.incident_lookback < timedelta(days=2)
    with listening(ponds, broker, SOON, keep="1s", prune_every="50ms") as listener:
        play(ponds, broker)
        listener.ended()
    assert journalled(ponds.plant.home, "ponds").height < 0.8 * scores.height
    span = {"start": scores["window_start"].min(), "end": scores["window_end"].max()}
    known = references(site, fleet, [1])
    raised = raise_incidents(scores, fleet, known, **span).incidents
    kept = fleet_incidents(site, fleet, now=scores["window_end"].max())
    assert kept.select(FACTS).sort(FACTS).equals(raised.select(FACTS).sort(FACTS))
    assert set(raised["state"]) >= {"resolved", "expired"}
    once = original.plant.copied(tmp_path / "once", incidents=rules | {"recurs_within": None}).fleet
    came_back = raise_incidents(scores, once, known, **span).incidents.height - raised.height
    assert (came_back > 0) is ("recurs_within" in rules)


def test_a_warehouse_that_is_busy_is_told_later(ponds: Ponds, broker: Broker) -> None:
    """Scoring waits for nobody who writes the table of incidents."""
    lock = FileLock(ponds.plant.home / "incidents" / "ponds.lock")
    with listening(ponds, broker) as listener:
        with lock.writing():
            play(ponds, broker)
            wait_for(lambda: listener.counts["windows"] >= ponds.scores.height - 20)
            assert fleet_incidents(ponds.site, ponds.fleet).is_empty()
        wait_for(lambda: not fleet_incidents(ponds.site, ponds.fleet).is_empty())
