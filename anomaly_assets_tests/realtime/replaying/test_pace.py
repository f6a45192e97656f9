"""A recording's clock: nothing comes before its time, and an end does not wait for it."""

from datetime import UTC, datetime, timedelta

import pytest

from anomaly_assets.realtime.replaying import Pace

START = datetime(2024, 3, 1, tzinfo=UTC)


def test_as_fast_as_possible_waits_for_nothing() -> None:
    assert Pace(None).left(START + timedelta(days=1000)) == 0.0


def test_time_runs_so_many_times_faster() -> None:
    pace = Pace(60.0)
    assert pace.left(START) == 0.0, "the first one comes at once"
    assert pace.left(START + timedelta(hours=1)) == pytest.approx(60.0, abs=1.0)
    assert pace.left(START - timedelta(hours=1)) == 0.0, "what comes late is due"


def test_an_end_is_not_waited_for() -> None:
    pace = Pace(0.001)
    pace.left(START)
    pace.wait(START + timedelta(days=1), lambda: True)
