"""Matlab's files: what scipy writes is read back, and damage is told, whatever was damaged."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from anomaly_assets.errors import IngestError
from anomaly_assets.ingest.arrays import arrays
from anomaly_assets.ingest.matlab import read_matlab

RNG = np.random.default_rng(7)
NUMBERS: dict[str, Any] = {
    "X105_DE_time": RNG.normal(size=(500, 1)),
    "X105RPM": np.array([[1797]], dtype=np.uint16),
    "a": np.float32([[1.5, 2.5, 3.5]]),
    "grid": np.arange(24.0).reshape(2, 3, 4),
    "many": np.arange(-5, 6, dtype=np.int64),
    "few": np.int8([[1], [2]]),
}
TEXTS: dict[str, Any] = {"start": "2024-01-05T12:00:00", "bearing": "Lager Nº 6", "two": np.array(["ab", "cd"])}
OTHERS: dict[str, Any] = {
    "cells": np.array([[1], "b"], dtype=object),
    "struct": {"speed": 3.0},
    "complex": np.array([1 + 2j]),
    "empty": np.empty((0, 0)),
}


@pytest.mark.parametrize("packed", [False, True])
def test_numbers_and_text_are_read_as_they_were_written(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "x.mat"
    savemat(path, NUMBERS | TEXTS | OTHERS, do_compression=packed)
    found, reference = read_matlab(path), loadmat(path)
    assert found.keys() == {*NUMBERS, *TEXTS, "empty"}
    for name, array in found.items():
        assert array.dtype == reference[name].dtype.newbyteorder("=")
        np.testing.assert_array_equal(array, reference[name])


def element(order: str, kind: int, body: bytes) -> bytes:
    return struct.pack(f"{order}II", kind, len(body)) + body + bytes(-len(body) % 8)


@pytest.mark.parametrize(("order", "mark"), [("<", b"IM"), (">", b"MI")])
def test_whole_numbers_may_lie_in_fewer_bytes_and_in_either_order(tmp_path: Path, order: str, mark: bytes) -> None:
    """As Matlab itself writes a double array of small whole numbers."""
    parts = [(6, struct.pack(f"{order}II", 6, 0)), (5, struct.pack(f"{order}ii", 3, 1)), (1, b"X105_FE_time")]
    body = b"".join(element(order, *part) for part in [*parts, (3, struct.pack(f"{order}hhh", -1, 300, 2))])
    path = tmp_path / "x.mat"
    path.write_bytes(
        b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(f"{order}H", 0x0100) + mark + element(order, 14, body)
    )
    (array,) = read_matlab(path).values()
    assert array.dtype == np.float64 and array.tolist() == [[-1.0], [300.0], [2.0]]


@pytest.mark.parametrize("packed", [False, True])
def test_bytes_that_changed_or_are_lost_are_read_or_told(tmp_path: Path, packed: bool) -> None:
    """Sizes and kinds lie at the beginning; damage there has ended other readers' process."""
    path, told = tmp_path / "x.mat", 0
    savemat(path, NUMBERS | TEXTS | OTHERS, do_compression=packed)
    raw = path.read_bytes()
    for turn in range(600):
        damaged = bytearray(raw if turn % 2 else raw[: RNG.integers(len(raw))])
        for place in RNG.integers(0, min(300, len(damaged) or 1), size=3 if damaged else 0):
            damaged[place] = RNG.integers(256)
        path.write_bytes(bytes(damaged))
        try:
            arrays(path)
        except IngestError as error:
            told += "x.mat can't be read" in str(error)
    assert told > 250


def test_what_is_packed_may_be_damaged_inside(tmp_path: Path) -> None:
    path = tmp_path / "x.mat"
    inside = zlib.compress(element("<", 14, element("<", 6, struct.pack("<II", 6, 0)))[:-6])
    path.write_bytes(bytes(124) + b"\x00\x01IM" + struct.pack("<II", 15, len(inside)) + inside)
    with pytest.raises(IngestError, match=r"x\.mat can't be read"):
        arrays(path)
