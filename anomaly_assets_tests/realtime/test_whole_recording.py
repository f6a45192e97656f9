"""A whole recording over a real broker: windows, scores, events and incidents are those of the assets."""

import json
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from anomaly_assets.incidents import raise_incidents
from anomaly_assets.pipelines.incidents import fleet_incidents, references

from .broker import Broker, wait_for
from .conftest import listening, play
from .ponds import Ponds
from .speaking import hearing
from .storm import KEYS, journalled

SOON = timedelta(seconds=1.5)
CORE = [*KEYS, "score", "threshold", "is_anomaly", "model_version"]


@pytest.fixture(scope="module")
def heard(original: Ponds, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A whole recording, heard and told: the ponds, what was said on the broker, and what came of it."""
    root = tmp_path_factory.mktemp("heard")
    ponds = original.copied(root / "ponds")
    with (
        Broker(root / "broker") as broker,
        hearing(broker.port) as ear,
        listening(ponds, broker, SOON) as listener,
    ):
        played = play(ponds, broker)
        outcome = listener.ended()
        wait_for(lambda: len(ear.about("/score")) >= outcome.counts["windows"])
        with hearing(broker.port) as later:
            wait_for(lambda: len(later.told) == len({said["unit"] for said in ear.about("/incident")}))
    return ponds, ear, later, outcome, played


def test_every_window_has_the_bits_of_the_asset_s(heard: Any) -> None:
    ponds, _, _, outcome, played = heard
    told = journalled(ponds.plant.home, "ponds").select(CORE)
    assert told.equals(ponds.scores.select(CORE))
    assert outcome.counts["messages"] == outcome.counts["readings"] == played.counts["sent"] > 4000


def test_every_window_is_published_once_with_what_is_to_be_known_of_it(heard: Any) -> None:
    ponds, ear, _, _, _ = heard
    told = pl.DataFrame(ear.about("/score"), infer_schema_length=None).with_columns(
        pl.col("window_start", "window_end").str.to_datetime(time_zone="UTC", time_unit="us")
    )
    told = told.rename({"unit": "unit_id"}).sort(KEYS)
    same = ["unit_id", "window_start", "window_end", "score", "threshold", "is_anomaly"]
    assert told.select(same).equals(ponds.scores.select(same))
    assert set(told["model_version"]) == {"deviation_v1"}
    assert told["confidence"].is_between(0, 1).all()
    alarms = told.filter("is_anomaly")
    assert alarms.height and alarms["top_sensor"].null_count() == 0
    assert alarms["top_sensor"].to_list() == ponds.scores.filter("is_anomaly")["top_sensor"].to_list()


def test_every_alarm_becomes_an_event(heard: Any) -> None:
    ponds, _, _, outcome, _ = heard
    alarms, events = ponds.scores.filter("is_anomaly"), ponds.site.events.events(fleet="ponds")
    assert events.height == outcome.counts["alarms"] == alarms.height > 0
    told = events.select("sensor_id", "detected_at", "anomaly_score").sort("sensor_id", "detected_at")
    wanted = alarms.select("unit_id", "window_end", "score").sort("unit_id", "window_end")
    assert told.rows() == wanted.rows()


def test_incidents_are_those_that_the_whole_history_gives(heard: Any) -> None:
    ponds, ear, _, outcome, _ = heard
    scores, site, fleet = ponds.scores, ponds.site, ponds.fleet
    raised = raise_incidents(
        scores,
        fleet,
        references(site, fleet, [1]),
        start=scores["window_start"].min(),
        end=scores["window_end"].max(),
    ).incidents
    kept = fleet_incidents(site, fleet, now=scores["window_end"].max())
    facts = ["incident_id", "unit_id", "start", "end", "severity", "peak_score", "alarms", "sensor_1", "observed_1"]
    assert kept.select(facts).sort(facts).equals(raised.select(facts).sort(facts))
    assert set(kept["source"]) == {"live"}
    assert outcome.counts["incidents"] == raised.height > 0
    last = {said["incident_id"]: said for said in ear.about("/incident")}
    assert {name: said["state"] for name, said in last.items()} == dict(raised.select("incident_id", "state").rows())
    assert all(said["sensor_1"] in fleet.sensors for said in last.values())


def test_a_unit_s_last_incident_is_told_to_who_comes_later(heard: Any) -> None:
    _, ear, later, _, _ = heard
    last = {said["unit"]: said for said in ear.about("/incident")}
    assert {said["unit"]: said for said in later.about("/incident")} == last != {}
    assert all(retained for _, _, retained in later.told)


def test_messages_are_json_that_anybody_reads(heard: Any) -> None:
    _, ear, _, _, _ = heard
    topic, said, retained = next(told for told in ear.told if told[0].endswith("/score"))
    assert topic == f"anomaly_assets/ponds/{said['unit']}/score" and not retained
    assert said["window_start"].endswith("Z") and json.dumps(said, allow_nan=False)
