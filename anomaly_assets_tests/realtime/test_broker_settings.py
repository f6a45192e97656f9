"""What a broker must be told so that it keeps messages for a listener that is away, as README says."""

from datetime import timedelta
from pathlib import Path

import pytest

from anomaly_assets_tests.pipelines.plant import PROJECT

from .broker import Broker, wait_for
from .conftest import listening
from .ponds import Ponds
from .speaking import publish
from .test_listener import readings

KEEPING = ("persistence true", "max_queued_messages 100000")
SENT = 1500


def heard_after_an_absence(ponds: Ponds, broker: Broker, *, restart: bool) -> int:
    """How many messages arrive in the end of those that came while the listener was away."""
    with listening(ponds, broker) as listener:
        publish(broker.port, readings(0, 1, "before"))
        wait_for(lambda: "before" in listener.listener.journal.units)
    publish(broker.port, readings(0, SENT, "away"))
    if restart:
        broker.restart()
    with listening(ponds, broker, timedelta(seconds=2)) as listener:
        return listener.ended().counts["readings"]


@pytest.mark.parametrize(
    ("keeping", "restart", "kept"),
    [((), False, 1000), (KEEPING[1:], True, 0), (KEEPING, True, SENT)],
    ids=["defaults", "without_persistence", "both_lines"],
)
def test_a_broker_keeps_what_it_is_told_to(
    ponds: Ponds, tmp_path: Path, keeping: tuple[str, ...], restart: bool, kept: int
) -> None:
    with Broker(tmp_path / "broker", keeping="".join(f"{line}\n" for line in keeping)) as broker:
        assert heard_after_an_absence(ponds, broker, restart=restart) == kept


@pytest.mark.parametrize("file", ["README.md", "configs/deploy/mosquitto.conf"])
@pytest.mark.parametrize("line", KEEPING)
def test_people_are_told_to_tell_it(file: str, line: str) -> None:
    assert line in (PROJECT / file).read_text()
