"""What pictures are drawn from adds up to what was measured."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.evaluation import auc_pr, pr_curve, score_histogram

rows = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=60)


@given(rows)
def test_the_area_under_the_whole_curve_is_the_average_precision(pairs: list[tuple[bool, int]]) -> None:
    labels, scores = [label for label, _ in pairs], [float(score) for _, score in pairs]
    curve = pr_curve(labels, scores, points=10_000)
    measured = auc_pr(labels, scores)
    if measured is None:
        assert curve.is_empty()
    else:
        gains = np.diff(curve["recall"].to_numpy(), prepend=0)
        assert float(gains @ curve["precision"].to_numpy()) == pytest.approx(measured)


@given(rows)
@settings(max_examples=50)
def test_the_curve_ends_where_every_anomalous_window_is_found(pairs: list[tuple[bool, int]]) -> None:
    labels, scores = [label for label, _ in pairs], [float(score) for _, score in pairs]
    curve = pr_curve(labels, scores, points=5)
    assert curve.height <= 5
    assert curve["recall"].is_sorted()
    assert curve.is_empty() or curve["recall"][-1] == 1


@given(rows)
def test_every_window_lies_in_one_bin(pairs: list[tuple[bool, int]]) -> None:
    labels, scores = [label for label, _ in pairs], [float(score) for _, score in pairs]
    bins = score_histogram(labels, scores)
    assert bins["anomalous"].sum() == sum(labels)
    assert bins["normal"].sum() == len(labels) - sum(labels)
    assert (bins["low"] < bins["high"]).all()


def test_one_score_far_out_does_not_squeeze_the_others_into_one_bin() -> None:
    scores = np.append(np.linspace(0, 1, 10_000), 1e9)
    bins = score_histogram(np.append(np.zeros(10_000, dtype=bool), True), scores)
    assert bins["high"].max() < 2
    assert bins["anomalous"][-1] == 1
