"""Contention, kill -9 and their negative controls on the DuckDB warehouse, as one table of counts.

    .venv/bin/python benchmarks/warehouse_faults.py --kills 50 --writers 8

Ends with exit code 1 if the real warehouse was violated, or if a control that is broken on purpose was not caught.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from anomaly_assets_tests.warehouse.faults import (
    Findings,
    Paused,
    WithoutLock,
    WithoutTransaction,
    contend,
    kill_writers,
)

Trial = tuple[str, bool, Callable[[Path], Findings]]


def trials(kills: int, writers: int, rounds: int, seed: int) -> list[Trial]:
    """Name, whether it has to be sound, and how it is run in an empty folder."""
    return [
        (f"{writers} writers, 1 reader", True, lambda d: contend(Paused, d / "w.duckdb", writers, rounds)),
        ("... without the lock", False, lambda d: contend(WithoutLock, d / "w.duckdb", writers, rounds)),
        (f"kill -9, {kills} times", True, lambda d: kill_writers(Paused, d, kills, seed)),
        (
            "... without the transaction",
            False,
            lambda d: kill_writers(WithoutTransaction, d, 60, seed, first_only=True),
        ),
    ]


def report(name: str, sound: bool, findings: Findings, seconds: float) -> bool:
    """Print one row; return whether it came out as it has to."""
    kinds = ("unreadable", "part of a day", "lost write", "writer's error")
    counts = [findings.writes, findings.reads, findings.mid_write, *(findings.violations[kind] for kind in kinds)]
    passed = bool(findings.violations) != sound
    verdict = ("ok" if sound else "caught") if passed else "VIOLATED" if sound else "NOT CAUGHT"
    print(f"{name:30}" + "".join(f"{count:>14}" for count in counts) + f"{seconds:>9.1f}  {verdict}", flush=True)
    for example in findings.examples if sound else ():
        print(f"    {example}")
    return passed


def main() -> int:
    """Run every trial in a folder of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("kills", 50), ("writers", 8), ("rounds", 6), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    heads = ("writes", "reads", "died writing", "unreadable", "partial days", "lost writes", "writer errors")
    print(f"{'trial':30}" + "".join(f"{head:>14}" for head in heads) + f"{'seconds':>9}")
    passed = []
    for name, sound, run in trials(**vars(parser.parse_args())):
        with tempfile.TemporaryDirectory(prefix="warehouse-faults-") as folder:
            start = time.perf_counter()
            findings = run(Path(folder))
            passed.append(report(name, sound, findings, time.perf_counter() - start))
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
