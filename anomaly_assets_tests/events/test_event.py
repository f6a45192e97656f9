"""An event that no database could keep is refused where it is made, in a sentence."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from anomaly_assets.errors import EventRefusedError

from .conftest import event

WRONG = [
    ("sensor_id", "x" * 65, "sensor_id is too long: 65 characters"),
    ("sensor_id", "", "sensor_id is no text"),
    ("sensor_id", 7, "sensor_id is no text"),
    ("sensor_id", "pond\0 1", "sensor_id holds what is no character"),
    ("sensor_id", "pond \ud83d", "sensor_id holds what is no character"),
    ("fleet", "f" * 65, "fleet is too long"),
    ("model_version", "v" * 129, "model_version is too long"),
    ("detected_at", datetime(2025, 3, 1), "detected_at is no moment with a time zone"),
    ("detected_at", "2025-03-01T00:00:00Z", "detected_at is no moment with a time zone"),
    ("detected_at", datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))), "detected_at is outside the calendar"),
    ("anomaly_score", float("nan"), "anomaly_score is no finite number"),
    ("anomaly_score", float("inf"), "anomaly_score is no finite number"),
    ("anomaly_score", None, "anomaly_score is no finite number"),
    ("anomaly_score", "0.5", "anomaly_score is no finite number"),
    ("anomaly_score", 10**400, "anomaly_score is no finite number"),
    ("confidence", 1.01, "confidence is no finite number from 0 to 1"),
    ("confidence", float("nan"), "confidence is no finite number from 0 to 1"),
    ("is_anomaly", 1, "is_anomaly is neither yes nor no"),
]


@pytest.mark.parametrize(("attribute", "value", "sentence"), WRONG)
def test_what_no_database_keeps_is_refused_by_name(attribute: str, value: Any, sentence: str) -> None:
    with pytest.raises(EventRefusedError) as refused:
        event(**{attribute: value})
    assert sentence in str(refused.value)
    assert len(str(refused.value)) < 300


def test_the_longest_that_fit_are_kept_as_they_are() -> None:
    made = event(fleet="f" * 64, sensor_id="ü" * 64, model_version="v" * 128)
    assert (len(made.fleet), len(made.sensor_id), len(made.model_version)) == (64, 64, 128)


def test_a_moment_becomes_utc_and_a_number_pythons_own() -> None:
    made = event(
        detected_at=datetime(2025, 3, 1, 9, tzinfo=timezone(timedelta(hours=9))), anomaly_score=np.float32(0.5)
    )
    assert made.detected_at.isoformat() == datetime(2025, 3, 1, tzinfo=UTC).isoformat()
    assert type(made.anomaly_score) is float
