"""A recording posted to a real server: every window once, with the verdict of the asset."""

from datetime import timedelta

import polars as pl
import pytest

from anomaly_assets.errors import RealtimeError
from anomaly_assets.realtime.replaying import Pace, Recording, play_over_http, quantile
from anomaly_assets_tests.services import free_port
from anomaly_assets_tests.serving.ponds import Server

from ..ponds import Ponds

AT_ONCE = Pace(None)


def recording(ponds: Ponds) -> Recording:
    """The five days around a unit's first alarm."""
    unit, alarm = ponds.scores.filter("is_anomaly").select("unit_id", "window_start").row(0)
    days = [alarm.date() + timedelta(days=number) for number in range(-2, 3)]
    return Recording(ponds.fleet, ponds.site.source(ponds.fleet), tuple(days), units=(unit,))


def test_every_window_is_answered_as_the_asset_says(ponds: Ponds) -> None:
    told = recording(ponds)
    before = list(told.before(timedelta(hours=1)))
    with Server(ponds.plant) as server:
        answers = play_over_http(told, server.url, AT_ONCE)
    said = {(unit, time.replace(minute=0)) for unit, time, _ in [*before, *told]}
    heard = pl.DataFrame(sorted(said), schema=["unit_id", "window_start"], orient="row")
    expected = ponds.scores.join(heard.cast({"window_start": pl.Datetime("us", "UTC")}), on=["unit_id", "window_start"])
    assert answers.counts["answers"] == expected.height == len(said)
    assert answers.counts["alarms"] == expected["is_anomaly"].sum() > 0
    assert answers.versions == {"deviation_v1": len(said)} and not answers.counts["refused"]
    assert len(answers.latencies) == len(said) and 0 < quantile(answers.latencies, 0.5) <= quantile(
        answers.latencies, 1
    )


def test_it_can_be_ended(ponds: Ponds) -> None:
    with Server(ponds.plant) as server:
        assert play_over_http(recording(ponds), server.url, AT_ONCE, ended=lambda: True).counts["answers"] == 0


def test_what_a_server_refuses_is_counted_and_told(ponds: Ponds) -> None:
    fleet = ponds.fleet.model_copy(update={"source": ponds.fleet.source})
    told = Recording(fleet, ponds.site.source(fleet), (ponds.plant.day(0),))
    with Server(ponds.plant, earliest="2024-03-01T12:00:00Z") as server:
        answers = play_over_http(told, server.url, AT_ONCE)
    assert answers.counts["refused"] == answers.counts["refused:422"] > 0
    assert "timestamp" in (answers.first_refusal or "")


def test_a_server_of_another_fleet_is_told_of(ponds: Ponds) -> None:
    told = recording(ponds)
    other = Recording(told.fleet.model_copy(update={"fleet": "lakes"}), told.source, told.days)
    with Server(ponds.plant) as server, pytest.raises(RealtimeError, match="does not serve lakes"):
        play_over_http(other, server.url, AT_ONCE)


def test_a_key_is_asked_for_and_shown(ponds: Ponds, monkeypatch: pytest.MonkeyPatch) -> None:
    told = recording(ponds)
    with Server(ponds.plant, keys=("sesame",)) as server:
        with pytest.raises(RealtimeError, match="ANOMALY_API_KEYS"):
            play_over_http(told, server.url, AT_ONCE)
        monkeypatch.setenv("ANOMALY_API_KEYS", "sesame,other")
        first = Recording(told.fleet, told.source, told.days[:1])
        assert play_over_http(first, server.url, AT_ONCE).counts["answers"] > 0


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:8000", "http://"])
def test_an_address_that_is_none_is_told_of(ponds: Ponds, url: str) -> None:
    with pytest.raises(RealtimeError, match="no address of a server"):
        play_over_http(recording(ponds), url, AT_ONCE)


def test_a_server_that_is_not_there_is_told_of(ponds: Ponds) -> None:
    with pytest.raises(RealtimeError, match="no server answers"):
        play_over_http(recording(ponds), f"http://127.0.0.1:{free_port()}", AT_ONCE)
