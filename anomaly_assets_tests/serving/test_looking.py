"""What people and programs see of the service: metrics, versions, the document and its page."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from prometheus_client.parser import text_string_to_metric_families as families

from anomaly_assets.pipelines import drift_days
from anomaly_assets.pipelines.live import Live
from anomaly_assets_tests.pipelines.plant import Plant

from .ponds import Server, promote, told, varied, wait_until

Body = dict[str, Any]
PREFIX = "anomaly_assets_"


def measures(server: Server) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = server.client.get("/metrics").text
    return {
        (sample.name.removeprefix(PREFIX), tuple(sorted(sample.labels.items()))): sample.value
        for family in families(text)
        for sample in family.samples
    }


def test_models_tell_what_a_window_looks_like(server: Server, live: Live, body: Body) -> None:
    models = server.client.get("/models").json()
    champion = models["champion"]
    assert [sensor["name"] for sensor in champion["sensors"]] == ["oxygen", "temperature"] == list(live.sensors)
    assert (champion["rows"], champion["sampling"], champion["engine"]) == (live.rows, "20m", "onnx")
    assert champion["units"] == ["unit_01", "unit_02", "unit_03"]
    window = [[8.0] * len(champion["sensors"])] * champion["rows"]
    assert server.detect(body | {"window": window}).status_code == 200
    assert server.detect(body | {"window": window[1:]}).status_code == 422
    assert [version["version"] for version in models["versions"]] == [2, 1]
    assert [v["name"] for v in models["versions"] if "champion" in v["aliases"]] == [champion["name"]]


def test_metrics_count_requests_windows_anomalies_and_name_the_version(
    start: Callable[..., Server], copy: Plant, body: Body
) -> None:
    server = start(copy)
    calm = body | {"window": [[8.0, 15.0]] * len(body["window"])}
    server.detect(body)
    server.client.post("/detect/batch", json={"windows": [calm, calm, varied(body, 1)]})
    server.detect(body | {"sensor_id": "nobody"})
    server.client.get("/no/such/place")
    found, ponds = measures(server), (("fleet", "ponds"),)
    post = (("method", "POST"), ("path", "/detect"))
    assert (
        found["requests_total", (*post, ("status", "200"))] == found["requests_total", (*post, ("status", "422"))] == 1
    )
    assert found["request_seconds_count", post] == 2 and found["request_seconds_sum", post] > 0
    assert found["requests_total", (("method", "any"), ("path", "unmatched"), ("status", "404"))] == 1
    assert (found["windows_total", ponds], found["anomalies_total", ponds], found["anomaly_rate", ponds]) == (4, 2, 0.5)
    assert found["score_ratio_count", ponds] == 4 and found["score_ratio_bucket", (*ponds, ("le", "1.0"))] == 2
    version = server.service.form().live
    info = (("engine", "onnx"), *ponds, ("model_version", version.model_version))
    assert found["model_info", info] == 1 and found["model_version", ponds] == version.version
    other = "deviation" if version.manifest.detector != "deviation" else "hotelling_t2_q"
    name = promote(copy, other)
    wait_until(lambda: server.client.get("/health").json()["model_version"] == name)
    changed = {key: value for key, value in measures(server).items() if key[0] == "model_info"}
    assert [dict(labels)["model_version"] for _, labels in changed] == [name]


def test_metrics_tell_the_latest_verdict_on_drift(start: Callable[..., Server], copy: Plant) -> None:
    site, table, ponds = copy.site(), copy.site().table(copy.fleet, "drift_report"), (("fleet", "ponds"),)
    days = sorted(site.warehouse.days(table))
    server = start(copy)

    def told_day() -> date | None:
        seconds = measures(server).get(("drift_day_seconds", ponds), 0)
        return datetime.fromtimestamp(seconds, UTC).date() if seconds else None

    wait_until(lambda: told_day() == days[-1])
    rows = site.warehouse.read(table, days[-1])
    share = rows.filter(pl.col("quantity") != "day")["drifted"].mean()
    assert measures(server)["drift_share", ponds] == share
    assert measures(server)["drifted", ponds] == rows.filter(quantity="day")["drifted"].any()
    site.warehouse.replace(table, table.empty(), days[-1], days[-1] + timedelta(days=1))
    wait_until(lambda: told_day() == days[-2])
    drift_days(site, copy.fleet, copy.span)
    wait_until(lambda: told_day() == days[-1])


def test_the_documents_examples_are_answered(server: Server) -> None:
    document = server.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path in ("/detect", "/detect/batch"):
        content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        answer = server.client.post(path, json=content["example"])
        assert answer.status_code == 200, answer.text
    known = document["components"]["schemas"]["Detect"]["properties"]
    assert known["sensor_id"]["enum"] == ["unit_01", "unit_02", "unit_03"]
    assert known["window"]["items"]["minItems"] == known["window"]["items"]["maxItems"] == 2
    assert "calibrated" in document["components"]["schemas"]["Detected"]["properties"]["confidence"]["description"]


def test_the_example_holds_the_recordings_own_readings(server: Server, live: Live, body: Body) -> None:
    answer = server.detect(body).json()
    assert answer["is_anomaly"] and len(body["window"]) == live.rows
    assert told(server.detect(varied(body, 5)).json()) != told(answer)


def test_the_page_needs_nothing_from_elsewhere(server: Server) -> None:
    for path in ("/docs", "/"):
        page = server.client.get(path)
        assert page.status_code == 200 and "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert not re.search(r"<script|https?://|src=|@import|url\(", page.text)
        for told_of in ("POST", "/detect/batch", "/incidents/{incident_id}/acknowledge", "oxygen, temperature", "422"):
            assert told_of in page.text


@pytest.mark.parametrize("path", ["/health", "/ready", "/models", "/metrics", "/incidents", "/openapi.json", "/docs"])
def test_looking_needs_no_body_and_changes_nothing(server: Server, path: str) -> None:
    first = server.client.get(path)
    assert first.status_code == 200
    if path not in ("/metrics",):
        assert server.client.get(path).content == first.content
