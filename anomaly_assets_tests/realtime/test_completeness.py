"""A window is scored once its unit has spoken after it, or has been silent for long enough, and not before."""

from dataclasses import replace

import pytest

from anomaly_assets.config import RealtimeConfig
from anomaly_assets.realtime.completeness import Completeness, Now, end_of_day
from anomaly_assets.realtime.journal import Unit
from anomaly_assets_tests.conftest import small_fleet

HOUR = 3_600_000_000
MINUTE = HOUR // 60
NOON = 12 * HOUR
COMPLETE = Completeness(stride=HOUR, lateness=0, idle=60.0, carried=0)
NOW = Now(wall=NOON + 100 * HOUR, silent_since=0.0, clock=1000.0)


def unit(latest: int, heard_at: float = 1000.0) -> Unit:
    return Unit(first=0, latest=latest, heard_at=heard_at)


def test_it_is_taken_from_the_fleet_s_file() -> None:
    fleet = small_fleet(
        features={"every": "5m"}, cleaning={"impute_up_to": "3m"}, realtime={"topic": "x/{unit}", "lateness": "2m"}
    )
    assert isinstance(fleet.realtime, RealtimeConfig)
    assert Completeness.of(fleet, fleet.realtime) == Completeness(5 * MINUTE, 2 * MINUTE, 900.0, 3 * MINUTE)


@pytest.mark.parametrize(
    ("latest", "until"),
    [(NOON - 1, NOON - HOUR), (NOON, NOON), (NOON + HOUR - 1, NOON), (NOON + HOUR, NOON + HOUR)],
)
def test_a_reading_after_its_end_completes_a_window(latest: int, until: int) -> None:
    assert COMPLETE.until(unit(latest), NOW) == until


def test_stragglers_are_waited_for() -> None:
    patient = replace(COMPLETE, lateness=10 * MINUTE)
    assert patient.until(unit(NOON + 10 * MINUTE - 1), NOW) == NOON - HOUR
    assert patient.until(unit(NOON + 10 * MINUTE), NOW) == NOON


def test_a_silent_unit_s_window_is_taken_as_it_is() -> None:
    assert COMPLETE.until(unit(NOON + 1, heard_at=940.1), NOW) == NOON
    assert COMPLETE.until(unit(NOON + 1, heard_at=940.0), NOW) == NOON + HOUR


def test_while_nothing_can_be_heard_nobody_is_silent() -> None:
    assert COMPLETE.until(unit(NOON + 1, heard_at=0.0), replace(NOW, silent_since=990.0)) == NOON


def test_a_window_that_still_lasts_is_waited_for() -> None:
    still = replace(NOW, wall=NOON + 30 * MINUTE)
    assert COMPLETE.until(unit(NOON + 1, heard_at=0.0), still) == NOON
    assert COMPLETE.until(unit(NOON + 1, heard_at=0.0), replace(still, wall=NOON + HOUR)) == NOON + HOUR


def test_without_a_bound_silence_is_waited_out() -> None:
    assert replace(COMPLETE, idle=None).until(unit(NOON + 1, heard_at=-1e9), NOW) == NOON


def test_a_reading_stands_for_those_after_it_as_long_as_it_is_carried() -> None:
    carried = replace(COMPLETE, carried=2 * HOUR)
    assert carried.until(unit(NOON + 1, heard_at=0.0), NOW) == NOON + 3 * HOUR


def test_what_is_over_is_over_and_goes_no_further_than_its_day() -> None:
    over = replace(NOW, over_at=end_of_day(NOON))
    assert COMPLETE.until(unit(NOON + 1), over) == NOON + HOUR
    carried = replace(COMPLETE, carried=50 * HOUR)
    assert carried.until(unit(NOON + 1), over) == 24 * HOUR == end_of_day(NOON)
