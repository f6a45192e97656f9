"""Training ends when it should, keeps the best epoch, and goes on after an interruption as if there had been none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anomaly_assets.detectors.checkpoint import Checkpoint
from anomaly_assets.errors import DetectorError

torch = pytest.importorskip("torch")

from anomaly_assets.detectors.networks.dense import DenseAutoencoder  # noqa: E402
from anomaly_assets.detectors.torch_quiet import quiet_torch  # noqa: E402
from anomaly_assets.detectors.torch_training import Trained, Training, train  # noqa: E402
from anomaly_assets.detectors.torch_weights import with_weights  # noqa: E402

HOW = Training(seed=0, learning_rate=1e-2, batch_size=32, max_epochs=12, patience=12, device="cpu")


def rows(seed: int, count: int = 200) -> np.ndarray:
    """Six features of which two dimensions are real."""
    rng = np.random.default_rng(seed)
    shown = rng.standard_normal((count, 2)) @ np.random.default_rng(9).standard_normal((2, 6))
    return (shown + 0.1 * rng.standard_normal((count, 6))).astype(np.float32)[:, :, None]


class Forgetful(DenseAutoencoder):
    """Drops half of its input in learning, so that an epoch draws random numbers on its way."""

    def forward(self, x: "torch.Tensor") -> "torch.Tensor":
        return super().forward(torch.nn.functional.dropout(x, 0.5, self.training))


def trained(how: Training = HOW, checkpoint: Checkpoint | None = None) -> Trained:
    with quiet_torch(deterministic=True):
        torch.manual_seed(how.seed)
        return train(Forgetful(6, 16, 2), rows(1), rows(2), how, checkpoint)


def test_learning_makes_the_loss_small() -> None:
    losses = trained().losses
    assert losses.shape == (12, 2)
    assert losses[-1, 1] < 0.4 * losses[0, 1]


def test_the_weights_are_those_of_the_epoch_with_the_least_validation_loss() -> None:
    result = trained(replace(HOW, learning_rate=0.1))
    with quiet_torch(), torch.no_grad():
        shown = torch.from_numpy(rows(2))
        loss = (with_weights(Forgetful(6, 16, 2), result.weights)(shown) - shown).square().mean().item()
    assert loss == pytest.approx(result.losses[:, 1].min(), rel=1e-5)
    assert result.losses[:, 1].argmin() < len(result.losses) - 1


def test_training_ends_when_patience_does() -> None:
    losses = trained(replace(HOW, learning_rate=0.1, max_epochs=500, patience=3)).losses
    assert len(losses) < 500
    assert losses[:, 1].argmin() == len(losses) - 4


def test_equal_seeds_are_equal_to_the_bit_and_others_are_not() -> None:
    assert np.array_equal(trained().weights, trained().weights)
    assert not np.array_equal(trained().weights, trained(replace(HOW, seed=1)).weights)


@pytest.mark.parametrize("epochs", [1, 5, 11])
def test_an_interrupted_training_goes_on_to_the_same_bits(epochs: int, tmp_path: Path) -> None:
    class Interrupted(Checkpoint):
        written = 0

        def write(self, arrays: dict[str, np.ndarray]) -> None:
            super().write(arrays)
            Interrupted.written += 1
            if Interrupted.written == epochs:
                raise KeyboardInterrupt

    whole = trained()
    checkpoint = Interrupted(tmp_path, "autoencoder", rows(1), {})
    with pytest.raises(KeyboardInterrupt):
        trained(checkpoint=checkpoint)
    resumed = trained(checkpoint=checkpoint)
    assert np.array_equal(resumed.weights, whole.weights)
    assert np.array_equal(resumed.losses, whole.losses)
    assert Interrupted.written == len(whole.losses)  # no epoch was learnt twice
    assert list(tmp_path.iterdir()) == []


def test_going_on_without_the_optimisers_state_would_lead_elsewhere(tmp_path: Path) -> None:
    """Negative control: the claim above is not true of a checkpoint that lacks something."""

    class Lacking(Checkpoint):
        def write(self, arrays: dict[str, np.ndarray]) -> None:
            super().write(arrays | {"exp_avg": arrays["exp_avg"] * 0})
            if len(arrays["losses"]) == 5:
                raise KeyboardInterrupt

    checkpoint = Lacking(tmp_path, "autoencoder", rows(1), {})
    with pytest.raises(KeyboardInterrupt):
        trained(checkpoint=checkpoint)
    assert not np.array_equal(trained(checkpoint=checkpoint).weights, trained().weights)


def test_a_loss_that_is_no_number_is_told() -> None:
    with pytest.raises(DetectorError, match="learning_rate"):
        trained(replace(HOW, learning_rate=1e30))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_demanded_and_absent_is_told() -> None:
    with pytest.raises(DetectorError, match="auto"):
        trained(replace(HOW, device="cuda"))


def test_torch_is_afterwards_as_it_was_before() -> None:
    def state() -> tuple[object, ...]:
        switches = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
        return torch.get_num_threads(), *switches, torch.get_rng_state().sum().item(), torch.rand(1).item()

    torch.manual_seed(7)
    before = state()
    for error in (None, KeyboardInterrupt):
        torch.manual_seed(7)
        try:
            with quiet_torch(1 + before[0], deterministic=True):  # type: ignore[operator]
                torch.manual_seed(1)
                assert torch.are_deterministic_algorithms_enabled()
                if error:
                    raise error
        except KeyboardInterrupt:
            pass
        assert state() == before
