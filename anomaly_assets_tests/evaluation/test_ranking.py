"""Ranking measures against scikit-learn, and where scikit-learn has no answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from anomaly_assets.evaluation import auc_pr, prevalence, roc_auc

CASES = st.lists(st.tuples(st.booleans(), st.integers(-3, 12)), min_size=2, max_size=60)


@given(CASES)
def test_both_measures_agree_with_scikit_learn_ties_and_all(cases):
    labels, scores = np.array(cases, dtype=float).T
    if labels.any():
        assert auc_pr(labels, scores) == pytest.approx(average_precision_score(labels, scores), abs=1e-12)
    if labels.any() and not labels.all():
        assert roc_auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


def test_a_perfect_ranking_scores_one_and_a_reversed_one_does_not():
    labels, scores = [False, False, True, True], np.array([0.1, 0.2, 0.8, 0.9])
    assert (auc_pr(labels, scores), roc_auc(labels, scores)) == (1.0, 1.0)
    assert roc_auc(labels, -scores) == 0.0
    assert auc_pr(labels, -scores) == pytest.approx((1 / 3 + 2 / 4) / 2)


def test_a_constant_score_earns_the_prevalence_and_one_half():
    labels = np.arange(10) < 3
    assert auc_pr(labels, np.zeros(10)) == pytest.approx(prevalence(labels)) == pytest.approx(0.3)
    assert roc_auc(labels, np.zeros(10)) == 0.5


@given(CASES)
def test_order_of_windows_never_matters(cases):
    labels, scores = np.array(cases, dtype=float).T
    assert auc_pr(labels, scores) == auc_pr(labels[::-1], scores[::-1])


@pytest.mark.parametrize(
    ("labels", "expected"),
    [([], (None, None, None)), ([False] * 3, (None, None, 0.0)), ([True] * 3, (1.0, None, 1.0))],
)
def test_one_sided_labels_have_a_defined_answer(labels, expected):
    scores = np.arange(len(labels))
    assert (auc_pr(labels, scores), roc_auc(labels, scores), prevalence(labels)) == expected
