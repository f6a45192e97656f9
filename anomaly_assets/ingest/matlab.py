"""Matlab's files of level 5 (``save`` up to version 7): real numbers and text by name; all else in them is skipped.

Not read by scipy.io: a few changed bytes in a file can end the process in its compiled reader. Here every size is held
against the bytes there are.

Source: MathWorks, "MAT-File Format", chapter "Level 5 MAT-File Format".
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_HEADER, _ORDERS = 128, {b"IM": "<", b"MI": ">"}
_MATRIX, _COMPRESSED = 14, 15
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""How numbers lie in the file; Matlab stores whole numbers in fewer bytes than their class has."""
_CLASSES = dict(zip(range(6, 16), ("f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"), strict=True))
_TEXT, _UTF8, _COMPLEX = 4, 16, 1 << 11


def read_matlab(path: Path) -> dict[str, NDArray[Any]]:
    """Read a file's arrays: real numbers with the shapes they have in Matlab, text as one string a row.

    Raises
    ------
    ValueError, struct.error, zlib.error
        If the file is of another kind, or damaged.
    """
    content = path.read_bytes()
    order = _ORDERS.get(content[_HEADER - 2 : _HEADER])
    if order is None:
        raise ValueError("no Matlab file of level 5" if content else "the file is empty")
    found = {}
    for kind, body in _elements(memoryview(content)[_HEADER:], order):
        whole = next(_elements(memoryview(zlib.decompress(body)), order)) if kind == _COMPRESSED else (kind, body)
        if whole[0] == _MATRIX and (named := _array(whole[1], order)):
            found[named[0]] = named[1]
    return found


def _elements(content: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Give kind and bytes of every element; those of at most four bytes share a word with their kind."""
    place = 0
    while place < len(content):
        (word,) = struct.unpack_from(f"{order}I", content, place)
        kind, size, begin = word & 0xFFFF, word >> 16, place + 4
        if not size:
            (size,) = struct.unpack_from(f"{order}I", content, begin)
            begin = place + 8
        if begin + size > len(content):
            raise ValueError(f"it ends after {len(content) - begin} of an element's {size} bytes")
        yield kind, content[begin : begin + size]
        place = begin + size + (0 if kind == _COMPRESSED else -(begin + size) % 8)


def _array(body: memoryview, order: str) -> tuple[str, NDArray[Any]] | None:
    """Read a matrix; None where it holds neither real numbers nor text, or has no name."""
    if not len(body):
        return None
    parts = _elements(body, order)
    flags, shape, name = (bytes(next(parts)[1]) for _ in range(3))
    (told,) = struct.unpack_from(f"{order}I", flags)
    if (told & 0xFF) not in {_TEXT, *_CLASSES} or told & _COMPLEX or not name:
        return None
    array = _cells(*next(parts), order).reshape(np.frombuffer(shape, f"{order}i4"), order="F")
    if told & 0xFF != _TEXT:
        return name.decode("latin-1"), array.astype(_CLASSES[told & 0xFF])
    letters = array.tolist() if array.dtype.kind == "U" else [map(chr, row) for row in array.tolist()]
    return name.decode("latin-1"), np.array(["".join(row) for row in letters])


def _cells(kind: int, body: memoryview, order: str) -> NDArray[Any]:
    if kind == _UTF8:
        return np.array(list(bytes(body).decode()), dtype="U1")
    return np.frombuffer(body, dtype=np.dtype(f"{order}{_STORED[kind]}"))
