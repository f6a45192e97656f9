"""PatchTST: how far each sensor's last readings lie from what a transformer forecasts from the readings before them."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from ..errors import DetectorError
from .base import DetectorTags
from .by_network import Count, Device, NetworkDetector, Positive, Seed

if TYPE_CHECKING:
    from torch import nn


class PatchTst(NetworkDetector):
    """Transformer over patches of one feature's history, shared by all features; its forecast error is the score.

    The last ``horizon`` steps of a history are forecast from the steps before them, so that a score knows nothing that
    is later than its window. Assumes that a feature's own past tells its near future. Sees spikes, noise, a lost
    rhythm and levels far from the usual. Blind to a sensor that is stuck, which is easily forecast, and to sensors that
    contradict each other: no feature knows of another. By far the dearest detector: see benchmarks/deep.py.

    NetworkDetector says how scores, contributions and expected values come about, and describes the parameters and
    attributes that all networks share.

    Parameters
    ----------
    statistics : features that take part, such as ``raw``; None for those of every sensor.
    steps : length of the histories, forecast included.
    horizon : steps that are forecast.
    patch, stride : length of a patch, and from one patch to the next; what fills no patch is left out, the oldest.
    width, layers, heads, dropout : of the transformer.
    revin : show each history relative to its own mean and spread, as forecasters do. It makes the detector blind to
        every level that has lasted for a history, and ranked clearly worse on the recordings it was measured on.

    References
    ----------
    Nie, Y. et al. (2023). A time series is worth 64 words: long-term forecasting with transformers. ICLR.
    Kim, T. et al. (2022). Reversible instance normalization for accurate time-series forecasting. ICLR; here without
    its learnt scale and shift.
    """

    tags = DetectorTags(deterministic=True, explains=True, expects=True, reads="sequence", cannot_see=("stuck",))

    def __init__(
        self,
        *,
        statistics: tuple[str, ...] | None = ("raw",),
        steps: Annotated[int, Field(ge=2)] = 34,
        horizon: Count = 4,
        patch: Count = 6,
        stride: Count = 6,
        width: Count = 32,
        layers: Count = 2,
        heads: Count = 4,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
        revin: bool = False,
        cap: Positive = 8.0,
        learning_rate: Positive = 3e-3,
        batch_size: Count = 256,
        max_epochs: Count = 12,
        patience: Count = 3,
        max_windows: Count | None = 20_000,
        seed: Seed = 0,
        threads: Count = 1,
        device: Device = "auto",
        checkpoint: str | None = None,
    ) -> None:
        self.statistics = statistics
        self.steps = steps
        self.horizon = horizon
        self.patch = patch
        self.stride = stride
        self.width = width
        self.layers = layers
        self.heads = heads
        self.dropout = dropout
        self.revin = revin
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
        return self.horizon

    def _network(self, n_features: int) -> "nn.Module":
        from .networks.patch_transformer import PatchTransformer

        self._refuse_misfits()
        return PatchTransformer(
            steps=self.steps,
            horizon=self.horizon,
            patch=self.patch,
            stride=self.stride,
            width=self.width,
            layers=self.layers,
            heads=self.heads,
            dropout=self.dropout,
            revin=self.revin,
        )

    def _refuse_misfits(self) -> None:
        if self.horizon + self.patch > self.steps:
            raise DetectorError(
                "no patch fits into the history before the forecast",
                found=f"steps {self.steps}, horizon {self.horizon}, patch {self.patch}",
                expected="horizon + patch of at most steps",
                remedy="lengthen steps, or shorten patch or horizon",
            )
        if self.width % self.heads:
            raise DetectorError(
                f"{self.heads} heads can't share a width of {self.width}",
                expected="a width that is a multiple of heads",
                remedy="mend width or heads under the detector's params",
            )
