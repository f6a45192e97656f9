"""Column names to identifiers that YAML, SQL and people can live with; the engineering unit is taken off the name."""

import re
import unicodedata
from collections.abc import Iterable

_RESERVED = {"time", "unit_id", "source_file", "source_row", "day", "sensor", "rule", "found"}
_UNIT = re.compile(r"\s*[\[(]([^\])]{1,20})[\])]\s*$")


def identifiers(columns: Iterable[str]) -> dict[str, str]:
    """Give every column its own identifier: lower case, ``_`` for the rest, starting with a letter."""
    named: dict[str, str] = {}
    for column in columns:
        base = identifier(column)
        free = (f"{base}_{i}" if i else base for i in range(len(named) + 2))
        named[column] = next(name for name in free if name not in named.values() and name not in _RESERVED)
    return named


def identifier(column: str) -> str:
    """Make one identifier of a column's name: ``Temp. (°C)`` becomes ``temp``."""
    bare = _UNIT.sub("", column)
    plain = unicodedata.normalize("NFKD", bare).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:50]
    return words if words[:1].isalpha() else f"sensor_{words}".rstrip("_")


def measured_in(column: str) -> str:
    """Take the engineering unit from a column's name; empty where it states none."""
    match = _UNIT.search(column)
    return match[1] if match else ""
