"""LSTM autoencoder: how badly a short history of all sensors can be told again from a few numbers."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from .base import DetectorTags
from .by_network import Count, Device, NetworkDetector, Positive, Seed

if TYPE_CHECKING:
    from torch import nn


class LstmAutoencoder(NetworkDetector):
    """Recurrent encoder, bottleneck, recurrent decoder; the error of the last steps of the reconstruction is the score.

    Assumes that normal histories repeat a few shapes. Sees shapes and orders of events that it has not learnt, and
    amplitude. Where normal readings are noise around a level, nothing can be told again but the level, and the score
    comes close to a moving average of squared deviations. Costs about 8 * hidden * (2 * hidden + n_features)
    multiplications per step.

    NetworkDetector says how scores, contributions and expected values come about, and describes the parameters and
    attributes that all networks share.

    Parameters
    ----------
    statistics : features that take part, such as ``raw``; None for those of every sensor.
    steps : length of the histories.
    hidden : width of both recurrent layers.
    latent : numbers that the whole history is squeezed into.
    tail : how many steps of the reconstruction are judged, the last ones. One step forgets what was strange a moment
        ago, all steps remember a spike for the whole history; ten ranked no worse than either on the recordings it
        was measured on, by little.

    References
    ----------
    Malhotra, P. et al. (2016). LSTM-based encoder-decoder for multi-sensor anomaly detection. ICML Anomaly Detection
    Workshop. The decoder here is given the bottleneck at every step instead of its own last output.
    """

    tags = DetectorTags(deterministic=True, explains=True, expects=True, reads="sequence")

    def __init__(
        self,
        *,
        statistics: tuple[str, ...] | None = ("raw",),
        steps: Annotated[int, Field(ge=2)] = 30,
        hidden: Count = 32,
        latent: Count = 8,
        tail: Count = 10,
        cap: Positive = 8.0,
        learning_rate: Positive = 1e-2,
        batch_size: Count = 256,
        max_epochs: Count = 30,
        patience: Count = 4,
        max_windows: Count | None = 20_000,
        seed: Seed = 0,
        threads: Count = 1,
        device: Device = "auto",
        checkpoint: str | None = None,
    ) -> None:
        self.statistics = statistics
        self.steps = steps
        self.hidden = hidden
        self.latent = latent
        self.tail = tail
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

    def _judged(self) -> int:
        return self.tail

    def _network(self, n_features: int) -> "nn.Module":
        from .networks.lstm import LstmAutoencoder as Network

        return Network(n_features, self.hidden, self.latent)
