"""Matrix products of BLAS and torch whose rows still score alike in whatever batch they come.

A product rounds a row differently in a batch of another size, and also at another place of a batch of the same size:
the last rows of a block, or every third one, may take another path through the library (measured with OpenBLAS in
float32 and with torch's MKL in either precision). So the size is constant here, and a row's own numbers choose its
place. What is computed belongs in the detector; products small enough for numpy alone are in rowwise.py.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

_MULTIPLIER, _MIX = np.uint64(0xD1342543DE82EF95), np.uint64(0x9E3779B97F4A7C15)
_ALIGNMENT = 64


def in_fixed_blocks(
    function: Callable[[NDArray[np.float64]], np.ndarray], matrix: NDArray[np.float64], rows: int = 64
) -> np.ndarray:
    """Ask ``function`` block by block, so that a row's answer is the same bits in whatever batch it comes.

    Every block has exactly ``rows`` rows. Each row lies where its own numbers put it, rows of zeros fill the gaps, and
    equal rows are asked about once. The price is about a third more blocks than rows need when there are thousands of
    rows at the default size, more with larger blocks, and a whole block for a single row.

    Parameters
    ----------
    function : from float64 (rows, n_columns), C-contiguous, in a buffer that is used again for the next block, to
        (rows,) or (rows, n_answers). A row's answer may depend on that row and its place alone, not on other rows, and
        must be the same bits whenever it is asked again.
    matrix : (n_rows, n_columns), finite.
    rows : of a block.

    Returns
    -------
    (n_rows,) or (n_rows, n_answers), in the type that ``function`` answers in.
    """
    block = _aligned_zeros(rows, matrix.shape[1])
    answers = np.asarray(function(block))[:0]  # their shape and type, also when there is no row
    code = _codes(matrix)
    first, same_as = _distinct(matrix, code)
    found = np.empty((len(first), *answers.shape[1:]), answers.dtype)
    for asked, places in _rounds((code[first] >> np.uint64(32)) % np.uint64(rows), rows):
        block[:] = 0.0
        block[places] = matrix[first[asked]] + 0.0  # makes -0.0 the 0.0 that it equals
        found[asked] = function(block)[places]
    return found[same_as]


def _rounds(place: NDArray[np.uint64], rows: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.uint64]]]:
    """Deal the rows out to blocks, no two at one place; as many blocks as the fullest place has rows."""
    order = np.argsort(place, kind="stable")
    counts = np.bincount(place.astype(np.intp), minlength=rows)
    turn = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
    for number in range(int(counts.max(initial=0))):
        asked = order[turn == number]
        yield asked, place[asked]


def _distinct(matrix: np.ndarray, code: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First row of every set of equal rows, and for each row which of these it equals."""
    order = np.argsort(code, kind="stable")
    new = np.ones(len(order), dtype=bool)
    alike = np.flatnonzero(code[order[1:]] == code[order[:-1]])
    new[alike + 1] = (matrix[order[alike + 1]] != matrix[order[alike]]).any(axis=1)
    same_as = np.empty(len(order), dtype=np.intp)
    same_as[order] = np.cumsum(new) - 1
    return order[new], same_as


def _codes(matrix: np.ndarray) -> NDArray[np.uint64]:
    """Hash each row's numbers; zero and minus zero are one number."""
    code = np.zeros(len(matrix), dtype=np.uint64)
    for column in matrix.T:
        code *= _MULTIPLIER
        code += (np.ascontiguousarray(column, dtype=np.float64) + 0.0).view(np.uint64)
        code ^= code >> np.uint64(29)
    return (code ^ (code >> np.uint64(32))) * _MIX


def _aligned_zeros(rows: int, columns: int) -> NDArray[np.float64]:
    """Zeros at an address that vector units like, since a library may round by the address as well."""
    size = rows * columns * 8
    raw = np.zeros(size + _ALIGNMENT, dtype=np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    return raw[start : start + size].view(np.float64).reshape(rows, columns)
