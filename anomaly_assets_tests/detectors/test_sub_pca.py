"""Sub-PCA: a Mahalanobis distance of histories, contributions by reconstruction, and its random projection."""

import numpy as np
import pytest

from anomaly_assets.detectors import build_detector
from anomaly_assets.detectors.checks.frames import Frames
from anomaly_assets.detectors.checks.judgement import alike_in_rank
from anomaly_assets.detectors.principal_axes import principal_axes
from anomaly_assets.detectors.sub_pca import SubPca

STEPS = 10
FRAMES = Frames(STEPS, ("raw",))


def fitted(**params: object) -> SubPca:
    detector = build_detector("sub_pca", {"steps": STEPS} | params).fit(FRAMES.windows(600))
    assert isinstance(detector, SubPca)
    return detector


def inverse(detector: SubPca) -> np.ndarray:
    """The matrix of the quadratic score in standardised histories."""
    axes = detector.axes_
    beside = np.eye(len(axes)) - axes @ axes.T
    matrix: np.ndarray = ((axes * detector.weight_) @ axes.T + detector.beside_ * beside) / len(axes)
    return matrix


def deviations(detector: SubPca, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Histories of a broken correlation, and the same as deviations from the usual one in usual spreads."""
    frame = FRAMES.windows(100, seed=seed, fault="correlation_break")
    flat = np.concatenate([frame[f"{sensor}__raw"].to_numpy() for sensor in "abcd"], axis=1)
    center, scale = (np.repeat(learnt, STEPS) for learnt in (detector.center_, detector.scale_))
    return detector.score(frame), (flat - center) / scale - detector.mean_


@pytest.mark.parametrize("n_components", [5, 39, 200])
def test_the_score_is_a_mahalanobis_distance_per_column(n_components: int) -> None:
    detector = fitted(n_components=n_components)
    score, x = deviations(detector, 3)
    assert np.allclose(score, np.einsum("ij,jk,ik->i", x, inverse(detector), x), rtol=1e-6)


def test_normal_windows_score_about_one() -> None:
    assert 0.5 < np.median(fitted().score(FRAMES.windows(600, seed=1))) < 2.0


@pytest.mark.parametrize("n_components", [5, 200])
def test_a_contribution_is_the_fall_of_the_score_when_the_sensor_is_replaced_by_its_best_history(
    n_components: int,
) -> None:
    detector = fitted(n_components=n_components)
    matrix, (score, x) = inverse(detector), deviations(detector, 4)
    explained = detector.explain(FRAMES.windows(100, seed=4, fault="correlation_break"))
    assert explained is not None
    for position in range(4):
        own = slice(position * STEPS, (position + 1) * STEPS)
        best = x.copy()
        rest = x @ matrix - x[:, own] @ matrix[own]
        best[:, own] = -np.linalg.solve(matrix[own, own], rest[:, own].T).T
        fall = score - np.einsum("ij,jk,ik->i", best, matrix, best)
        assert np.allclose(explained.to_numpy()[:, position], fall, rtol=1e-5, atol=1e-9)


def test_a_few_components_by_random_projection_rank_as_all_of_them_do() -> None:
    frame = FRAMES.windows(300, seed=1).vstack(FRAMES.fault_rows("noise_burst")[:300])
    assert alike_in_rank(fitted(n_components=30).score(frame), fitted(n_components=40).score(frame)) > 0.95


def test_random_projection_finds_the_leading_axes_of_a_decaying_spectrum() -> None:
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(500, 60)) * 0.8 ** np.arange(60)).astype(np.float32)
    rows -= rows.mean(axis=0)
    exact_axes, exact, nothing = principal_axes(rows, 60, 0)
    axes, variances, beside = principal_axes(rows, 8, 0)
    assert variances == pytest.approx(exact[:8], rel=1e-3)
    assert np.abs(np.sum(axes * exact_axes[:, :8], axis=0)) == pytest.approx(np.ones(8), abs=1e-2)
    assert beside == pytest.approx(exact[8:].mean(), rel=1e-2)
    assert nothing == 0.0
