"""A DuckDB connection for one short transaction: opened with the same settings everywhere, closed whatever happens.

The caller holds the fair lock. Statements live in sql.py.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from . import failures
from .failures import WarehouseError

_CONFIGURATION: dict[str, str | bool | int | float | list[str]] = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
}
_SESSION = "SET TimeZone = 'UTC'; SET enable_external_access = false; SET enable_progress_bar = false;"
_PAUSE = 0.05


@dataclass(frozen=True)
class Opener:
    """How one file is opened.

    Attributes
    ----------
    path : the DuckDB file.
    patience : seconds to wait for a client that does not know the fair lock, such as a person's.
    memory_limit : as DuckDB writes it, ``4GB``; its own default when None.
    threads : of one transaction; DuckDB's own default when None.
    """

    path: Path
    patience: float
    memory_limit: str | None
    threads: int | None

    @contextmanager
    def connection(self, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open for the length of a ``with``; every failure inside becomes a WarehouseError in words."""
        try:
            connection = self._patiently(read_only)
            try:
                yield connection
            finally:
                with suppress(duckdb.Error):  # a connection that a full disk broke says so a second time
                    connection.close()
        except (duckdb.Error, OSError) as error:
            raise failures.meaning(error, self.path) from error

    def ensure_file(self) -> None:
        """Make an empty warehouse under another name and rename it, so that a half-made file is never seen."""
        if self.path.exists():
            return
        self._refuse_an_orphaned_log()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_name(f".{self.path.name}.new")
        for leftover in (draft, draft.with_name(draft.name + ".wal")):
            leftover.unlink(missing_ok=True)
        try:
            duckdb.connect(str(draft), config=_CONFIGURATION).close()
            draft.replace(self.path)
            _flush_folder(self.path.parent)
        except (duckdb.Error, OSError) as error:
            raise failures.meaning(error, self.path) from error

    def _refuse_an_orphaned_log(self) -> None:
        log = self.path.with_name(self.path.name + ".wal")
        if log.exists():
            raise WarehouseError(
                f"the log {log} lies there without its file",
                expected=str(self.path),
                remedy="put the file back beside its log, or move the log away; it may hold the last rows written",
            )

    def _patiently(self, read_only: bool) -> duckdb.DuckDBPyConnection:
        deadline = time.monotonic() + self.patience
        while True:
            try:
                return self._open(read_only)
            except (duckdb.IOException, duckdb.ConnectionException) as error:
                if not failures.is_held(error):
                    raise
                if time.monotonic() > deadline:
                    raise failures.held(error, self.path, self.patience) from error
            time.sleep(_PAUSE)

    def _open(self, read_only: bool) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(str(self.path), read_only=read_only, config=_CONFIGURATION)
        connection.execute(_SESSION)
        if self.memory_limit is not None:
            connection.execute("SET memory_limit = ?", [self.memory_limit])
        if self.threads is not None:
            connection.execute("SET threads = ?", [self.threads])
        return connection


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
