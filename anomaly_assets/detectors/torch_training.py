"""How every network here is trained: Adam, a look at held-back stretches after each epoch, the best epoch kept.

Importing this imports torch. Networks are in networks/; what training costs is measured by benchmarks/deep.py.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from ..errors import DetectorError
from .checkpoint import Checkpoint
from .torch_weights import flattened


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    Attributes
    ----------
    seed : of the order of rows and of dropout; the network comes with its first weights.
    learning_rate : of Adam.
    batch_size : rows of a step.
    max_epochs : most looks at every row.
    patience : epochs without a better validation loss after which training ends.
    device : ``auto`` for a GPU where there is one, ``cpu``, ``cuda``.
    longest_gradient : a longer gradient is shortened to this.
    """

    seed: int
    learning_rate: float
    batch_size: int
    max_epochs: int
    patience: int
    device: str
    longest_gradient: float = 1.0


class Trained(NamedTuple):
    """Weights (n_weights,) of the epoch with the least validation loss; losses (n_epochs, 2), training's first."""

    weights: NDArray[np.float32]
    losses: NDArray[np.float64]


def train(
    network: nn.Module,
    learn: NDArray[np.float32],
    validate: NDArray[np.float32],
    training: Training,
    checkpoint: Checkpoint | None = None,
) -> Trained:
    """Train a network to guess the last steps of every window, in the mean squared sense.

    An epoch's randomness comes from the seed and the epoch's number alone, so that training which was interrupted goes
    on from its checkpoint to the very bits that it would have reached.

    Parameters
    ----------
    network : with its first weights; see networks/.
    learn, validate : (n_windows, n_features, steps), neither empty.
    training : how.
    checkpoint : where progress is kept; None to keep it nowhere.

    Raises
    ------
    DetectorError
        If the validation loss is never a number, or a GPU is demanded and there is none.

    References
    ----------
    Kingma, D. P. and Ba, J. (2015). Adam: a method for stochastic optimization. ICLR.
    Pascanu, R., Mikolov, T. and Bengio, Y. (2013). On the difficulty of training recurrent neural networks. ICML.
    """
    learner = _Learner(network, training)
    learning, validating = learner.there(learn), learner.there(validate)
    kept = checkpoint.read() if checkpoint else None
    losses, best = learner.resume(kept) if kept else (np.empty((0, 2)), np.empty(0, np.float32))
    while not _finished(losses, training):
        new = learner.epoch(learning, number=len(losses)), learner.loss(validating)
        if new[1] < np.nanmin(losses[:, 1], initial=np.inf):
            best = learner.weights.cpu().numpy().copy()
        losses = np.vstack([losses, new])
        if checkpoint:
            checkpoint.write(learner.progress() | {"losses": losses, "best": best})
    if not best.size:
        raise DetectorError("training found no weights: its loss is no number", remedy="lower the learning_rate")
    if checkpoint:
        checkpoint.remove()
    return Trained(best, losses)


def _finished(losses: NDArray[np.float64], training: Training) -> bool:
    if not len(losses) or len(losses) >= training.max_epochs:
        return len(losses) >= training.max_epochs
    least = int(np.argmin(np.where(np.isnan(losses[:, 1]), np.inf, losses[:, 1])))
    return len(losses) - 1 - least >= training.patience


def _device(wanted: str) -> torch.device:
    if wanted == "cuda" and not torch.cuda.is_available():
        raise DetectorError("there is no GPU that torch can use", remedy="set the detector's device to auto")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")


class _Learner:
    """A network, its optimiser, and one step of learning after the other."""

    def __init__(self, network: nn.Module, training: Training) -> None:
        self.device, self.training = _device(training.device), training
        self.network = network.to(self.device)
        self.weights = flattened(self.network)
        self.optimizer = torch.optim.Adam([self.weights], lr=training.learning_rate, fused=True)

    def there(self, windows: NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(windows).to(self.device)

    def epoch(self, windows: Tensor, number: int) -> float:
        """Look at every window once, in an order of its own; the mean loss on the way."""
        torch.manual_seed(int(np.random.SeedSequence((self.training.seed, number)).generate_state(1)[0]))
        self.network.train()
        total = 0.0
        for rows in torch.randperm(len(windows)).to(self.device).split(self.training.batch_size):
            total += self._step(windows[rows]) * len(rows)
        return total / len(windows)

    def _step(self, batch: Tensor) -> float:
        self.optimizer.zero_grad(set_to_none=False)
        loss = _loss(self.network, batch)
        loss.backward()  # adds to the parameters' gradients, which are views of the vector's
        nn.utils.clip_grad_norm_([self.weights], self.training.longest_gradient)
        self.optimizer.step()
        return loss.item()

    @torch.no_grad()
    def loss(self, windows: Tensor) -> float:
        """Mean squared error of the guesses."""
        self.network.eval()
        batches = windows.split(self.training.batch_size)
        return sum(_loss(self.network, batch).item() * len(batch) for batch in batches) / len(windows)

    def progress(self) -> dict[str, np.ndarray]:
        """All that learning goes on from."""
        state = {"weights": self.weights, **self.optimizer.state[self.weights]}
        return {name: tensor.detach().cpu().numpy() for name, tensor in state.items()}

    def resume(self, kept: dict[str, np.ndarray]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Take up what `progress` gave; returns the losses and the best weights so far."""
        state = {name: self.there(array) for name, array in kept.items() if name not in ("losses", "best")}
        self.weights.copy_(state.pop("weights"))
        self.optimizer.state[self.weights] = state
        return kept["losses"], kept["best"]


def _loss(network: nn.Module, batch: Tensor) -> Tensor:
    guess = network(batch)  # (batch, n_features, guessed)
    return mse_loss(guess, batch[:, :, -guess.shape[2] :])
