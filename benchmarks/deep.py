"""Networks on C-MAPSS FD001: CPU seconds an epoch beside a plain torch loop, scoring, and how well they rank.

    python benchmarks/deep.py --data DIR [--rounds 3] [--quality]

DIR holds train_FD001.txt. An epoch is 17,731 histories of 30 cycles x 14 sensors in batches of 256, on one thread of
the processor; rounds alternate between the two, and the figure is the median of the rounds' ratios. The peer is what
one would write down first: torch's own modules (LSTM, or TransformerEncoder over the same patches), TensorDataset,
DataLoader and Adam, the same sizes, nothing held back.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from anomaly_assets.detectors import build_detector
from anomaly_assets.detectors.asking import fit_detector, score_windows
from anomaly_assets.detectors.networks.lstm import LstmAutoencoder
from anomaly_assets.detectors.networks.patch_transformer import PatchTransformer
from anomaly_assets.detectors.torch_training import Training, train
from anomaly_assets.evaluation import auc_pr, prevalence, roc_auc

HEALTHY, FAILING, HISTORY = 60, 30, 30
LAST = np.arange(34) == 33
"""Asks about the last of 34 windows alone."""


class PlainLstm(nn.Module):
    """The peer of the LSTM autoencoder."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.LSTM(14, 32, batch_first=True), nn.LSTM(8, 32, batch_first=True)
        self.squeeze, self.tell = nn.Linear(32, 8), nn.Linear(32, 14)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, sensors, steps) -> the same."""
        state = self.encoder(x.transpose(1, 2))[1][0][0]
        told = self.decoder(self.squeeze(state)[:, None].expand(-1, x.shape[2], -1))[0]
        return self.tell(told).transpose(1, 2)


class PlainPatch(nn.Module):
    """The peer of PatchTST: five patches of six steps, and a forecast of ``horizon``."""

    def __init__(self, horizon: int) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(32, 4, 128, 0.0, "gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.embed, self.head, self.place = nn.Linear(6, 32), nn.Linear(160, horizon), nn.Parameter(torch.zeros(5, 32))
        self.horizon = horizon

    def forward(self, x: Tensor) -> Tensor:
        """(batch, sensors, 30 + horizon) -> (batch, sensors, horizon)."""
        tokens = self.embed(x[:, :, : -self.horizon].reshape(-1, 5, 6)) + self.place
        return self.head(self.encoder(tokens).flatten(1)).view(len(x), -1, self.horizon)


def engines(folder: Path) -> tuple[pl.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Windows of one cycle, sensors in spreads of each engine's first 60 cycles; unit, cycle, cycles left."""
    rows = np.loadtxt(folder / "train_FD001.txt")
    unit, cycle, sensors = rows[:, 0].astype(int), rows[:, 1].astype(int), rows[:, 5:]
    sensors = sensors[:, [len(np.unique(column)) > 2 for column in sensors.T]]
    left = np.empty_like(cycle)
    for each in np.unique(unit):
        own, early = unit == each, (unit == each) & (cycle <= HEALTHY)
        sensors[own] = (sensors[own] - sensors[early].mean(axis=0)) / sensors[early].std(axis=0)
        left[own] = cycle[own].max() - cycle[own]
    names = [f"s{number:02}__raw" for number in range(sensors.shape[1])]
    frame = pl.DataFrame(sensors, schema=names).with_columns(
        pl.Series("unit_id", unit), pl.Series("window_start", cycle * 3_600_000_000).cast(pl.Datetime("us", "UTC"))
    )
    trailing = pl.selectors.ends_with("__raw").rolling_mean(10, min_samples=1).over("unit_id")
    means = trailing.name.map(lambda name: name.replace("raw", "mean_10h"))
    return frame.with_columns(pl.col("window_start").dt.offset_by("1h").alias("window_end"), means), unit, cycle, left


def histories(frame: pl.DataFrame, unit: np.ndarray, steps: int) -> np.ndarray:
    """Every whole history of 30 cycles, longer ones filled up at an engine's start: float32 (17731, 14, steps)."""
    matrix, parts = frame.select(pl.selectors.ends_with("__raw")).to_numpy(), []
    for each in np.unique(unit):
        filled = np.pad(matrix[unit == each], ((steps - HISTORY, 0), (0, 0)), mode="edge")
        parts.append(np.lib.stride_tricks.sliding_window_view(filled, steps, axis=0))
    return np.concatenate(parts).astype(np.float32)


def plain_epoch(network: nn.Module, windows: np.ndarray) -> None:
    """One epoch as it is usually written."""
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    for (batch,) in DataLoader(TensorDataset(torch.from_numpy(windows)), batch_size=256, shuffle=True):
        guess = network(batch)
        loss = nn.functional.mse_loss(guess, batch[:, :, -guess.shape[2] :])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def own_epoch(network: nn.Module, windows: np.ndarray) -> None:
    """One epoch as the detectors learn, with hardly a row to validate on."""
    how = Training(seed=0, learning_rate=1e-3, batch_size=256, max_epochs=1, patience=1, device="cpu")
    train(network, windows, windows[:1], how)


def cpu_seconds(call: Callable[[], object]) -> float:
    """CPU time of one call, of all its threads."""
    begin = time.process_time()
    call()
    return time.process_time() - begin


def alternating(
    own: Callable[[], nn.Module], peer: Callable[[], nn.Module], windows: np.ndarray
) -> tuple[float, float]:
    """CPU seconds of one epoch of each."""
    return cpu_seconds(lambda: own_epoch(own(), windows)), cpu_seconds(lambda: plain_epoch(peer(), windows))


def speed(frame: pl.DataFrame, unit: np.ndarray, rounds: int) -> None:
    """Epochs of both networks, side by side."""
    sizes = {"steps": 34, "horizon": 4, "patch": 6, "stride": 6, "width": 32, "layers": 2, "heads": 4, "dropout": 0.0}
    pairs: dict[str, tuple[Callable[[], nn.Module], Callable[[], nn.Module], int]] = {
        "lstm_autoencoder": (lambda: LstmAutoencoder(14, 32, 8), PlainLstm, 30),
        "patch_tst": (lambda: PatchTransformer(**sizes, revin=False), lambda: PlainPatch(4), 34),
    }
    for kind, (own, peer, steps) in pairs.items():
        windows = histories(frame, unit, steps)
        spent = [alternating(own, peer, windows) for _ in range(rounds + 1)][1:]  # the first one warms up
        ratios = sorted(slow / fast for fast, slow in spent)
        mine, theirs = (median(column) for column in zip(*spent, strict=True))
        print(
            f"{kind:17} {len(windows):,} histories   CPU s an epoch: own {mine:.2f}, plain torch {theirs:.2f},"
            f" ratio {median(ratios):.2f} (rounds {ratios[0]:.2f} to {ratios[-1]:.2f})"
        )


def asking(frame: pl.DataFrame) -> None:
    """What a score costs, in thousands and alone."""
    for kind in ("autoencoder", "lstm_autoencoder", "patch_tst"):
        detector = fit_detector(build_detector(kind, {"max_epochs": 1}), frame[:2000])
        many = cpu_seconds(lambda detector=detector: score_windows(detector, frame)) / frame.height
        alone = (
            cpu_seconds(lambda detector=detector: [score_windows(detector, frame[:34], LAST) for _ in range(10)]) / 10
        )
        print(
            f"{kind:17} {many * 1e6:6.0f} CPU us a window of {frame.height:,}   {alone * 1e3:6.1f} CPU ms for one alone"
        )


def folds(unit: np.ndarray) -> Iterator[np.ndarray]:
    """Twenty engines at a time."""
    order = np.random.default_rng(0).permutation(np.unique(unit))
    for test in np.array_split(order, 5):
        yield np.isin(unit, test)


def quality(frame: pl.DataFrame, unit: np.ndarray, cycle: np.ndarray, left: np.ndarray) -> None:
    """Average precision on 20 engines, learnt from the first 60 cycles of the other 80, five times."""
    for kind in ("deviation", "hotelling_t2_q", "autoencoder", "lstm_autoencoder", "patch_tst"):
        found = []
        for test in folds(unit):
            learn = frame.filter(pl.Series(~test & (cycle <= HEALTHY)))
            detector, spent = build_detector(kind), time.process_time()
            fit_detector(detector, learn)
            spent = time.process_time() - spent
            score, failing = score_windows(detector, frame.filter(pl.Series(test))), left[test] <= FAILING
            found.append((auc_pr(failing, score), roc_auc(failing, score), prevalence(failing), spent))
        ap, auc, share, spent = np.mean(found, axis=0)
        print(f"{kind:17} AP {ap:.3f} (share of failing {share:.2f})   ROC AUC {auc:.3f}   fit {spent:.1f} CPU s")


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quality", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    print(
        f"torch {torch.__version__}, GPU {gpu}; epochs and scores are the processor's, fits a GPU's where there is one"
    )
    frame, unit, cycle, left = engines(options.data)
    speed(frame, unit, options.rounds)
    asking(frame)
    if options.quality:
        quality(frame, unit, cycle, left)


if __name__ == "__main__":
    main()
