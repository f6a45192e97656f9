"""Which files belong to a source, and their bytes: globs, gzip, encodings. What the bytes mean is for the readers."""

import gzip
import zlib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, TextIO, cast

from ..errors import IngestError

BESIDE = ("labels.csv", "metadata.csv")
"""Files that describe a recording and lie beside it; never readings themselves."""

_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 20
UTF16 = (b"\xff\xfe", b"\xfe\xff")


def matching(folder: Path, include: Iterable[str], exclude: Iterable[str] = ()) -> tuple[str, ...]:
    """List files below a folder by glob, as sorted relative posix paths.

    A pattern without a slash also matches the file name alone in any folder of ``exclude``; hidden and temporary
    files (``.x``, ``x.tmp``, ``x.part``) and `BESIDE` never belong.

    Raises
    ------
    IngestError
        If the folder isn't there; a folder that is away for a moment is no reason to forget its files.
    """
    if not folder.is_dir():
        raise IngestError(
            f"the folder of raw files {folder} isn't there",
            remedy="check source.folder and whether the drive is mounted, or pass --raw DIR",
        )
    found = {
        path.relative_to(folder).as_posix() for pattern in include for path in folder.glob(pattern) if path.is_file()
    }
    return tuple(sorted(name for name in found if not _foreign(name) and not _matches(name, exclude)))


def content(path: Path) -> bytes:
    """Read a file whole, unpacking gzip by its first bytes.

    Raises
    ------
    IngestError
        If it can't be opened, is empty, or is a gzip that stops short.
    """
    try:
        raw = path.read_bytes()
        unpacked = gzip.decompress(raw) if raw[:2] == _GZIP else raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise IngestError(
            f"{path.name} is a gzip file that is cut short or damaged", found=str(error), remedy="copy the file again"
        ) from error
    except OSError as error:
        raise IngestError(f"{path.name} can't be opened", found=str(error)) from error
    if not unpacked.strip():
        raise IngestError(f"{path.name} is empty", remedy="copy the file again, or remove it")
    return unpacked


def is_plain_utf8(path: Path, encoding: str | None) -> bool:
    """Whether a CSV library can read the file in place: neither packed nor in another encoding, as far as can be seen.

    Raises
    ------
    IngestError
        If the file can't be opened or is empty.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(_BLOCK)
    except OSError as error:
        raise IngestError(f"{path.name} can't be opened", found=str(error)) from error
    if not start:
        raise IngestError(f"{path.name} is empty", remedy="copy the file again, or remove it")
    said = (encoding or "utf-8").lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig"}
    return said and start[:2] not in (_GZIP, *UTF16) and _begins_as_utf8(start)


def _begins_as_utf8(start: bytes) -> bool:
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def decoded(raw: bytes, encoding: str | None = None) -> str:
    """Turn bytes into text: in the encoding a person has said, else by byte-order mark, as UTF-8, at last as Latin-1.

    Raises
    ------
    IngestError
        If the encoding that was said is unknown or doesn't fit.
    """
    try:
        if encoding is not None:
            return raw.decode(encoding)
        return raw.decode("utf-16" if raw[:2] in UTF16 else "utf-8-sig")
    except (LookupError, UnicodeDecodeError) as error:
        if encoding is None and raw[:2] not in UTF16:
            return raw.decode("latin-1")
        raise IngestError(
            "the text isn't in the encoding that was said", found=str(error), expected=encoding
        ) from error


def text_stream(path: Path, encoding: str | None = None) -> TextIO:
    """Open a file, packed or not, to be read line by line; without a word on its encoding it is UTF-8 or Latin-1."""
    with path.open("rb") as binary:
        packed = binary.read(2) == _GZIP
    opened: Any = gzip.open if packed else open
    for candidate in [encoding] if encoding else ["utf-8-sig"]:
        try:
            with opened(path, "rt", encoding=candidate, newline="") as stream:
                while stream.read(_BLOCK):
                    pass
            return cast(TextIO, opened(path, "rt", encoding=candidate, newline=""))
        except UnicodeError:
            continue
    return cast(TextIO, opened(path, "rt", encoding="latin-1", newline=""))


def stem(name: str) -> str:
    """Give a relative path without its suffixes, folders joined by underscores: ``valve1/0.csv.gz`` is ``valve1_0``."""
    path = PurePosixPath(name)
    bare = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return "_".join(bare.with_suffix("").parts)


def _foreign(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") for part in path.parts)
    return hidden or path.name in BESIDE or path.suffix in {".tmp", ".part", ".crdownload"}


def _matches(name: str, patterns: Iterable[str]) -> bool:
    path = PurePosixPath(name)
    return any(fnmatchcase(name, pattern) or fnmatchcase(path.name, pattern) for pattern in patterns)
