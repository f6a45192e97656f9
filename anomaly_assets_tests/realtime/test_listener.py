"""A listener from message to incident, on a real broker: what the assets say, said as it happens."""

import sqlite3
import threading
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from anomaly_assets.errors import AnomalyAssetsError, ConfigError, RealtimeError
from anomaly_assets.pipelines import train_all
from anomaly_assets.realtime import Listener
from anomaly_assets.realtime.journal import Journal
from anomaly_assets_tests.services import free_port

from .broker import Broker, wait_for
from .conftest import Credentials, Heard, listening
from .ponds import Ponds, config
from .speaking import publish
from .storm import KEYS, journalled

SOON = timedelta(seconds=1.5)
CORE = [*KEYS, "score", "threshold", "is_anomaly", "model_version"]


def reading(number: int, oxygen: Any = 8.0, **changes: Any) -> dict[str, Any]:
    """The number-th reading of a unit: one every twenty minutes."""
    hour, minute = divmod(number * 20, 60)
    time = f"2025-01-{1 + hour // 24:02d}T{hour % 24:02d}:{minute:02d}:00Z"
    return {"time": time, "seq": number, "values": {"oxygen": oxygen, "temperature": 15.0}} | changes


def readings(first: int, last: int, unit: str = "new") -> list[tuple[str, Any]]:
    return [(f"ponds/{unit}/probe", reading(number)) for number in range(first, last)]


def test_what_can_not_be_read_is_set_aside_and_the_rest_goes_on(ponds: Ponds, broker: Broker) -> None:
    topic = "ponds/new/probe"
    junk = [b"", b"{", b"\xff", {"time": "soon"}, reading(3, oxygen="8"), reading(4, time="2199-01-01T00:00:00Z")]
    with listening(ponds, broker) as listener:
        publish(broker.port, [*readings(0, 2), *((topic, said) for said in junk), *readings(5, 8)])
        wait_for(lambda: listener.counts["messages"] == 11)
        counts = listener.counts
    rules = {name.partition(":")[2]: count for name, count in counts.items() if name.startswith("quarantined:")}
    assert rules == {"not_json": 3, "bad_time": 1, "not_a_number": 1, "far_future": 1}
    assert counts["readings"] == 6, "five that are well, and one whose other sensor was"
    assert counts["missing"] - counts["filled"] == 2, "numbers 2 and 4 never told of a reading"


def test_a_wrong_publisher_with_a_unit_in_every_message_fills_nothing(ponds: Ponds, broker: Broker) -> None:
    port = free_port()
    wild = [(f"ponds/{number:x}/probe", reading(0)) for number in range(500)]
    with listening(ponds, broker, most_units=3, metrics_port=port) as listener:
        publish(broker.port, [*readings(0, 4), *wild])
        wait_for(lambda: listener.counts["messages"] == 504)
        publish(broker.port, [*readings(4, 8), *wild])
        wait_for(lambda: listener.counts["messages"] == 1008)
        wait_for(lambda: listener.counts["windows"] >= 1)
        told = page(port).splitlines()
        known = set(listener.listener.journal.units)
    assert known == {"new", "0", "1"}
    assert 'anomaly_realtime_quarantined_total{fleet="ponds",rule="too_many_units"} 996.0' in told
    assert 'anomaly_realtime_units{fleet="ponds"} 3.0' in told
    assert listener.counts["readings"] == 8 + 2, "of those that are known"
    assert sum("further units are refused: 3 are known" in line for line in listener.said) == 1


def test_a_new_champion_scores_what_comes_after_it(ponds: Ponds, broker: Broker) -> None:
    train_all(ponds.site, ponds.fleet)
    with listening(ponds, broker, follow_every="100ms") as listener:
        publish(broker.port, readings(0, 30))
        wait_for(lambda: listener.counts["windows"] >= 8)
        ponds.site.registry.set_alias("ponds", "champion", 2)
        wait_for(lambda: any("deviation/2 is in service" in line for line in listener.said))
        publish(broker.port, readings(30, 60))
        wait_for(lambda: listener.counts["windows"] >= 18)
    versions = journalled(ponds.plant.home, "ponds")["model_version"].to_list()
    assert versions == sorted(versions) and set(versions) == {1, 2}


def test_while_the_journal_is_busy_the_broker_waits_and_nothing_is_lost(ponds: Ponds, broker: Broker) -> None:
    with listening(ponds, broker, receive_maximum=5) as listener:
        connection = listener.listener.connection
        with listener.listener.journal.lock:
            publish(broker.port, readings(0, 40))
            wait_for(lambda: connection.held == 5)
            threading.Event().wait(0.3)
            assert connection.held == 5, "no more than may be here"
        wait_for(lambda: listener.counts["readings"] == 40)
    assert any("the broker keeps the others back" in line for line in listener.said)


def test_a_full_disk_is_waited_out(ponds: Ponds, broker: Broker) -> None:
    with listening(ponds, broker) as listener:
        file: sqlite3.Connection = listener.listener.journal._connection
        pages = file.execute("PRAGMA page_count").fetchone()[0]
        file.execute(f"PRAGMA max_page_count = {pages}")
        publish(broker.port, [(topic, said | {"note": "x" * 5000}) for topic, said in readings(0, 1500)])
        wait_for(lambda: any("can't be written" in line for line in listener.said))
        assert listener.counts["readings"] < 1500
        file.execute("PRAGMA max_page_count = 1000000")
        wait_for(lambda: listener.counts["readings"] == 1500)
    assert sum("can't be written" in line for line in listener.said) < 20


def test_what_was_begun_goes_on_in_the_next_run(ponds: Ponds, broker: Broker) -> None:
    with listening(ponds, broker) as first:
        publish(broker.port, readings(0, 50))
        wait_for(lambda: first.counts["readings"] == 50)
    publish(broker.port, readings(50, 100))
    with listening(ponds, broker) as second:
        wait_for(lambda: second.counts["readings"] == 100)
        outcome = second.end()
    assert outcome.counts["readings"] == 50, "of this run"
    assert any("which kept our session" in line for line in second.said)
    told = journalled(ponds.plant.home, "ponds")
    assert told.height == told.n_unique(KEYS) == 32, "windows are an hour, the last one waits for an hour more"


def test_a_silent_unit_s_last_window_is_scored_after_a_while(ponds: Ponds, broker: Broker) -> None:
    patient = ponds.fleet.realtime.model_copy(update={"idle": timedelta(seconds=1)})  # type: ignore[union-attr]
    fleet = ponds.fleet.model_copy(update={"realtime": patient})
    listener = Listener(ponds.site, fleet, config(broker.port), Credentials())
    thread = threading.Thread(target=listener.run)
    thread.start()
    wait_for(listener.connection.listens.is_set)
    publish(broker.port, readings(0, 5))
    wait_for(lambda: listener.journal.counts["windows"] >= 2)
    listener.end()
    thread.join()
    assert listener.journal.counts["windows"] == 3, "one whole, one begun, and one that silence is carried into"


def test_prometheus_is_told(ponds: Ponds, broker: Broker) -> None:
    port = free_port()
    with listening(ponds, broker, metrics_port=port) as listener:
        publish(broker.port, [*readings(0, 10), *readings(4, 6), *readings(12, 20), ("ponds/new/probe", b"?")])
        wait_for(lambda: listener.counts["messages"] == 21 and listener.counts["windows"] >= 4)
        wait_for(lambda: 'unpublished{fleet="ponds"} 0.0' in page(port))
        told = page(port)
    for line in (
        'anomaly_realtime_messages_total{fleet="ponds"} 21.0',
        'anomaly_realtime_duplicates_total{fleet="ponds"} 2.0',
        'anomaly_realtime_gaps_total{fleet="ponds"} 1.0',
        'anomaly_realtime_missing_total{fleet="ponds"} 2.0',
        'anomaly_realtime_quarantined_total{fleet="ponds",rule="not_json"} 1.0',
        'anomaly_realtime_scored_again_total{fleet="ponds"} 0.0',
        'anomaly_realtime_connected{fleet="ponds"} 1.0',
        'anomaly_realtime_queue_limit{fleet="ponds"} 2000.0',
        'anomaly_realtime_back_pressure{fleet="ponds"} 0.0',
        'anomaly_realtime_model{fleet="ponds",model_version="deviation_v1"} 1.0',
    ):
        assert line in told.splitlines()
    with pytest.raises(OSError):
        page(port)


def test_the_command_tells_prometheus_where_it_is_asked_to(ponds: Ponds, broker: Broker) -> None:
    (ponds.plant.root / "configs" / "realtime.yaml").write_text(f"port: {broker.port}")
    port = free_port()
    with ponds.listening("--metrics-port", str(port)):
        assert 'anomaly_realtime_connected{fleet="ponds"} 1.0' in page(port).splitlines()


def page(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        return str(answer.read().decode())


def test_a_port_that_is_taken_is_told_of(ponds: Ponds, broker: Broker) -> None:
    listener = Listener(ponds.site, ponds.fleet, config(broker.port, metrics_port=broker.port), Credentials())
    with pytest.raises(RealtimeError, match="ANOMALY_MQTT_METRICS_PORT"):
        listener.run()


def test_a_broker_that_refuses_us_ends_the_listener_with_a_sentence(ponds: Ponds, tmp_path: Path) -> None:
    with Broker(tmp_path / "guarded", allow_anonymous=False) as guarded:
        heard = Heard(ponds, guarded.port, None).start()
        with pytest.raises(RealtimeError, match=r"won't have us.*ANOMALY_MQTT_PASSWORD"):
            heard.ended()
    Journal(ponds.plant.home / "realtime", ponds.fleet, 1).close()  # it has been let go


def test_a_fleet_without_a_champion_is_told_of_at_once(ponds: Ponds, broker: Broker) -> None:
    with pytest.raises(AnomalyAssetsError, match="champion"):
        Listener(ponds.site, ponds.fleet.model_copy(update={"fleet": "lakes"}), config(broker.port), Credentials())


def test_a_fleet_without_topics_is_told_of_at_once(ponds: Ponds, broker: Broker) -> None:
    with pytest.raises(ConfigError, match="does not say on which topics"):
        Listener(ponds.site, ponds.fleet.model_copy(update={"realtime": None}), config(broker.port), Credentials())


def test_a_unit_that_is_heard_in_the_middle_looks_back_on_its_recording(ponds: Ponds, broker: Broker) -> None:
    source, middle = ponds.site.source(ponds.fleet), ponds.plant.day(15)
    late = ponds.recording.of(ponds.fleet, source, middle, None)
    messages = [
        (ponds.topics.reading(told.unit), {"time": told.time.isoformat(), "values": told.values}) for told in late
    ]
    with listening(ponds, broker, SOON) as listener:
        publish(broker.port, messages)
        listener.ended()
    told = journalled(ponds.plant.home, "ponds").select(CORE)
    assert told.equals(ponds.scores.select(CORE).filter(pl.col("window_start").dt.date() >= middle))
    assert any("are looked back on" in line for line in listener.said)
