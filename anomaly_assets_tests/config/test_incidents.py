"""What a fleet's file may say about incidents."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from ..conftest import small_fleet

MAY = {"start": "2024-05-01T08:00:00+02:00", "end": "2024-05-01T10:00:00+02:00"}


def test_alarms_merge_as_the_threshold_counts_them_unless_incidents_say_otherwise() -> None:
    threshold = {"merge_gap": "2h"}
    assert small_fleet(threshold=threshold).incident_bridge == timedelta(hours=2)
    assert small_fleet(threshold=threshold, incidents={"merge_gap": "3h"}).incident_bridge == timedelta(hours=3)


def test_persistence_bridges_what_it_may_leave_out() -> None:
    assert small_fleet(incidents={"alarms": 2, "of": 182}).incident_bridge == timedelta(hours=3)


def test_maintenance_is_kept_in_utc() -> None:
    work = small_fleet(incidents={"maintenance": [MAY]}).incidents.maintenance[0]
    assert work.start == datetime(2024, 5, 1, 6, tzinfo=UTC) and work.start.tzinfo is UTC


@pytest.mark.parametrize(
    "wrong",
    [
        {"alarms": 3, "of": 2},
        {"sensors": {"nobody": {"side": "above"}}},
        {"sensors": {"a": {"range": [2, 1]}}},
        {"maintenance": [MAY | {"end": MAY["start"]}]},
        {"maintenance": [MAY | {"start": "2024-05-01T08:00:00"}]},
        {"clear": 0},
        {"fleet_units": 1},
    ],
)
def test_a_rule_that_nothing_could_mean_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        small_fleet(incidents=wrong)
