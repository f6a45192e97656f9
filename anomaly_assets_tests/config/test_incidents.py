"""What a fleet's file may say about incidents."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from anomaly_assets.config import load_fleet

from ..conftest import small_fleet

SHIPPED = Path(__file__).parents[2] / "configs" / "fleets"

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
        {"recurs_within": "3d", "longest": "2d"},
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


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_incident_of_a_shipped_fleet_lasts_as_long_as_what_may_happen_to_it(path: Path) -> None:
    fleet = load_fleet(path)
    assert fleet.incidents.longest >= max(fault.duration for fault in fleet.simulation.faults)


def test_what_is_commented_out_in_a_shipped_file_is_right() -> None:
    lines = (SHIPPED / "aquaculture.yaml").read_text().splitlines()
    first = lines.index("incidents:")
    last = next(place for place in range(first, len(lines)) if not lines[place])
    told = "\n".join(re.sub("^  # ", "  ", line) for line in lines[first:last])
    rules = small_fleet(sensors={"oxygen": {}}, **yaml.safe_load(told)).incidents
    assert rules.sensors["oxygen"].side == "below" and rules.maintenance[0].note == "pumps are serviced"
    plain = small_fleet().incidents
    assert {name for name in type(plain).model_fields if getattr(rules, name) != getattr(plain, name)} == {
        "recurs_within",
        "hold_off",
        "warm_up",
        "sensors",
        "maintenance",
    }
