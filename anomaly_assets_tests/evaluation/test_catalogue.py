"""Measures by name, and the one that is refused."""

import pytest

from anomaly_assets.errors import EvaluationError
from anomaly_assets.evaluation import METRICS, metric, vus_pr


@pytest.mark.parametrize(
    "name",
    [
        *("point_adjust", "pa_f1", "pa-f1", "PA-F1", "PAF1", "f1_pa", "F1PA", "f1-pa", "pa%k", "PA%K F1", "pak_auc"),
        *("point-adjusted", "Point Adjustment", "adjusted_f1", "pointadjust", "f1 point-adjusted", "pa_precision"),
    ],
)
def test_point_adjustment_is_refused_by_any_name_with_the_reason_and_what_to_use(name):
    with pytest.raises(EvaluationError, match=r"Kim et al\., AAAI 2022.*event_metrics.*vus_pr"):
        metric(name)


@pytest.mark.parametrize("name", METRICS)
def test_no_honest_measure_is_refused(name):
    assert callable(metric(name))


def test_spelling_does_not_matter():
    assert metric("VUS-PR") is metric("vus pr") is vus_pr


@pytest.mark.parametrize(
    ("name", "near"), [("vus_roc", "roc_auc|vus_pr"), ("precison", "precision"), ("zzz", "did you")]
)
def test_an_unknown_name_gets_the_nearest_known_one(name, near):
    with pytest.raises(EvaluationError, match=f"mean ({near})|{near}"):
        metric(name)
