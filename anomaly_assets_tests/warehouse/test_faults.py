"""Contention and kill -9: the warehouse is sound, and the harness would see it if it were not."""

from pathlib import Path

import pytest

from anomaly_assets_tests.warehouse.faults import Paused, WithoutLock, WithoutTransaction, contend, kill_writers


@pytest.mark.slow
def test_eight_writers_and_a_reader_lose_nothing_and_see_no_error(tmp_path: Path) -> None:
    findings = contend(Paused, tmp_path / "w.duckdb", writers=8, rounds=3)
    assert not findings.violations, findings.examples
    assert findings.writes == 8 * 3 * 2
    assert findings.reads > 5


@pytest.mark.slow
def test_without_the_lock_writers_and_readers_fail(tmp_path: Path) -> None:
    findings = contend(WithoutLock, tmp_path / "w.duckdb", writers=4, rounds=3)
    assert findings.violations["writer's error"]


@pytest.mark.slow
def test_kill_9_leaves_whole_days_and_every_acknowledged_one(tmp_path: Path) -> None:
    findings = kill_writers(Paused, tmp_path, kills=10, seed=1)
    assert not findings.violations, findings.examples
    assert findings.writes
    assert findings.mid_write >= 5


@pytest.mark.slow
def test_without_the_transaction_kill_9_loses_a_day(tmp_path: Path) -> None:
    assert kill_writers(WithoutTransaction, tmp_path, kills=60, seed=1, first_only=True).violations["lost write"]
