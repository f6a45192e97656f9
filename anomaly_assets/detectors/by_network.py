"""What detectors with a neural network share: standardising, training, scoring in blocks of one size, explaining.

Networks are in networks/, how they learn is in torch_training.py; a detector says which network, and its defaults.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from .base import Detector
from .checkpoint import Checkpoint
from .fixed_blocks import in_fixed_blocks
from .held_back import held_back
from .location import NORMAL_MAD, robust_location
from .rowwise import rowwise_sums

if TYPE_CHECKING:
    from torch import nn

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Device = Literal["auto", "cpu", "cuda"]

LEAST = 1e-2
"""A network that errs by less than this share of a feature's spread has learnt a constant, and its error is luck."""


class NetworkDetector(Detector):
    """A network guesses the last steps of what it is shown; the mean squared error of the guess is the score.

    Features are standardised robustly. What the network is shown is cut off at ``cap``; what it is judged by is not,
    so that a wild reading can't dazzle it and still counts in full. Errors are divided by what is usual for their
    feature and step on the stretches that were held back, so that ordinary scores lie around 1. A sensor's
    contribution is its features' part of the mean: contributions add up to the score when no calendar takes part.
    What was expected of a feature is the network's guess of the last step.

    Scoring is done on the processor, with one thread, in blocks of one size: the bits don't depend on the number of
    cores, on how rows are cut into batches, or on where the network was trained. A row alone costs a whole block.

    Parameters
    ----------
    cap : largest |z| that the network is shown, in learning and in scoring.
    learning_rate, batch_size : of Adam.
    max_epochs, patience : training ends after so many epochs, or so many without a better validation loss.
    max_windows : most rows to learn from, evenly spaced; None for all.
    seed : of the first weights, the order of rows and dropout.
    threads : of the processor in training; weights differ in the last bits with their number.
    device : where to train; ``auto`` takes a GPU where there is one. Weights differ with it, as with the machine.
    checkpoint : folder for the progress of training, from which an interrupted fit on the same rows goes on; None to
        keep none.

    Attributes
    ----------
    weights_ : (n_weights,) float32, all of the network.
    center_, scale_ : (n_features,) median and robust standard deviation.
    unit_ : (n_features * n_judged,) usual size of an error.
    losses_ : (n_epochs, 2) mean squared error in learning and in validation.
    """

    cap: float
    learning_rate: float
    batch_size: int
    max_epochs: int
    patience: int
    seed: int
    threads: int
    device: str
    checkpoint: str | None
    weights_: np.ndarray
    losses_: np.ndarray

    @abstractmethod
    def _network(self, n_features: int) -> "nn.Module":
        """Make the network, with first weights from torch's random numbers."""

    def _judged(self) -> int:
        """How many of the guessed steps are judged, the last ones."""
        return 1

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        rows = matrix[:: -(-len(matrix) // self.max_windows)] if self.max_windows else matrix
        self.center_, self.scale_ = robust_location(rows[:, self.steps - 1 :: self.steps])
        z = self._standardised(rows)
        learn, validate = held_back(len(rows), self.steps)
        self.weights_, self.losses_ = self._trained(z, learn, validate)
        usual = NORMAL_MAD * np.median(np.abs(self._errors(z[validate])), axis=0)
        self.unit_ = np.maximum(usual, LEAST)

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        parts = self._parts(matrix)
        return rowwise_sums(parts, {"all": range(parts.shape[1])})[:, 0]

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        n_judged = len(self.unit_) // len(self.center_)
        steps = {name: [f * n_judged + step for f in own for step in range(n_judged)] for name, own in sensors.items()}
        return rowwise_sums(self._parts(matrix), steps)

    def _expected(self, matrix: np.ndarray) -> np.ndarray:
        return self._guess(self._standardised(matrix))[:, :, -1] * self.scale_ + self.center_

    def _parts(self, matrix: np.ndarray) -> np.ndarray:
        """Each feature's and step's term of the score, (n_windows, n_features * n_judged)."""
        parts = self._errors(self._standardised(matrix))
        parts /= self.unit_
        parts *= parts
        parts /= len(self.unit_)
        return parts

    def _standardised(self, matrix: np.ndarray) -> np.ndarray:
        z = matrix - np.repeat(self.center_, self.steps)
        z /= np.repeat(self.scale_, self.steps)  # a second array of the size would cost more than the division
        return z

    def _shown(self, z: np.ndarray) -> np.ndarray:
        return np.clip(z, -self.cap, self.cap)

    def _errors(self, z: np.ndarray) -> np.ndarray:
        """By how much the guess misses the judged steps, (n_windows, n_features * n_judged)."""
        guess = self._guess(z)  # (n_windows, n_features, guessed)
        n_judged = min(self._judged(), guess.shape[2])
        last = z.reshape(len(z), -1, self.steps)[:, :, -n_judged:]
        return (last - guess[:, :, -n_judged:]).reshape(len(z), -1)

    def _guess(self, z: np.ndarray) -> np.ndarray:
        """Ask the network: (n_windows, n_features, guessed)."""
        import torch

        from .torch_quiet import quiet_torch
        from .torch_weights import with_weights

        shape = len(self.center_), self.steps
        with quiet_torch(), torch.inference_mode():
            network = with_weights(self._network(shape[0]), self.weights_)

            def ask(block: np.ndarray) -> np.ndarray:
                shown = torch.from_numpy(block.astype(np.float32)).view(len(block), *shape)
                guess: np.ndarray = network(shown).flatten(1).numpy()
                return guess

            guesses = in_fixed_blocks(ask, self._shown(z))
        return guesses.reshape(len(z), shape[0], -1)

    def _trained(self, z: np.ndarray, learn: np.ndarray, validate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        import torch

        from .torch_quiet import quiet_torch
        from .torch_training import Training, train

        shown = self._shown(z).astype(np.float32).reshape(len(z), -1, self.steps)
        how = {name: value for name, value in self.params.items() if name in Training.__dataclass_fields__}
        with quiet_torch(self.threads, deterministic=True):
            torch.manual_seed(self.seed)
            network = self._network(shown.shape[1])
            return train(network, shown[learn], shown[validate], Training(**how), self._progress(shown))

    def _progress(self, shown: np.ndarray) -> Checkpoint | None:
        import torch

        if self.checkpoint is None:
            return None
        how = {name: value for name, value in self.params.items() if name != "checkpoint"}
        versions = {"torch": torch.__version__, "gpu": torch.cuda.is_available()}
        return Checkpoint(Path(self.checkpoint), self.kind, shown, how | versions)
