"""Every window is scored once, and every lost message counted, while broker and listener are stopped and killed.

benchmarks/mqtt.py does the same with 100,000 messages.
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from anomaly_assets.pipelines.live import open_live
from anomaly_assets.realtime.replaying import Trouble

from .broker import Broker
from .ponds import COMMAND, FAST, HASTY, Ponds, Running, config
from .storm import KEYS, Storm, counted, journalled, missing_in, windows_of

pytestmark = pytest.mark.slow

TROUBLE = Trouble(duplicates=0.03, lost=0.01, shuffle=6, seed=3)


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Ponds:
    """Seven units, and so ten thousand messages."""
    return Ponds.made(tmp_path_factory.mktemp("more"), units=7)


Mishaps = Callable[[Broker, Running], dict[float, Callable[[], None]]]


def weather(ponds: Ponds, broker: Broker, command: str, mishaps: Mishaps) -> Storm:
    """Publish a recording while things happen to a listener; returns once it has heard what it was to hear."""
    (ponds.plant.root / "configs" / "realtime.yaml").write_text(yaml.safe_dump({"port": broker.port} | FAST))
    with ponds.listening("--until-idle", "3s", command=command) as listener:
        storm = Storm(ponds.recording, ponds.topics, config(broker.port), TROUBLE, mishaps(broker, listener))
        storm.blow()
        listener.ended()
    return storm


def killed(listener: Running) -> None:
    listener.kill()
    time.sleep(0.2)
    listener.start()


def test_every_window_is_scored_once_whatever_happens(more: Ponds, broker: Broker, tmp_path: Path) -> None:
    ponds = more.copied(tmp_path / "ponds")
    storm = weather(
        ponds,
        broker,
        COMMAND,
        lambda broker, listener: {
            0.1: lambda: killed(listener),
            0.4: lambda: broker.restart(0.5),
            0.7: lambda: killed(listener),
        },
    )
    messages, counts = storm.messages(), counted(ponds.plant.home, "ponds")
    assert len(messages) > 10_000
    expected = windows_of(messages, open_live(ponds.site, "ponds"), ponds.fleet)
    told = journalled(ponds.plant.home, "ponds")
    same = [*KEYS, "score", "threshold", "is_anomaly"]
    assert told.select(same).equals(expected.select(same))
    assert counts["missing"] - counts.get("filled", 0) == missing_in(messages) > 50
    assert counts["readings"] == len({(one.topic, one.payload) for one in messages})
    assert counts["duplicates"] >= len(messages) - counts["readings"], "the broker may repeat itself, too"
    assert counts.get("late", 0) == counts.get("scored_again", 0) == 0
    assert not told["unpublished"].any()
    events = ponds.site.events.events(fleet="ponds", limit=100_000)
    assert events.height == told["is_anomaly"].sum() > 0


def test_a_listener_that_acknowledges_too_early_is_caught_losing_readings(
    more: Ponds, broker: Broker, tmp_path: Path
) -> None:
    """The control: the same harness sees what the journal is there for."""
    ponds = more.copied(tmp_path / "ponds")
    storm = weather(ponds, broker, HASTY, lambda _, listener: {0.1: listener.revive})
    sent = {(one.topic, one.payload) for one in storm.messages()}
    assert counted(ponds.plant.home, "ponds")["readings"] < len(sent)
