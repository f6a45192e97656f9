"""Autoencoder: how badly a window of features survives a bottleneck that normal windows fit through."""

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from .base import DetectorTags
from .by_network import Count, Device, NetworkDetector, Positive, Seed

if TYPE_CHECKING:
    from torch import nn

    from .dense_kernel import Layer


class Autoencoder(NetworkDetector):
    """Dense network with a bottleneck; the error of its reconstruction is the score.

    Assumes that normal windows lie near a curved surface of fewer dimensions than there are features: what principal
    components do with a flat one. Sees broken correlation at once and amplitude in so far as the network can't go
    along with it. Blind to a fault along the surface. Costs (2 + 2 * bottleneck) * hidden * n_features multiplications
    per window, in a kernel of our own, about as fast as torch asked about all windows at once; torch is needed in
    training only.

    NetworkDetector says how scores, contributions and expected values come about, and describes the parameters and
    attributes that all networks share.

    Parameters
    ----------
    statistics : features that take part, such as ``raw`` and ``mean``; None for those of every sensor.
    hidden : width of the layers on both sides of the bottleneck.
    bottleneck : numbers that pass, as a share of the features; with all of them there would be nothing to learn.

    References
    ----------
    Sakurada, M. and Yairi, T. (2014). Anomaly detection using autoencoders with nonlinear dimensionality reduction.
    MLSDA workshop, 4-11.
    """

    tags = DetectorTags(deterministic=True, explains=True, expects=True)

    def __init__(
        self,
        *,
        statistics: tuple[str, ...] | None = ("raw", "mean"),
        hidden: Count = 64,
        bottleneck: Annotated[float, Field(gt=0, le=1)] = 0.34,
        cap: Positive = 8.0,
        learning_rate: Positive = 3e-3,
        batch_size: Count = 256,
        max_epochs: Count = 60,
        patience: Count = 8,
        max_windows: Count | None = 100_000,
        seed: Seed = 0,
        threads: Count = 1,
        device: Device = "auto",
        checkpoint: str | None = None,
    ) -> None:
        self.statistics = statistics
        self.hidden = hidden
        self.bottleneck = bottleneck
        self.cap = cap
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.patience = patience
        self.max_windows = max_windows
        self.seed = seed
        self.threads = threads
        self.device = device
        self.checkpoint = checkpoint

    def _network(self, n_features: int) -> "nn.Module":
        from .networks.dense import DenseAutoencoder

        return DenseAutoencoder(n_features, self.hidden, self._passing(n_features))

    def _passing(self, n_features: int) -> int:
        return max(1, round(self.bottleneck * n_features))

    def _guess(self, z: np.ndarray) -> np.ndarray:
        from .dense_kernel import dense

        guess: np.ndarray = dense(z.T, self.cap, self._layers(z.shape[1]), z.shape[1])
        return guess.T[:, :, None]

    def _layers(self, n_features: int) -> "tuple[Layer, ...]":
        """Cut the vector of weights as torch lays it out: of each layer the weights, then the biases."""
        from .dense_kernel import in_fours

        widths = [n_features, self.hidden, self._passing(n_features), self.hidden, n_features]
        sizes = [size for n_in, n_out in pairwise(widths) for size in (n_in * n_out, n_out)]
        if self.weights_.shape != (sum(sizes),):
            raise ValueError(f"{self.weights_.size} weights for a network of {sum(sizes)}")
        parts = np.split(self.weights_.astype(np.float32), np.cumsum(sizes)[:-1])
        matrices = [part.reshape(-1, n_in) for part, n_in in zip(parts[::2], widths[:-1], strict=True)]
        relus = (True, False, True, False)
        return tuple(zip(map(in_fours, matrices), map(in_fours, parts[1::2]), relus, strict=True))
