"""Incidents over HTTP: listed, narrowed down, acknowledged once."""

from collections.abc import Callable
from datetime import datetime

import pytest

from anomaly_assets.pipelines.incidents import fleet_incidents, incident_days
from anomaly_assets_tests.pipelines.plant import Plant

from .ponds import Server


@pytest.fixture
def raised(start: Callable[..., Server], copy: Plant) -> Server:
    """A server of a plant with incidents."""
    incident_days(copy.site(), copy.fleet, copy.span)
    return start(copy)


def listed(server: Server, **query: object) -> list[dict[str, object]]:
    answer = server.client.get("/incidents", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["incidents"]


def test_incidents_are_those_of_the_platform_the_newest_first(raised: Server, copy: Plant) -> None:
    rows = fleet_incidents(copy.site(), copy.fleet).to_dicts()
    told = listed(raised)
    assert told and [one["incident_id"] for one in told] == [row["incident_id"] for row in rows]
    first, row = told[0], rows[0]
    assert (first["unit_id"], first["severity"], first["state"]) == (row["unit_id"], row["severity"], row["state"])
    assert datetime.fromisoformat(str(first["start"])) == row["start"]
    assert first["model_version"] == f"{row['detector']}_v{row['model_version']}"
    blamed = [row[f"sensor_{rank}"] for rank in (1, 2, 3) if row[f"sensor_{rank}"]]
    assert [sensor["sensor"] for sensor in first["sensors"]] == blamed  # type: ignore[attr-defined]
    assert all(first[key] is None for key in ("acknowledged_at", "acknowledged_by", "note"))


def test_incidents_are_narrowed_down_by_unit_time_state_and_number(raised: Server) -> None:
    every = listed(raised)
    unit = every[0]["unit_id"]
    assert listed(raised, unit=unit) == [one for one in every if one["unit_id"] == unit]
    assert listed(raised, unit="nobody") == listed(raised, state="acknowledged") == []
    assert listed(raised, limit=1) == every[:1]
    since = str(every[0]["start"])
    assert listed(raised, since=since) == [one for one in every if str(one["end"]) > since]
    assert raised.client.get("/incidents", params={"limit": 1}).json()["total"] == len(every)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=1e3",
        "limit=1001",
        "limit=2712416482844592832512",
        "state=closed",
        "since=yesterday",
        "since=2024-01-01T00:00:00",
        "x=1",
    ],
)
def test_a_question_that_makes_no_sense_is_refused(server: Server, query: str) -> None:
    refused = server.client.get(f"/incidents?{query}")
    assert refused.status_code == 422 and refused.json()["wrong"]


def test_an_incident_is_acknowledged_once(raised: Server) -> None:
    name = listed(raised)[0]["incident_id"]
    first = raised.client.post(f"/incidents/{name}/acknowledge", json={"by": "Kim", "note": "fan"})
    assert first.status_code == 200 and first.json()["acknowledged_by"] == "Kim" and first.json()["note"] == "fan"
    second = raised.client.post(f"/incidents/{name}/acknowledge", json={"by": "Lee"})
    assert second.json() == first.json()
    assert listed(raised, state=first.json()["state"])[0] == first.json()


def test_nobody_can_acknowledge_what_does_not_exist_or_without_a_name(raised: Server) -> None:
    assert raised.client.post("/incidents/0123456789abcdef/acknowledge", json={"by": "Kim"}).status_code == 404
    name = listed(raised)[0]["incident_id"]
    for body in ({}, {"by": ""}, {"by": "a\u0000"}, {"by": 7}, {"by": "Kim", "note": None}, {"by": "Kim", "why": ""}):
        assert raised.client.post(f"/incidents/{name}/acknowledge", json=body).status_code == 422
    assert listed(raised)[0]["acknowledged_by"] is None
