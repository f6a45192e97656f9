"""Kill -9 in the middle of recording and delivering: what was acknowledged is there, once and in order."""

from pathlib import Path

import pytest

from .faults import Forgetful, Hasty, kill_recorders


@pytest.mark.slow
def test_kill_9_loses_no_acknowledged_event(url: str, tmp_path: Path) -> None:
    findings = kill_recorders(Hasty, url, tmp_path, kills=6, seed=1)
    assert not findings.violations, findings.examples
    assert findings.acknowledged > 100
    assert findings.left_waiting > 0  # or nobody was killed over undelivered events


@pytest.mark.slow
def test_a_recorder_that_forgets_before_the_commit_is_caught(sqlite: str, tmp_path: Path) -> None:
    assert kill_recorders(Forgetful, sqlite, tmp_path, kills=40, seed=1, first_only=True).violations["lost"]
