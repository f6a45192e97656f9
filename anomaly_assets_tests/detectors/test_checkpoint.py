"""Progress on disk is replaced as a whole, belongs to one training, and is not believed when it is damaged."""

from pathlib import Path

import numpy as np
import pytest

from anomaly_assets.detectors.checkpoint import Checkpoint

ROWS = np.arange(12.0).reshape(4, 3)
ARRAYS = {"weights": np.arange(5, dtype=np.float32), "step": np.array(3.0, dtype=np.float32)}


def test_what_is_read_is_what_was_written_last(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "new", "autoencoder", ROWS, {"seed": 0})
    assert checkpoint.read() is None
    checkpoint.write({name: np.zeros_like(array) for name, array in ARRAYS.items()})
    checkpoint.write(ARRAYS)
    kept = checkpoint.read()
    assert kept is not None
    assert all(np.array_equal(kept[name], array) and kept[name].shape == array.shape for name, array in ARRAYS.items())
    assert [path.suffix for path in checkpoint.path.parent.iterdir()] == [".safetensors"]
    checkpoint.remove()
    checkpoint.remove()
    assert checkpoint.read() is None


@pytest.mark.parametrize(
    ("kind", "rows", "how"),
    [
        ("lstm_autoencoder", ROWS, {"seed": 0}),
        ("autoencoder", ROWS + 1e-9, {"seed": 0}),
        ("autoencoder", ROWS.reshape(3, 4), {"seed": 0}),
        ("autoencoder", ROWS, {"seed": 1}),
    ],
)
def test_another_training_in_the_same_folder_has_its_own(
    kind: str, rows: np.ndarray, how: dict[str, int], tmp_path: Path
) -> None:
    Checkpoint(tmp_path, "autoencoder", ROWS, {"seed": 0}).write(ARRAYS)
    assert Checkpoint(tmp_path, kind, rows, how).read() is None
    assert Checkpoint(tmp_path, "autoencoder", ROWS.copy(), {"seed": 0}).read() is not None


def test_a_damaged_file_counts_as_none(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, "autoencoder", ROWS, {"seed": 0})
    checkpoint.write(ARRAYS)
    sound = checkpoint.path.read_bytes()
    for content in (b"", sound[:-3], sound[:-1] + bytes([sound[-1] ^ 1]), b"\xff" * len(sound)):
        checkpoint.path.write_bytes(content)
        assert checkpoint.read() is None
