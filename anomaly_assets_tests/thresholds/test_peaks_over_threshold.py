"""Extrapolation of the tail."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import genpareto

from anomaly_assets.errors import ThresholdError
from anomaly_assets.thresholds import calibrate
from anomaly_assets.thresholds.pareto_tail import fit_tail

from .scored import calibration


def drawn(shape: float, size: int, seed: int) -> np.ndarray:
    return genpareto.rvs(shape, scale=3.0, size=size, random_state=seed)


@settings(max_examples=25)
@given(st.floats(-0.4, 0.45), st.integers(0, 1000), st.sampled_from([60, 300]))
def test_no_tail_with_that_shape_range_is_more_likely_by_scipy(shape, seed, size):
    excesses = drawn(shape, size, seed)
    ours, scale = fit_tail(excesses)
    theirs, _, other = genpareto.fit(excesses, floc=0)
    if theirs >= -0.5:
        best = genpareto.logpdf(excesses, theirs, scale=other).sum()
        assert genpareto.logpdf(excesses, ours, scale=scale).sum() >= best - 1e-3


@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.2])
def test_the_asked_share_is_realised_beyond_what_calibration_saw(shape):
    """2,000 windows see 2 beyond a share of 0.001; of 200,000 more, 200 are expected."""
    values = [calibrate("peaks_over_threshold", {}, calibration(drawn(shape, 2000, seed))).value for seed in range(20)]
    realised = genpareto.sf(values, shape, scale=3.0)
    assert 0.0005 < np.median(realised) < 0.002


def test_a_heavy_tail_is_refused():
    scores = np.abs(np.random.default_rng(0).standard_cauchy(3000))
    with pytest.raises(ThresholdError, match="too heavy"):
        calibrate("peaks_over_threshold", {}, calibration(scores))


def test_too_few_excesses_are_refused():
    with pytest.raises(ThresholdError, match=r"45 of 900.*at least 50"):
        calibrate("peaks_over_threshold", {}, calibration(np.arange(900.0)))


def test_a_share_within_the_body_is_not_extrapolated():
    with pytest.raises(ThresholdError, match="below the tail"):
        calibrate("peaks_over_threshold", {"alpha": 0.1}, calibration(np.arange(2000.0)))


def test_no_windows_are_told_as_too_few():
    with pytest.raises(ThresholdError, match="0 of 0"):
        calibrate("peaks_over_threshold", {}, calibration([]))


def test_the_assumption_speaks_of_dependence():
    threshold = calibrate("peaks_over_threshold", {}, calibration(drawn(0.1, 2000, 1)))
    assert "neighbouring windows are alike" in threshold.assumption
