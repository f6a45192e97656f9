"""Where the tables of every fleet are kept: read by day, replaced by day, whole or not at all."""

from .base import Warehouse
from .duckdb import DuckDBWarehouse
from .lock import FileLock
from .memory import MemoryWarehouse
from .opening import open_warehouse

__all__ = ["DuckDBWarehouse", "FileLock", "MemoryWarehouse", "Warehouse", "open_warehouse"]
