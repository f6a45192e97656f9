import numpy as np
import pytest

from anomaly_assets.config import WaveformConfig
from anomaly_assets.errors import FeatureError
from anomaly_assets.features import cut


def test_windows_begin_every_hop_and_a_rest_is_left_out() -> None:
    found = cut(np.arange(50), WaveformConfig(rate=1, window=16, hop=8))
    assert found[:, 0].tolist() == [0, 8, 16, 24, 32]
    assert all((np.diff(row) == 1).all() and len(row) == 16 for row in found)


def test_without_a_hop_windows_touch() -> None:
    assert cut(np.arange(50), WaveformConfig(rate=1, window=16))[:, 0].tolist() == [0, 16, 32]


def test_cutting_copies_nothing() -> None:
    wave = np.arange(50, dtype=np.float32)
    found = cut(wave, WaveformConfig(rate=1, window=16, hop=1))
    assert np.shares_memory(found, wave) and found.dtype == np.float32 and not found.flags.writeable


def test_a_signal_shorter_than_a_window_has_none() -> None:
    assert cut(np.arange(15.0), WaveformConfig(rate=1, window=16)).shape == (0, 16)


def test_a_table_is_no_signal() -> None:
    with pytest.raises(FeatureError, match="one dimension"):
        cut(np.zeros((3, 16)), WaveformConfig(rate=1, window=16))
