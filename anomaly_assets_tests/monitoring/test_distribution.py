import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from anomaly_assets.monitoring import Distribution

SHAPES = {
    "normal": lambda rng, n: rng.normal(size=n),
    "skewed": lambda rng, n: rng.gamma(1.5, size=n),
    "heavy": lambda rng, n: rng.standard_t(4, size=n),
    "counts": lambda rng, n: rng.poisson(3, size=n).astype(float),
    "two_modes": lambda rng, n: rng.normal(size=n) * 0.2 + rng.choice([0.0, 5.0], size=n),
}


def sample(shape: str, n: int, seed: int) -> np.ndarray:
    return SHAPES[shape](np.random.default_rng(seed), n)


@settings(max_examples=40)
@given(st.sampled_from(sorted(SHAPES)), st.integers(20, 5000), st.floats(-3, 3), st.integers(0, 2**20))
def test_ks_and_wasserstein_agree_with_scipy(shape, n, shift, seed):
    from scipy.stats import ks_2samp, wasserstein_distance

    reference, day = sample(shape, 20_000, seed), np.sort(sample(shape, n, seed + 1) + shift)
    found = Distribution.of(reference).distances(day)
    assert found.ks == pytest.approx(ks_2samp(reference, day).statistic, abs=0.006)
    assert found.wasserstein == pytest.approx(wasserstein_distance(reference, day) / reference.std(), abs=0.03)


@settings(max_examples=20)
@given(st.sampled_from(sorted(SHAPES)), st.floats(-1, 1), st.integers(0, 2**20))
def test_psi_is_the_symmetric_divergence_of_the_two_histograms(shape, shift, seed):
    from scipy.stats import entropy

    reference, day = sample(shape, 20_000, seed), np.sort(sample(shape, 2000, seed + 1) + shift)
    known = Distribution.of(reference)
    bins = np.concatenate([[-np.inf], known.edges, [np.inf]])
    p, q = (np.histogram(values, bins)[0] / len(values) for values in (reference, day))
    assume(q.min() > 0)
    assert known.distances(day).psi == pytest.approx(entropy(p, q) + entropy(q, p), abs=1e-9)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_distances_to_oneself_are_nothing_but_the_grid(shape):
    values = sample(shape, 30_000, 1)
    found = Distribution.of(values).distances(np.sort(values))
    assert found.psi == 0
    assert found.ks < 0.004
    assert found.wasserstein == 0
    assert found.shift == 0


@pytest.mark.parametrize("n", [20, 100, 1000])
@pytest.mark.parametrize("shape", ["normal", "skewed", "counts"])
def test_noise_is_what_draws_from_the_reference_show_on_average(shape, n):
    known = Distribution.of(sample(shape, 20_000, 0))
    drawn = np.mean([known.distances(np.sort(sample(shape, n, seed)))[:3] for seed in range(1, 200)], axis=0)
    promised = np.array(known.noise(n)[:3])
    assert np.all(drawn < 1.25 * promised + 0.005)
    assert np.all(drawn > 0.4 * promised)


def test_a_reference_that_never_moved_is_left_in_its_own_unit():
    known = Distribution.of(np.full(500, 2.0))
    assert known.distances(np.full(50, 2.0)) == pytest.approx((0, 0.002, 0, 0), abs=0.001)
    below, above = known.distances(np.full(50, 1.0)), known.distances(np.full(50, 3.0))
    for moved, direction in ((below, -1), (above, 1)):
        assert moved.psi > 5
        assert moved.ks > 0.99
        assert moved.wasserstein == 1
        assert moved.shift == direction


@settings(max_examples=30)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300))
def test_json_gives_back_exactly_the_same_values(values):
    known = Distribution.of(np.array(values))
    again = Distribution.from_json(json.loads(json.dumps(known.to_json())))
    assert again.to_json() == known.to_json()
    day = np.sort(np.array(values)) + 0.5
    assert again.distances(day) == known.distances(day)
    assert again.noise(7) == known.noise(7)
