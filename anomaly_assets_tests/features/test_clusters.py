import numpy as np
import pytest

from anomaly_assets.features.clusters import cluster_count, k_means, nearest


def planted(clusters: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points about distinct corners of a grid, and the corners."""
    rng = np.random.default_rng(seed)
    corners = rng.choice(16, clusters, replace=False)
    corners = np.stack([corners // 4, corners % 4], axis=1).astype(float)
    points = corners[rng.integers(clusters, size=600)] + rng.normal(0, 0.01, (600, 2))
    return points, corners


@pytest.mark.parametrize("clusters", [2, 3, 5, 6, 9])
def test_planted_clusters_are_counted_and_found(clusters: int) -> None:
    points, corners = planted(clusters, seed=clusters)
    assert cluster_count(points, seed=1) == clusters
    found = k_means(points, clusters, seed=1)
    assert np.abs(found - found.round()).max() < 0.01
    assert {*map(tuple, found.round().tolist())} == {*map(tuple, corners.tolist())}


def test_the_same_seed_gives_the_same_bits() -> None:
    points = np.random.default_rng(0).normal(size=(300, 3))
    assert np.array_equal(k_means(points, 5, seed=4), k_means(points, 5, seed=4))


def test_equal_points_are_one_cluster_however_many_are_asked_for() -> None:
    points = np.full((50, 2), 0.1)
    assert cluster_count(points, seed=0) == 1
    assert len(k_means(points, 4, seed=0)) == 1


def test_the_nearest_centre_of_a_point_does_not_depend_on_its_neighbours() -> None:
    points, corners = planted(6)
    number, distance = nearest(points, corners)
    alone = [nearest(point[None], corners) for point in points]
    assert np.array_equal(number, np.concatenate([n for n, _ in alone]))
    assert np.array_equal(distance, np.concatenate([d for _, d in alone]))
