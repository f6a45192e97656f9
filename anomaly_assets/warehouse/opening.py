"""From a path or URI to a warehouse; a new backend is one line here."""

from pathlib import Path

from ..errors import WarehouseError
from .base import Warehouse
from .duckdb import DuckDBWarehouse
from .memory import MemoryWarehouse


def open_warehouse(location: Path | str) -> Warehouse:
    """Return the warehouse at a location: ``:memory:``, a path, or ``duckdb:<path>``.

    Nothing is opened or made before the first call of a method.

    Raises
    ------
    WarehouseError
        If the URI's scheme has no backend.
    """
    text = str(location)
    if text == ":memory:":
        return MemoryWarehouse()
    scheme, colon, rest = text.partition(":")
    if colon and scheme != "duckdb" and "/" not in scheme:
        raise WarehouseError(
            "no warehouse has this scheme",
            found=text,
            expected=":memory:, a path, or duckdb:<path>",
            remedy="change it",
        )
    path = (rest if colon and scheme == "duckdb" else text).removeprefix("//")
    return DuckDBWarehouse(path)
