"""Outliers and stuck values: flagged, removed or ignored, and only ever by the past."""

import pytest

from anomaly_assets.contracts import QUALITY

from ..conftest import small_fleet
from .readings import bits, clean_minutes, fleet_with, raw, said


def noise(size: int) -> list[tuple[float, float]]:
    """Restless but bounded: never further than three deviations from its past."""
    return [(m, 8 + 0.3 * (-1) ** m) for m in range(size)]


def spiked(at_minute: int, size: int = 60) -> list[tuple[float, float]]:
    rows = noise(size)
    rows[at_minute] = (at_minute, 50.0)
    return rows


def test_a_spike_is_flagged_and_stays_by_default():
    result = clean_minutes(raw(spiked(40)), fleet_with("flag"))
    assert said(result)[40] == 50.0
    assert bits(result)[40] & QUALITY["outlier"]
    assert result.quarantine.height == 0


def test_a_spike_is_quarantined_when_outliers_are_removed():
    result = clean_minutes(raw(spiked(40)), fleet_with("remove"))
    assert 40 not in said(result)
    assert result.quarantine.filter(rule="outlier")["found"].to_list() == ["50.0"]
    assert result.counts["outlier_removed"] == 1 == result.counts["fully_quarantined"]


def test_without_a_judgement_nothing_is_flagged():
    assert clean_minutes(raw(spiked(40)), fleet_with()).counts["outlier_flagged"] == 0


def test_the_spike_itself_is_no_part_of_its_own_scale():
    """Among n readings with the spike inside, no reading is further than sqrt(n) sample deviations from the mean."""
    result = clean_minutes(raw(spiked(5)), fleet_with("flag"))
    assert bits(result)[5] & QUALITY["outlier"]


def test_a_spike_that_left_the_window_leaves_no_trace():
    quiet, loud = raw(noise(120)), raw([(m, 99.0 if m == 40 else v) for m, v in noise(120)])
    verdicts = [bits(clean_minutes(frame, fleet_with("flag"))) for frame in (quiet, loud)]
    later = [{m: bit for m, bit in verdict.items() if m > 70} for verdict in verdicts]
    assert later[0] == later[1]
    assert verdicts[0] != verdicts[1]


def test_a_young_recording_gets_no_verdict():
    assert clean_minutes(raw([(0, 1.0), (1, 1.1), (2, 90.0)]), fleet_with("flag")).counts["outlier_flagged"] == 0


def test_a_run_is_stuck_only_after_it_has_lasted():
    rows = [(m, 5.0 if 10 <= m < 30 else float(m)) for m in range(40)]
    result = clean_minutes(raw(rows), fleet_with(stuck="flag"))
    stuck = [m for m, bit in bits(result).items() if bit & QUALITY["stuck"]]
    assert stuck == list(range(16, 30))
    assert result.counts["stuck_flagged"] == 14


def test_stuck_values_can_be_removed():
    result = clean_minutes(raw([(m, 5.0) for m in range(10)]), fleet_with(stuck="remove"))
    assert list(said(result)) == [0, 1, 2, 3, 4, 5]
    assert result.quarantine["rule"].to_list() == ["stuck"] * 4


def test_a_gap_ends_a_run():
    rows = [(m, 5.0) for m in (0, 1, 2, 3, 20, 21, 22, 23)]
    assert clean_minutes(raw(rows), fleet_with(stuck="flag")).counts["stuck_flagged"] == 0


@pytest.mark.parametrize(("tolerance", "flagged"), [(0.0, 0), (0.05, 0), (0.25, 24)])
def test_tolerance_bounds_the_whole_run_so_that_slow_drift_is_not_stuck(tolerance, flagged):
    rows = [(m, 0.04 * m) for m in range(30)]
    cleaning = {"stuck": {"longer_than": "5m", "tolerance": tolerance}, "outliers": {"action": "ignore"}}
    assert clean_minutes(raw(rows), small_fleet(cleaning=cleaning)).counts["stuck_flagged"] == flagged


def test_a_reading_wrong_twice_is_taken_out_once():
    rows = [*noise(20), *[(m, 50.0) for m in range(20, 40)]]
    result = clean_minutes(raw(rows), fleet_with("remove", "remove"))
    assert result.quarantine.select("time", "sensor").is_unique().all()


def test_settings_may_rest_and_jump():
    fleet = small_fleet(
        sensors={"a": {"role": "setting"}, "b": {}},
        cleaning={"stuck": {"longer_than": "5m"}, "outliers": {"window": "30m", "min_readings": 3}},
    )
    counts = clean_minutes(raw([(m, 0.0 if m < 30 else 60.0) for m in range(60)]), fleet).counts
    assert counts["stuck_flagged"] == counts["outlier_flagged"] == 0
