"""Decisions window by window."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import fbeta_score, precision_score, recall_score

from anomaly_assets.errors import EvaluationError
from anomaly_assets.evaluation import Confusion, confusion, f_beta, far, mar, precision, recall

CASES = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


@given(CASES, st.sampled_from([0.5, 1.0, 2.0]))
def test_measures_agree_with_scikit_learn_where_it_has_an_answer(cases, beta):
    labels, decisions = np.array(cases).T
    if decisions.any():
        assert precision(labels, decisions) == pytest.approx(precision_score(labels, decisions))
    if labels.any():
        assert recall(labels, decisions) == pytest.approx(recall_score(labels, decisions))
        assert mar(labels, decisions) == pytest.approx(1 - recall_score(labels, decisions))
    if labels.any() or decisions.any():
        assert f_beta(labels, decisions, beta=beta) == pytest.approx(
            fbeta_score(labels, decisions, beta=beta, zero_division=0)
        )


def test_a_case_worked_out_by_hand():
    found = confusion([1, 1, 1, 0, 0, 0, 0, 0], [1, 0, 1, 1, 0, 0, 0, 0])
    assert found == Confusion(hits=2, false=1, missed=1, quiet=4)
    assert (found.precision, found.recall, found.far, found.mar) == (2 / 3, 2 / 3, 1 / 5, 1 / 3)
    assert found.f_beta() == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("labels", "decisions", "expected"),
    [
        ([], [], (None, None, None, None, None)),
        ([0, 0], [0, 0], (None, None, None, 0.0, None)),
        ([0, 0], [1, 0], (0.0, None, 0.0, 0.5, None)),
        ([1, 1], [0, 0], (None, 0.0, 0.0, None, 1.0)),
        ([1, 1], [1, 1], (1.0, 1.0, 1.0, None, 0.0)),
    ],
)
def test_edges_have_defined_answers(labels, decisions, expected):
    both = (labels, decisions)
    assert (precision(*both), recall(*both), f_beta(*both), far(*both), mar(*both)) == expected


def test_one_flagged_window_never_credits_its_whole_event():
    assert recall([1] * 10, [1] + [0] * 9) == 0.1


def test_arrays_of_different_length_are_refused():
    with pytest.raises(EvaluationError, match="length"):
        confusion([1], [1, 0])
