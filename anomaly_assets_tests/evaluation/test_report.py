"""One detector measured: numbers agree with the measures they are made of, and intervals with what blocks say."""

import json
import math
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from anomaly_assets.errors import EvaluationError
from anomaly_assets.evaluation import (
    Measurement,
    auc_pr,
    confusion,
    daily_alarms,
    event_metrics,
    label_windows,
    lead_summary,
    lead_times,
    measure,
    prevalence,
    roc_auc,
    vus_pr,
)

from .windows import HOUR, failing, labels, noisy_fleet, scored

SETTINGS = {"merge_gap": HOUR, "buffer": 4}
FLAT = (
    "vus_pr auc_pr prevalence roc_auc f1 precision recall far mar event_recall event_precision false_alarms_per_day "
    "detection_delay_median_s lead_time_median_s lead_time_p10_s alarm_budget_ratio windows events intervals"
)


@pytest.fixture(scope="module")
def fleet() -> tuple[pl.DataFrame, pl.DataFrame]:
    return noisy_fleet(8, 200)


def test_every_number_is_the_one_of_its_own_measure(fleet):
    windows, known = fleet
    found = measure(windows, known, budget_per_unit_day=0.5, resamples=0, **SETTINGS)
    label = label_windows(windows, known)
    points, events = confusion(label, windows["is_anomaly"]), event_metrics(windows, known, HOUR)
    leads = lead_summary(lead_times(windows, known))
    normal = windows.filter(~label)
    expected = {
        "vus_pr": vus_pr(label, windows["score"], buffer=4, units=windows["unit_id"]),
        "auc_pr": auc_pr(label, windows["score"]),
        "prevalence": prevalence(label),
        "roc_auc": roc_auc(label, windows["score"]),
        "f1": points.f_beta(),
        "precision": points.precision,
        "recall": points.recall,
        "far": points.far,
        "mar": points.mar,
        "event_recall": events.event_recall,
        "event_precision": events.event_precision,
        "false_alarms_per_day": events.false_alarms_per_unit_day,
        "detection_delay_median_s": events.median_delay.total_seconds(),
        "lead_time_median_s": leads.median.total_seconds(),
        "lead_time_p10_s": leads.p10.total_seconds(),
        "alarm_budget_ratio": daily_alarms(normal, HOUR) / (0.5 * normal.height / 24),
        "windows": windows.height,
        "events": events.events,
    }
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected)


def test_it_is_written_as_flat_json_with_every_promised_key(fleet):
    written = json.loads(json.dumps(measure(*fleet, budget_per_unit_day=1, resamples=50, **SETTINGS).to_json()))
    assert set(FLAT.split()) <= set(written)
    assert all(low <= high for low, high in written["intervals"].values())


def test_neither_order_nor_other_columns_matter_and_the_seed_does(fleet):
    windows, known = fleet
    first = measure(windows, known, resamples=50, **SETTINGS)
    mixed = windows.sample(fraction=1, shuffle=True, seed=1).with_columns(other=pl.lit("x"))
    assert measure(mixed, known, resamples=50, **SETTINGS) == first
    assert measure(windows, known, resamples=50, seed=1, **SETTINGS).intervals != first.intervals


def test_estimates_lie_in_their_intervals_and_more_units_make_them_narrower(fleet):
    few, many = (measure(*noisy_fleet(units, 200), **SETTINGS) for units in (6, 60))
    for name in ("vus_pr", "auc_pr", "roc_auc", "recall", "precision", "f1", "far"):
        low, high = few.intervals[name]
        assert low <= getattr(few, name) <= high, name
        assert np.diff(many.intervals[name]) < high - low, name


def test_intervals_of_recall_cover_the_truth_about_as_often_as_they_say():
    """A window of an event is normal with mean 1.5 and the threshold is 2: the true recall is P(z > 0.5)."""
    truth = (1 - math.erf(0.5 / math.sqrt(2))) / 2
    intervals = [
        measure(*noisy_fleet(12, 40, seed=seed), resamples=100, confidence=0.9, widths=1, **SETTINGS).intervals[
            "recall"
        ]
        for seed in range(40)
    ]
    assert 0.75 <= np.mean([low <= truth <= high for low, high in intervals]) <= 1


def test_one_long_unit_is_cut_into_stretches_for_its_intervals():
    windows, known = noisy_fleet(1, 2000)
    found = measure(windows, known, **SETTINGS)
    assert found.blocks == 20
    assert found.intervals["recall"] is not None
    assert found.intervals["far"][0] < found.far < found.intervals["far"][1]


def test_finding_every_one_of_few_events_is_no_certainty():
    found = measure(scored(("." * 9 + "x") * 4), labels(*[(at, at + 1) for at in (9, 19, 29, 39)]), **SETTINGS)
    assert found.event_recall == 1.0
    assert found.intervals["event_recall"][0] == pytest.approx(0.51, abs=0.01)


def test_one_event_gives_no_interval_to_what_needs_events():
    found = measure(scored("." * 50 + "x" + "." * 49), labels((48, 52)), **SETTINGS)
    assert found.intervals["recall"] is None
    assert found.intervals["vus_pr"] is None
    assert found.intervals["far"] == (0.0, 0.0)


def test_random_scores_earn_one_half_and_the_prevalence():
    windows, known = noisy_fleet(20, 300, lift=0.0)
    found = measure(windows, known, **SETTINGS)
    assert found.roc_auc == pytest.approx(0.5, abs=0.04)
    assert found.auc_pr == pytest.approx(found.prevalence, abs=0.03)
    low, high = found.intervals["roc_auc"]
    assert low < 0.5 < high


NOTHING = dict.fromkeys(FLAT.split()[:16])


@pytest.mark.parametrize(
    ("flags", "spans", "expected"),
    [
        ("", [], {"windows": 0, "events": 0}),
        ("...", [], {"windows": 3, "events": 0, "prevalence": 0.0, "far": 0.0, "false_alarms_per_day": 0.0}),
        (
            "xx",
            [(0, 2)],
            {"windows": 2, "events": 1, "detection_delay_median_s": 3600.0, "mar": 0.0}
            | dict.fromkeys(
                ("vus_pr", "auc_pr", "prevalence", "f1", "precision", "recall", "event_recall", "event_precision"), 1.0
            ),
        ),
    ],
)
def test_all_normal_all_anomalous_and_nothing_scored_have_defined_answers(flags, spans, expected):
    found = measure(scored(flags), labels(*spans), resamples=20, **SETTINGS).to_json()
    assert {name: found[name] for name in NOTHING | expected} == NOTHING | expected
    json.dumps(found)


def test_missing_rows_make_no_alarm_and_no_event():
    whole = measure(scored("..xx....x..."), labels((2, 4)), **SETTINGS)
    holes = measure(scored("..xx..  x..."), labels((2, 4), (6, 8)), **SETTINGS)
    assert (whole.events, holes.events) == (1, 1)
    assert holes.event_recall == whole.event_recall == 1.0
    assert holes.windows == 10


def test_leads_come_from_known_failures_alone():
    assert measure(scored("..x..."), labels((1, 4)), **SETTINGS).lead_time_median_s is None
    assert measure(scored("..x..."), failing((1, 6, 6)), **SETTINGS).lead_time_median_s == 3 * 3600


def test_blocks_may_be_something_else_than_units():
    windows, known = noisy_fleet(10, 60)
    sites = windows.with_columns(site=pl.col("unit_id").str.slice(2).cast(pl.Int64) // 2)
    assert measure(sites, known, block="site", resamples=20, **SETTINGS).blocks == 5


@pytest.mark.parametrize(
    ("broken", "wrong"),
    [
        (scored("..").drop("score"), "no column score"),
        (scored("..", scores=[math.nan, 1.0]), "not finite"),
        (scored("..").with_columns(score=pl.lit(None, pl.Float64)), "2 not finite"),
    ],
)
def test_what_cannot_be_measured_is_refused(broken, wrong):
    with pytest.raises(EvaluationError, match=wrong):
        measure(broken, labels(), **SETTINGS)


def test_a_measurement_is_frozen(fleet):
    found = measure(*fleet, resamples=0, merge_gap=timedelta(0), buffer=0)
    assert isinstance(found, Measurement)
    assert found.intervals == {}
    with pytest.raises(AttributeError):
        found.f1 = 1.0
