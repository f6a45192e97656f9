from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from anomaly_assets.config import Platform
from anomaly_assets.orchestration import TRAILING_TAG, build_defs
from anomaly_assets_tests.conftest import small_fleet

Tick = Callable[..., Any]


@pytest.fixture
def tick(tmp_path: Any) -> Tick:
    platform = Platform(home=tmp_path, configs=tmp_path, tracking_uri="sqlite://", warehouse=tmp_path / "w.duckdb")

    def evaluate(name: str, at: datetime, **fleet: Any) -> Any:
        defs = build_defs({"small": small_fleet(**fleet)}, platform)
        context = dg.build_schedule_context(scheduled_execution_time=at, repository_def=defs.get_repository_def())
        return defs.resolve_schedule_def(f"small_{name}").evaluate_tick(context)

    return evaluate


class TestDailyScoring:
    def test_asks_for_the_day_before_the_tick(self, tick: Tick) -> None:
        found = tick("daily_scoring", datetime(2024, 3, 1, 1, 30, tzinfo=UTC), start="2024-01-01")
        assert [request.partition_key for request in found.run_requests] == ["2024-02-29"]

    def test_asks_for_a_day_once(self, tick: Tick) -> None:
        at = datetime(2024, 3, 1, 1, 30, tzinfo=UTC)
        keys = {
            tick("daily_scoring", at + later, start="2024-01-01").run_requests[0].run_key
            for later in (timedelta(0), timedelta(minutes=1), timedelta(days=1))
        }
        assert keys == {"small:daily:2024-02-29", "small:daily:2024-03-01"}

    def test_skips_a_recording_that_has_ended(self, tick: Tick) -> None:
        ended = {"start": "2024-01-01", "end": "2024-02-01"}
        found = tick("daily_scoring", datetime(2024, 3, 1, 1, 30, tzinfo=UTC), **ended)
        assert not found.run_requests
        assert "its recording has ended" in found.skip_message

    def test_scores_its_last_day_still(self, tick: Tick) -> None:
        ended = {"start": "2024-01-01", "end": "2024-02-01"}
        found = tick("daily_scoring", datetime(2024, 2, 1, 1, 30, tzinfo=UTC), **ended)
        assert [request.partition_key for request in found.run_requests] == ["2024-01-31"]


def test_regular_retraining_learns_from_the_latest_days(tick: Tick) -> None:
    found = tick("regular_retraining", datetime(2024, 4, 1, 4, tzinfo=UTC), start="2024-01-01")
    assert [request.tags[TRAILING_TAG] for request in found.run_requests] == ["trailing"]
