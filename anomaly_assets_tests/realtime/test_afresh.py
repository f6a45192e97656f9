"""A recording is played again to a listener that begins afresh; what was heard before is put aside, whole."""

import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from anomaly_assets.errors import RealtimeError
from anomaly_assets.realtime import Listener

from .broker import Broker, wait_for
from .conftest import Credentials, listening, play
from .ponds import FAST, Ponds, config
from .speaking import publish
from .storm import counted, journalled

SOON = timedelta(seconds=1.5)


def asides(ponds: Ponds) -> list[Path]:
    return sorted((ponds.plant.home / "realtime").glob("ponds.*T*Z.sqlite"))


def test_a_recording_is_played_again_as_if_it_had_never_been(ponds: Ponds, broker: Broker) -> None:
    home = ponds.plant.home
    (ponds.plant.root / "configs" / "realtime.yaml").write_text(yaml.safe_dump({"port": broker.port} | FAST))
    with ponds.listening() as killed:
        play(ponds, broker)
        wait_for(lambda: counted(home, "ponds").get("windows", 0) > 100)
        killed.kill()
    with listening(ponds, broker, SOON) as first:
        outcome = first.ended()
    once = journalled(home, "ponds")
    with listening(ponds, broker, SOON) as second:
        play(ponds, broker)
        assert second.ended().counts["windows"] == 0 < outcome.counts["windows"], "the control: it is known"
    with ponds.listening("--afresh", "--until-idle", "2s") as third:
        play(ponds, broker)
        said = third.ended()
    (aside,) = asides(ponds)
    assert str(aside) in said.splitlines()[0], "before anything else"
    assert said.count(str(aside)) == 2, "and again at the end"
    assert journalled(home, aside.stem).equals(once), "what is put aside is whole"
    again = journalled(home, "ponds")
    assert again.equals(once) and again.height == ponds.scores.height
    assert counted(home, "ponds")["messages"] == counted(home, "ponds")["readings"]
    told = ponds.site.events.events(fleet="ponds", limit=100_000)
    assert told.height == once["is_anomaly"].sum() > 0, "an alarm is an event once"


def test_nothing_is_put_aside_under_a_listener_that_runs(ponds: Ponds, broker: Broker) -> None:
    with listening(ponds, broker) as running:
        play(ponds, broker)
        wait_for(lambda: running.counts["windows"] > 0)
        with pytest.raises(RealtimeError, match="another listener of this fleet is running"):
            Listener(ponds.site, ponds.fleet, config(broker.port), Credentials(), afresh=True)
        assert asides(ponds) == []
        before = running.counts["messages"]
        publish(broker.port, [("ponds/new/probe", b"?")])
        wait_for(lambda: running.counts["messages"] > before)


def test_nothing_is_put_aside_that_somebody_reads(ponds: Ponds, broker: Broker) -> None:
    with listening(ponds, broker, SOON) as heard:
        play(ponds, broker)
        heard.ended()
    reader = sqlite3.connect(ponds.plant.home / "realtime" / "ponds.sqlite")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM windows").fetchone()
    held = Listener(ponds.site, ponds.fleet, config(broker.port), Credentials())
    held.journal.remember("note", "written while it is read")
    with pytest.raises(RealtimeError, match=r"can't be put aside.*somebody is reading it"):
        held.journal.start_afresh()
    reader.close()
    aside = held.journal.start_afresh()
    assert aside is not None and journalled(ponds.plant.home, aside.stem).height == ponds.scores.height
    assert held.journal.rows("SELECT value FROM meta WHERE name = 'note'") == [("written while it is read",)]
    assert (held.journal.counts, held.journal.units, held.journal.sequences) == ({}, {}, {})
    held.journal.close()


def test_where_nothing_was_heard_there_is_nothing_to_put_aside(ponds: Ponds, broker: Broker) -> None:
    said: list[str] = []
    listener = Listener(ponds.site, ponds.fleet, config(broker.port), Credentials(), said.append, afresh=True)
    assert (listener.aside, asides(ponds), said) == (None, [], [])
    threading.Timer(0.5, listener.end).start()
    listener.run()
