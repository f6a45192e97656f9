"""A window fits the fleet, or it is told what does not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from anomaly_assets.config import ServingConfig
from anomaly_assets.pipelines.live import Live
from anomaly_assets.serving.asking import Form
from anomaly_assets.serving.instants import instant_of
from anomaly_assets.serving.refusals import Refusal
from anomaly_assets.serving.schemas import Detect

STEP = timedelta(minutes=20)


@pytest.fixture(scope="module")
def form(live: Live) -> Form:
    return Form(live, ServingConfig(most_rows=300))


def asked(form: Form, body: dict[str, Any], **changes: Any) -> Any:
    return form.understood(Detect.model_validate(body | changes))


def refused(form: Form, body: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(Refusal) as found:
        asked(form, body, **changes)
    assert found.value.status == 422
    return str(found.value.told)


def test_rows_end_at_the_grid_step_of_the_timestamp(form: Form, body: dict[str, Any]) -> None:
    rows = len(body["window"])
    for minutes in (0, 7, 19):
        last = datetime(2024, 3, 16, 20, 40, tzinfo=UTC)
        ask = asked(form, body, timestamp=(last + timedelta(minutes=minutes, seconds=59)).isoformat()).ask
        told = [datetime.fromtimestamp(time / 1e6, UTC) for time in ask.times]
        assert told == [last - (rows - 1 - row) * STEP for row in range(rows)]
        assert datetime.fromtimestamp(ask.until / 1e6, UTC) == last + STEP


def test_null_is_no_reading(form: Form, body: dict[str, Any]) -> None:
    ask = asked(form, body, window=[[None, 1.0], [2.0, None]] * 60).ask
    assert np.isnan(ask.readings).tolist() == [[True, False], [False, True]] * 60


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"window": [[1.0, 2.0]] * 9}, ["too few rows", "9 rows", "300 rows", "null"]),
        ({"window": [[1.0, 2.0]] * 301}, ["too many rows", "301 rows"]),
        ({"window": []}, ["too few rows", "0 rows"]),
        ({"window": [[1.0, 2.0]] * 199 + [[1.0]]}, ["window[199]", "1 readings", "2: oxygen, temperature"]),
        ({"window": [[]] * 200}, ["window[0]", "0 readings"]),
        ({"sensor_id": "unit_1"}, ["no unit 'unit_1'", "perhaps unit_01", "GET /models"]),
        ({"sensor_id": "z"}, ["one of 3 units: unit_01, unit_02, unit_03"]),
        ({"timestamp": "2024-03-16T20:40:00"}, ["no time zone", "2024-03-16T20:40:00Z"]),
        ({"timestamp": "1024-03-16T20:40:00Z"}, ["beyond what is taken for possible", "1900-01-01T00:00:00Z"]),
        ({"timestamp": "9999-12-31T23:59:59-23:59"}, ["beyond what is taken for possible"]),
        ({"timestamp": "0001-01-01T00:00:00+23:59"}, ["beyond what is taken for possible"]),
        ({"times": ["2024-03-16T20:40:00Z"]}, ["not of one length"]),
    ],
)
def test_what_does_not_fit_is_told(form: Form, body: dict[str, Any], changes: dict[str, Any], told: list[str]) -> None:
    sentence = refused(form, body, **changes)
    assert all(part in sentence for part in told), sentence


def test_instants_of_rows_never_go_back_nor_beyond_the_timestamp(form: Form, body: dict[str, Any]) -> None:
    last, rows = datetime(2024, 3, 16, 20, 40, tzinfo=UTC), len(body["window"])
    good = [last - (rows - 1 - row) * STEP for row in range(rows)]

    def times(*moments: datetime) -> dict[str, Any]:
        return {"times": [moment.isoformat() for moment in moments], "timestamp": "2024-03-16T20:40:30Z"}

    assert asked(form, body, **times(*good)).ask.times[-1] == last.timestamp() * 1e6
    assert "times go back" in refused(form, body, **times(*good[1::-1], *good[2:]))
    assert "times go on after timestamp" in refused(form, body, **times(*good[:-1], last + STEP))
    short = [last - timedelta(seconds=rows - row) for row in range(rows)]
    assert "don't go back far enough" in refused(form, body, **times(*short))


@pytest.mark.parametrize(
    "text",
    ["2024-01-15T09:23:11Z", "2024-01-15t10:23:11+01:00", "2024-01-15 09:23:11.000+0000", "2024-01-15T09:23:11,0Z"],
)
def test_an_instant_may_be_written_in_many_ways(text: str) -> None:
    assert instant_of(text, "timestamp") == datetime(2024, 1, 15, 9, 23, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "1705310591",
        "2024-01-15",
        "2024-02-30T00:00:00Z",
        "2024-W03-1T00:00Z",
        "12024-01-15T09:23:11Z",
        "2024-01-15T24:00:01Z",
        "2024-01-15T09:23:60Z",
        "2024-01-15T09:23:11+99:99",
        "٢٠٢٤-01-15T09:23:11Z",
    ],
)
def test_anything_else_is_no_instant(text: str) -> None:
    with pytest.raises(Refusal, match="timestamp is no instant"):
        instant_of(text, "timestamp")
