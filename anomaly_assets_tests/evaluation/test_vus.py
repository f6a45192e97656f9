"""VUS-PR against cases worked out by hand and against a slow evaluation of the published definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.errors import EvaluationError
from anomaly_assets.evaluation import auc_pr, vus_pr

ROOT_HALF = np.sqrt(0.5)


def runs(labels: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], labels.astype(int), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def published(labels: np.ndarray, scores: np.ndarray, buffer: int, thresholds: int) -> float:
    """Window by window, threshold by threshold, as PVLDB 15(11) and TSB-AD define it; one unit."""
    areas = []
    for width in range(buffer + 1):
        half, soft = width // 2, labels.astype(float)
        for first, last in runs(labels):
            for row in range(len(labels)):
                distance = max(first - row, row - last)
                if 0 < distance <= half:
                    soft[row] = min(1.0, soft[row] + np.sqrt(1 - distance / width))
        joined = [list(runs(labels)[0])]
        for first, last in runs(labels)[1:]:
            if joined[-1][1] + half < first - half:
                joined.append([first, last])
            else:
                joined[-1][1] = last
        area, before = 0.0, 0.0
        for rank in np.linspace(0, len(scores) - 1, thresholds).astype(int):
            flagged = scores >= np.sort(scores)[::-1][rank]
            hits = soft[flagged].sum()
            positives = (labels.sum() + labels.sum() + soft[flagged & ~labels].sum()) / 2
            touched = [flagged[max(a - half, 0) : b + half + 1].any() for a, b in joined]
            recall = min(hits / positives, 1) * np.mean(touched)
            area, before = area + (recall - before) * hits / flagged.sum(), recall
        areas.append(area)
    return float(np.mean(areas))


CASES = st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=1, max_size=40)


@settings(max_examples=60)
@given(CASES, st.integers(0, 12), st.integers(2, 30))
def test_it_agrees_with_the_published_definition(cases, buffer, thresholds):
    labels, scores = np.array([c[0] for c in cases]), np.array([float(c[1]) for c in cases])
    found = vus_pr(labels, scores, buffer=buffer, thresholds=thresholds)
    assert (found is None) == (not labels.any())
    assert found is None or found == pytest.approx(published(labels, scores, buffer, thresholds), abs=1e-12)


def test_a_peak_inside_the_event_is_perfect_at_every_width():
    assert vus_pr([0, 0, 1, 0, 0], [0.1, 0.2, 0.9, 0.3, 0.0], buffer=2) == pytest.approx(1.0)


def test_a_peak_one_window_late_earns_part_of_it_by_hand():
    """Widths 0 and 1 reach nothing beside the event: first right window second, 1/2. Width 2 gives the late window
    sqrt(1/2): first step recall r = .7071 / (1 + .7071 / 2) at precision .7071, second one 1 - r at 1.7071 / 2."""
    first = ROOT_HALF / (1 + ROOT_HALF / 2)
    wide = first * ROOT_HALF + (1 - first) * (1 + ROOT_HALF) / 2
    found = vus_pr([0, 0, 1, 0, 0], [0.0, 0.1, 0.2, 0.9, 0.05], buffer=2)
    assert found == pytest.approx((0.5 + 0.5 + wide) / 3)
    assert found == pytest.approx(0.592350, abs=1e-6)


def test_one_of_two_events_counts_a_quarter_until_the_other_is_touched_by_hand():
    """Half of the windows times half of the events at precision 1, the rest with the last window at precision 2/5."""
    labels, scores = [1, 0, 0, 0, 1], [0.9, 0.5, 0.4, 0.3, 0.1]
    assert vus_pr(labels, scores, buffer=0) == pytest.approx(0.25 * 1 + 0.75 * 2 / 5)
    assert auc_pr(labels, scores) == pytest.approx(0.5 * 1 + 0.5 * 2 / 5)


def test_a_window_between_two_events_belongs_to_both_fully_by_hand():
    """Width 2: two ramps of .7071 meet in the middle, so it counts 1 and joins the events; recall 1 / (2 + 1 / 2)."""
    wide = 1 / 2.5 * 1 + (2 / 2.5 - 1 / 2.5) * 1 + (1 - 2 / 2.5) * 1
    narrow = 0.25 * 1 / 2 + 0.75 * 2 / 3
    assert vus_pr([1, 0, 1], [0.5, 0.9, 0.1], buffer=2) == pytest.approx((2 * narrow + wide) / 3)


def test_buffers_never_cross_units():
    labels, scores = [1, 1, 0, 0], [0.1, 0.2, 0.9, 0.8]
    apart = vus_pr(labels, scores, buffer=4, units=["a", "a", "b", "b"])
    assert apart == pytest.approx(vus_pr(labels, scores, buffer=0))
    assert vus_pr(labels, scores, buffer=4) > apart


@given(CASES, st.integers(0, 9), st.integers(0, 9))
def test_units_may_stand_in_any_order(cases, buffer, cut):
    labels, scores = np.array(cases, dtype=float).T
    units = np.arange(len(cases)) >= cut
    swapped = np.argsort(~units, kind="stable")
    turned = vus_pr(labels[swapped], scores[swapped], buffer=buffer, units=units[swapped])
    assert turned == pytest.approx(vus_pr(labels, scores, buffer=buffer, units=units))


def test_few_widths_are_a_good_sample_of_all():
    draw = np.random.default_rng(3)
    labels = np.repeat(draw.random(100) < 0.1, 20)
    scores = draw.normal(size=2000) + np.roll(labels, 7)
    every = vus_pr(labels, scores, buffer=60, widths=61)
    assert vus_pr(labels, scores, buffer=60) == pytest.approx(every, abs=0.01)


def test_random_scores_earn_little_and_a_late_peak_more_than_average_precision_gives():
    draw = np.random.default_rng(0)
    labels = np.repeat(draw.random(500) < 0.05, 10)
    assert vus_pr(labels, draw.random(5000), buffer=4) < 0.1
    late = np.roll(labels, 2) + draw.random(5000) / 10
    assert vus_pr(labels, late, buffer=10) > auc_pr(labels, late) + 0.02


def test_events_rarer_than_a_step_of_thresholds_need_more_thresholds():
    labels = np.arange(5000) == 2500
    almost = labels + (np.arange(5000) == 100) * 2.0
    assert vus_pr(labels, almost, buffer=0) < 0.1
    assert vus_pr(labels, almost, buffer=0, thresholds=5000) == pytest.approx(0.5)


@pytest.mark.parametrize(("labels", "expected"), [([], None), ([0, 0, 0], None), ([1, 1, 1], 1.0), ([1], 1.0)])
def test_one_sided_labels_have_a_defined_answer(labels, expected):
    assert vus_pr(labels, np.arange(len(labels)), buffer=3) == expected


def test_a_constant_score_earns_about_the_prevalence():
    assert vus_pr(np.arange(100) < 10, np.zeros(100), buffer=0) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("scores", "buffer", "wrong"), [([1.0], 1, "length"), ([1.0, np.nan], 1, "ranked"), ([1.0, 2.0], -1, "negative")]
)
def test_what_cannot_be_measured_is_refused(scores, buffer, wrong):
    with pytest.raises(EvaluationError, match=wrong):
        vus_pr([0, 1], scores, buffer=buffer)
