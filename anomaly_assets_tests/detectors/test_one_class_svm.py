"""The score keeps the machine's order, says where its boundary is, and goes on rising where the machine saturates."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.detectors import Detector, build_detector
from anomaly_assets.detectors.checks.recordings import fault_rows, windows
from anomaly_assets.detectors.kernel_sums import log_kernel_sums

KIND = "one_class_svm"


def numbers(frame: pl.DataFrame, detector: Detector) -> np.ndarray:
    return np.ascontiguousarray(frame.select(detector.feature_names_in_).to_numpy())


def both(frame: pl.DataFrame) -> tuple[Detector, np.ndarray]:
    """Our machine, and the decisions of scikit-learn's on the same windows."""
    from sklearn.svm import OneClassSVM

    ours = build_detector(KIND).fit(windows())
    theirs = OneClassSVM(nu=0.05, gamma="scale").fit(numbers(windows(), ours))
    return ours, theirs.decision_function(numbers(frame, ours))


@pytest.mark.parametrize("fault", [None, "spike", "correlation_break"])
def test_the_score_is_the_logarithm_of_scikit_learns_decision(fault: str | None) -> None:
    frame = windows(seed=1, fault=fault)
    ours, decision = both(frame)
    rho = np.exp(ours.log_rho_)
    assert rho * np.exp(-ours.score(frame)) - rho == pytest.approx(decision, rel=1e-5, abs=1e-5 * rho)


def test_windows_keep_the_machines_order_and_its_boundary_is_nought() -> None:
    frame = windows(seed=1, fault="noise_burst")
    ours, decision = both(frame)
    score, order = ours.score(frame), np.argsort(decision)
    told_apart = np.diff(decision[order]) > 1e-9
    assert told_apart.sum() > 1000
    assert (np.diff(score[order])[told_apart] < 0).all()
    clear = np.abs(decision) > 1e-9
    assert ((score > 0) == (decision < 0))[clear].all()


@settings(max_examples=25)
@given(
    width=st.integers(1, 8),
    nu=st.sampled_from([0.01, 0.1, 0.5]),
    wide=st.sampled_from([0.3, 1, 3]),
    seed=st.integers(0, 99),
)
def test_flags_are_scikit_learns_right_up_to_the_boundary(width: int, nu: float, wide: float, seed: int) -> None:
    """Windows that are halved in on the boundary from both sides, down to where scikit-learn itself rounds."""
    from sklearn.svm import OneClassSVM

    rng = np.random.default_rng(seed)
    training = rng.standard_normal((300, width))
    schema, gamma = [f"s{i}__raw" for i in range(width)], wide / width
    ours = build_detector(KIND, {"nu": nu, "gamma": gamma}).fit(pl.DataFrame(training, schema=schema))
    theirs = OneClassSVM(nu=nu, gamma=gamma).fit(training)
    inside = training[theirs.decision_function(training).argsort()[-50:]]
    outside = inside + 20 * rng.standard_normal(inside.shape)
    for _ in range(45):
        middle = (inside + outside) / 2
        decision = theirs.decision_function(middle)
        flagged = ours.score(pl.DataFrame(middle, schema=schema)) > 0
        clear = np.abs(decision) > 1e-13 * theirs.offset_[0] * len(training)
        assert (flagged == (decision < 0))[clear].all()
        inside, outside = np.where((decision < 0)[:, None], (inside, middle), (middle, outside))
    assert not clear.all()  # it did get there


def test_far_away_scores_rise_on_where_the_machine_says_the_same_of_all() -> None:
    """Negative control beside it: the decisions don't differ by a single bit."""
    far = windows()[:3].with_columns(pl.Series("b__raw", [1e3, 1e4, 1e6]))
    ours, decision = both(far)
    assert np.unique(decision).size == 1
    assert (np.diff(ours.score(far)) > 0).all()


def test_about_the_share_nu_of_training_lies_outside() -> None:
    for nu in (0.02, 0.2):
        detector = build_detector(KIND, {"nu": nu}).fit(windows())
        score, near = detector.score(windows()), 0.01  # libsvm puts support vectors on the boundary to this tolerance
        assert (score > near).mean() <= nu <= (score > -near).mean()
        assert detector.columns_.shape[1] >= nu * 1500


def test_a_sum_of_kernels_that_underflows_has_a_logarithm_all_the_same() -> None:
    rows, columns, log_weight = np.array([[0.0], [3.0], [1e9]]), np.array([[0.0, 1.0]]), np.log([0.25, 0.75])
    found = log_kernel_sums(rows, columns, log_weight, 2.0)
    assert found[:2] == pytest.approx(np.log(np.exp(-2.0 * (rows[:2] - columns) ** 2) @ [0.25, 0.75]))
    assert found[2] == pytest.approx(-2.0 * (1e9 - 1) ** 2)


def test_contributions_and_an_entropy_add_up_to_the_score() -> None:
    """Gibbs: -log sum a exp(-E) = sum p E + sum p log(p / a), with p the shares of the sum."""
    detector, frame = build_detector(KIND).fit(windows()), windows(200, seed=1, fault="level_shift")
    apart = ((numbers(frame, detector)[:, None] - detector.columns_.T) ** 2).sum(axis=2)
    power = detector.log_weight_ - detector.gamma_ * apart
    share = np.exp(power + (detector.score(frame) - detector.log_rho_)[:, None])
    assert share.sum(axis=1) == pytest.approx(1.0)
    rest = np.where(share > 0, share * (np.log(np.maximum(share, 1e-300)) - detector.log_weight_), 0.0).sum(axis=1)
    parts = detector.explain(frame).sum_horizontal().to_numpy()
    assert parts + rest + detector.log_rho_ == pytest.approx(detector.score(frame), rel=1e-9, abs=1e-9)


def test_training_is_capped_and_a_gamma_may_be_given() -> None:
    detector = build_detector(KIND, {"max_rows": 200, "nu": 0.5, "gamma": 0.25}).fit(windows())
    assert 100 <= detector.columns_.shape[1] <= 200
    assert detector.gamma_ == 0.25
    assert detector.score(fault_rows("level_shift")).mean() > detector.score(windows(seed=1)).mean() + 1
