"""The kernel's layers are torch's to the precision of float32, and a row's answer is its own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.detectors import build_detector
from anomaly_assets.detectors.autoencoder import Autoencoder
from anomaly_assets.detectors.checks.judgement import same_bits
from anomaly_assets.detectors.checks.recordings import windows
from anomaly_assets.detectors.dense_kernel import LANES


def with_random_weights(n_features: int, hidden: int, bottleneck: float, seed: int) -> Autoencoder:
    import torch

    torch.manual_seed(seed)
    detector = Autoencoder(hidden=hidden, bottleneck=bottleneck)
    parts = [part.detach().numpy().ravel() for part in detector._network(n_features).parameters()]
    detector.weights_ = np.concatenate(parts)
    return detector


def by_torch(detector: Autoencoder, z: np.ndarray) -> np.ndarray:
    import torch

    from anomaly_assets.detectors.torch_weights import with_weights

    network = with_weights(detector._network(z.shape[1]), detector.weights_)
    with torch.inference_mode():
        answer: np.ndarray = network(torch.from_numpy(detector._shown(z).astype(np.float32))[:, :, None]).numpy()
    return answer


@settings(max_examples=30)
@given(
    n_features=st.integers(1, 30),
    hidden=st.integers(1, 70),
    bottleneck=st.sampled_from([0.1, 0.34, 1.0]),
    rows=st.sampled_from([1, 5, LANES, LANES + 3]),
    seed=st.integers(0, 9),
)
def test_the_kernel_guesses_what_torch_guesses(
    n_features: int, hidden: int, bottleneck: float, rows: int, seed: int
) -> None:
    detector = with_random_weights(n_features, hidden, bottleneck, seed)
    z = np.random.default_rng(seed).standard_normal((rows, n_features)) * 6  # some are beyond the cap
    assert detector._guess(z) == pytest.approx(by_torch(detector, z), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("count", [1, 2, 17, LANES - 1, LANES, LANES + 1])
def test_a_row_has_the_same_bits_at_any_place_in_any_batch(count: int) -> None:
    detector, rng = with_random_weights(13, 22, 0.34, 0), np.random.default_rng(0)
    z = rng.standard_normal((2 * LANES + 9, 13))
    some = rng.permutation(len(z))[:count]
    assert same_bits(detector._guess(z[some]), detector._guess(np.asfortranarray(z))[some])


def test_wild_values_beside_a_row_do_not_reach_it() -> None:
    detector, z = with_random_weights(5, 9, 0.5, 0), np.random.default_rng(0).standard_normal((40, 5))
    alone = detector._guess(z[7:8])
    z[:7], z[8:] = 1e30, -1e30
    assert same_bits(detector._guess(z)[7:8], alone)


def test_scoring_needs_no_torch(tmp_path: Path) -> None:
    """A saved model is loaded and asked in a fresh process, in which torch can't be imported."""
    build_detector("autoencoder", {"max_epochs": 2}).fit(windows(300)).save(tmp_path)
    windows(50, seed=1).write_parquet(tmp_path / "asked.parquet")
    told = (
        "import sys; sys.modules['torch'] = None\n"
        "import polars as pl; from pathlib import Path\n"
        "from anomaly_assets.detectors import load_detector\n"
        "folder = Path(sys.argv[1])\n"
        "print(load_detector(folder).score(pl.read_parquet(folder / 'asked.parquet')).shape)"
    )
    asked = subprocess.run([sys.executable, "-c", told, str(tmp_path)], capture_output=True, text=True, check=False)
    assert asked.stdout.strip() == "(50,)", asked.stderr


def test_weights_that_are_not_as_many_as_the_network_has_are_refused() -> None:
    detector = build_detector("autoencoder", {"max_epochs": 1}).fit(windows(200))
    detector.weights_ = detector.weights_[:-1]
    with pytest.raises(ValueError, match="weights for a network"):
        detector.score(windows(10))
