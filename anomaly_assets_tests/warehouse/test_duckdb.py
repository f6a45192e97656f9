"""What concerns the file alone: strangers that hold it, damage, a full disk, threads, settings, plain clients."""

import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import tables
from anomaly_assets.errors import LockTimeoutError, WarehouseError
from anomaly_assets.warehouse import DuckDBWarehouse
from anomaly_assets_tests.conftest import small_fleet
from anomaly_assets_tests.warehouse.frames import day, rows_of

FEATURES = tables(small_fleet())["features"]
KILLED_AFTER_COMMIT = """
import os, sys
from anomaly_assets_tests.warehouse.test_duckdb import *
warehouse = DuckDBWarehouse(sys.argv[1])
warehouse._checkpoint = lambda connection: os.kill(os.getpid(), 9)
put(warehouse, 1, value=2.0)
"""
OPEN = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDBWarehouse:
    return DuckDBWarehouse(tmp_path / "w.duckdb", lock_timeout=30, client_patience=0.1)


def put(warehouse: DuckDBWarehouse, number: int, count: int = 4, value: float = 1.0) -> pl.DataFrame:
    frame = rows_of(FEATURES, day(number), count, value)
    warehouse.replace(FEATURES, frame, day(number), day(number + 1))
    return frame


class TestStrangers:
    def test_a_plain_client_reads_what_was_written(self, warehouse: DuckDBWarehouse) -> None:
        put(warehouse, 0)
        with duckdb.connect(str(warehouse.path)) as client:
            assert client.execute("SELECT count(*), min(a__raw) FROM small.features").fetchall() == [(8, 1.0)]

    def test_a_client_that_stays_is_named(self, warehouse: DuckDBWarehouse) -> None:
        before = put(warehouse, 0)
        arguments = [sys.executable, "-c", OPEN, str(warehouse.path)]
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
            assert client.stdout and client.stdout.readline() == "open\n"
            with pytest.raises(LockTimeoutError, match=f"process {client.pid} "):
                put(warehouse, 0, value=2.0)
            with pytest.raises(LockTimeoutError, match=f"process {client.pid} "):
                warehouse.read(FEATURES)
            client.communicate()
        assert_frame_equal(warehouse.read(FEATURES), before)

    def test_a_client_that_leaves_is_waited_for(self, tmp_path: Path) -> None:
        warehouse = DuckDBWarehouse(tmp_path / "w.duckdb", client_patience=30)
        put(warehouse, 0)
        client = duckdb.connect(str(warehouse.path))
        threading.Timer(0.2, client.close).start()
        put(warehouse, 1)
        assert warehouse.days(FEATURES) == {day(0): 8, day(1): 8}

    def test_two_paths_to_one_file_share_one_lock(self, warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
        put(warehouse, 0)
        (tmp_path / "link.duckdb").symlink_to(warehouse.path)
        assert DuckDBWarehouse(tmp_path / "link.duckdb").lock.folder == warehouse.lock.folder


class TestThreads:
    def test_threads_with_other_settings_read_and_write_at_once(self, warehouse: DuckDBWarehouse) -> None:
        failures: list[BaseException] = []

        def work(number: int) -> None:
            mine = DuckDBWarehouse(warehouse.path, threads=1 + number % 2, memory_limit=f"{500 + number}MB")
            try:
                for value in range(3):
                    frame = put(mine, number, value=float(value))
                    assert_frame_equal(mine.read(FEATURES, day(number), day(number + 1)), frame)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not failures
        assert warehouse.days(FEATURES) == {day(number): 8 for number in range(4)}

    def test_nothing_is_held_between_calls(self, warehouse: DuckDBWarehouse) -> None:
        put(warehouse, 0)
        warehouse.read(FEATURES)
        names = [str(entry.readlink()) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()]
        assert not [name for name in names if str(warehouse.path) in name]


class TestDamage:
    @pytest.mark.parametrize("content", [b"", b"not a database" * 1000, b"PK\x03\x04"], ids=["empty", "text", "zip"])
    def test_a_foreign_file_is_refused_and_not_touched(self, warehouse: DuckDBWarehouse, content: bytes) -> None:
        warehouse.path.write_bytes(content)
        for call in (lambda: put(warehouse, 0), lambda: warehouse.read(FEATURES), lambda: warehouse.days(FEATURES)):
            with pytest.raises(WarehouseError, match=r"is no DuckDB file.*Remedy"):
                call()
        assert warehouse.path.read_bytes() == content

    def test_a_folder_in_its_place_is_refused(self, warehouse: DuckDBWarehouse) -> None:
        warehouse.path.mkdir()
        with pytest.raises(WarehouseError, match="Remedy"):
            put(warehouse, 0)

    def test_a_sqlite_file_is_refused(self, warehouse: DuckDBWarehouse) -> None:
        import sqlite3

        with sqlite3.connect(warehouse.path) as other:
            other.execute("CREATE TABLE t (i)")
        with pytest.raises(WarehouseError, match="is no DuckDB file"):
            warehouse.read(FEATURES)

    def test_flipped_bytes_are_found_and_said(self, warehouse: DuckDBWarehouse) -> None:
        put(warehouse, 0, count=2000)
        content = bytearray(warehouse.path.read_bytes())
        content[4096:] = bytes(byte ^ 0xFF for byte in content[4096:])
        warehouse.path.write_bytes(content)
        with pytest.raises(WarehouseError, match=r"damaged.*Remedy"):
            warehouse.read(FEATURES)

    def test_a_log_without_its_file_is_refused_and_kept(self, warehouse: DuckDBWarehouse) -> None:
        log = warehouse.path.with_name("w.duckdb.wal")
        log.write_bytes(b"the last rows")
        with pytest.raises(WarehouseError, match="without its file"):
            put(warehouse, 0)
        assert log.read_bytes() == b"the last rows"

    def test_a_draft_of_one_who_was_killed_is_no_obstacle(self, warehouse: DuckDBWarehouse) -> None:
        warehouse.path.with_name(".w.duckdb.new").write_bytes(b"half a file")
        frame = put(warehouse, 0)
        assert_frame_equal(warehouse.read(FEATURES), frame)

    def test_a_committed_day_survives_a_kill_before_the_checkpoint(self, warehouse: DuckDBWarehouse) -> None:
        before = put(warehouse, 0)
        done = subprocess.run([sys.executable, "-c", KILLED_AFTER_COMMIT, str(warehouse.path)], check=False)
        assert done.returncode == -9
        assert warehouse.path.with_name("w.duckdb.wal").stat().st_size > 0
        assert_frame_equal(warehouse.read(FEATURES, day(0), day(1)), before)
        assert warehouse.days(FEATURES) == {day(0): 8, day(1): 8}
        put(warehouse, 2)
        assert list(warehouse.days(FEATURES)) == [day(0), day(1), day(2)]

    def test_a_damaged_log_is_said_and_kept(self, warehouse: DuckDBWarehouse) -> None:
        before = put(warehouse, 0)
        subprocess.run([sys.executable, "-c", KILLED_AFTER_COMMIT, str(warehouse.path)], check=False)
        log = warehouse.path.with_name("w.duckdb.wal")
        damaged = bytearray(log.read_bytes())
        damaged[len(damaged) // 2] ^= 0xFF
        log.write_bytes(damaged)
        for call in (lambda: warehouse.read(FEATURES), lambda: put(warehouse, 2)):
            with pytest.raises(WarehouseError, match=r"log .* can't be replayed.*never delete"):
                call()
        assert log.read_bytes() == damaged
        log.rename(log.with_suffix(".aside"))  # the remedy
        assert_frame_equal(warehouse.read(FEATURES), before)

    def test_an_error_inside_the_transaction_leaves_the_old_rows(
        self, warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = put(warehouse, 0)

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(warehouse, "_insert", interrupted)
        with pytest.raises(KeyboardInterrupt):
            put(warehouse, 0, value=2.0)
        monkeypatch.undo()
        assert_frame_equal(warehouse.read(FEATURES), before)


class TestFullDisk:
    @staticmethod
    def noise(number: int, version: float, count: int = 1000) -> pl.DataFrame:
        """A day that can't be compressed: half a megabyte for 1000 rows per unit, the version in one column."""
        template, source = rows_of(FEATURES, day(number), count), np.random.default_rng(int(version))
        numbers = [name for name, dtype in FEATURES.dtypes.items() if dtype == pl.Float64]
        noise = {name: source.normal(size=template.height) for name in numbers}
        return template.with_columns(**{name: pl.Series(values) for name, values in noise.items()}).with_columns(
            a__raw=pl.lit(version)
        )

    @staticmethod
    def versions(warehouse: DuckDBWarehouse) -> dict[int, float]:
        """The version that each day holds; every day is whole."""
        assert set(warehouse.days(FEATURES).values()) == {2000}
        sql = "SELECT window_start::DATE - DATE '2024-03-01', min(a__raw), max(a__raw) FROM small.features GROUP BY 1"
        found = list(warehouse.query(sql).iter_rows())
        assert all(low == high for _, low, high in found)
        return {number: low for number, low, _ in found}

    def test_a_file_that_may_not_grow_keeps_the_old_rows(self, warehouse: DuckDBWarehouse) -> None:
        before, new = put(warehouse, 0, count=1000), self.noise(0, 2.0, count=8000)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (warehouse.path.stat().st_size + 4096, hard))
        try:
            with pytest.raises(WarehouseError, match=r"disk .* is full.*Remedy"):
                warehouse.replace(FEATURES, new, day(0), day(1))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert_frame_equal(warehouse.read(FEATURES), before.sort(FEATURES.key))
        warehouse.replace(FEATURES, new, day(0), day(1))
        assert warehouse.days(FEATURES) == {day(0): 16_000}

    @pytest.fixture
    def small_disk(self, tmp_path: Path) -> Iterator[Path]:
        folder = tmp_path / "disk"
        folder.mkdir()
        mount = shutil.which("mount")
        command = [mount or "mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
        if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("a small disk can't be mounted here; the limit on file size above stands in for it")
        yield folder
        subprocess.run(["umount", str(folder)], check=True)

    def test_a_full_disk_loses_nothing_and_the_next_write_after_freeing_works(self, small_disk: Path) -> None:
        warehouse, sure = DuckDBWarehouse(small_disk / "w.duckdb"), dict[int, float]()
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(3_000_000))
        version = 0
        with pytest.raises(WarehouseError, match=r"disk .* is full") as told:
            while version < 200:
                frame = self.noise(version % 40, float(version))
                warehouse.replace(FEATURES, frame, day(version % 40), day(version % 40 + 1))
                sure[version % 40] = float(version)
                version += 1
        allowed = [sure, sure | {version % 40: float(version)}]
        assert len(sure) > 3
        assert self.versions(warehouse) in (allowed[1:] if "safe in its log" in str(told.value) else allowed[:1])
        ballast.unlink()
        assert self.versions(warehouse) in allowed
        warehouse.replace(FEATURES, frame, day(version % 40), day(version % 40 + 1))
        assert self.versions(warehouse) == allowed[1]
