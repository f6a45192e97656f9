"""Writers that contend and writers that are killed, and what a reader finds; shared by tests and benchmark.

Every day that is written carries one version in all its rows, so a part of a day, a mixture of two and a lost write
can be seen. Two warehouses are broken on purpose: they show that the damage would be found.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.dataset  # noqa: F401 - what DuckDB imports at a first insert; loaded here once for all writers

from anomaly_assets.contracts import Table, tables
from anomaly_assets.errors import AnomalyAssetsError
from anomaly_assets.warehouse import DuckDBWarehouse
from anomaly_assets_tests.conftest import small_fleet
from anomaly_assets_tests.crowds import CONTEXT
from anomaly_assets_tests.warehouse.frames import day, rows_of

UNITS, ROWS = 10, 96
OWN_DAYS = 3
PAUSE = 0.04
WINDOW = 0.6
VERSIONS = """SELECT window_start::DATE AS day, count(*) AS rows, min(a__raw) AS low, max(a__raw) AS high
              FROM small.features GROUP BY ALL"""


class Paused(DuckDBWarehouse):
    """The real one, with a pause where the old rows are gone and the new ones not there: harder on all alike."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, lock_timeout=120, client_patience=0)

    def _remove(self, *arguments: Any) -> None:
        super()._remove(*arguments)
        time.sleep(PAUSE)


class WithoutLock(Paused):
    """Negative control: everybody opens the file whenever he likes."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.lock = _NoLock()  # type: ignore[assignment]


class WithoutTransaction(Paused):
    """Negative control: every statement commits by itself."""

    @contextmanager
    def _transaction(self, connection: Any) -> Iterator[None]:
        yield


class _NoLock:
    reading = writing = staticmethod(nullcontext)


@dataclass
class Findings:
    """What happened; `violations` must be empty for a sound warehouse."""

    writes: int = 0
    reads: int = 0
    mid_write: int = 0
    violations: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def blame(self, what: str, detail: object) -> None:
        self.violations[what] += 1
        self.examples = [*self.examples, f"{what}: {detail}"][:5]


def features() -> Table:
    return tables(small_fleet())["features"]


def version_of(template: pl.DataFrame, version: float) -> pl.DataFrame:
    return template.with_columns(a__raw=pl.lit(float(version)))


def judge(warehouse: DuckDBWarehouse, findings: Findings) -> dict[date, float]:
    """Read every day's version; blame what is not whole, and a reader that fails."""
    try:
        found = warehouse.query(VERSIONS).to_dicts() if warehouse.path.exists() else []
    except AnomalyAssetsError as error:
        if "does not exist" not in str(error):  # killed before the table's first transaction was through
            findings.blame("unreadable", error)
        return {}
    findings.reads += 1
    for row in found:
        if row["rows"] != UNITS * ROWS or row["low"] != row["high"]:
            findings.blame("part of a day", row)
    return {row["day"]: row["high"] for row in found}


def contend(kind: type[Paused], path: Path, writers: int, rounds: int) -> Findings:
    """Let processes replace their own days and one day of all, while this one keeps reading."""
    findings, queue = Findings(), CONTEXT.SimpleQueue()
    crowd = [CONTEXT.Process(target=_write_rounds, args=(kind, path, n, rounds, queue)) for n in range(writers)]
    for process in crowd:
        process.start()
    last: dict[date, float] = {}
    while any(process.is_alive() for process in crowd):
        judge(kind(path), findings)
        _drain(queue, last, findings)
        time.sleep(0.01)
    _drain(queue, last, findings)
    stored = judge(DuckDBWarehouse(path), findings)
    lost = [f"{on} {version}" for on, version in last.items() if stored.get(on) != version]
    for write in lost + ["the day of all"] * (findings.writes > 0 and day(0) not in stored):
        findings.blame("lost write", write)
    return findings


def _drain(queue: Any, last: dict[date, float], findings: Findings) -> None:
    while not queue.empty():
        on, version, error = queue.get()
        findings.writes += error is None
        if error is not None:
            findings.blame("writer's error", error)
        elif on != day(0):
            last[on] = version


def _write_rounds(kind: type[Paused], path: Path, writer: int, rounds: int, queue: Any) -> None:
    table, warehouse = features(), kind(path)
    own = [day(1 + writer * OWN_DAYS + n) for n in range(OWN_DAYS)]
    templates = {on: rows_of(table, on, ROWS, units=UNITS) for on in [day(0), *own]}
    for version in range(rounds):
        for on in (own[version % OWN_DAYS], day(0)):
            error = _attempt(warehouse, table, templates[on], on, writer * 1000 + version)
            queue.put((on, writer * 1000 + version, error))


def _attempt(warehouse: Paused, table: Table, template: pl.DataFrame, on: date, version: float) -> str | None:
    try:
        warehouse.replace(table, version_of(template, version), on, on + timedelta(days=1))
    except AnomalyAssetsError as error:
        return str(error)
    return None


def kill_writers(
    kind: type[Paused], folder: Path, kills: int, seed: int, writers: int = 2, first_only: bool = False
) -> Findings:
    """Kill -9 some writers at a random moment, look, and again; every few kills in a folder without a file yet.

    ``first_only`` ends it with the first violation.
    """
    findings, moments = Findings(), random.Random(seed)
    stored: dict[date, float] = {}
    for kill in range(kills):
        place = folder / f"after_{kill - kill % 5}"
        path, diary = place / "warehouse.duckdb", place / f"diary_{kill}"
        place.mkdir(exist_ok=True)
        victims = [CONTEXT.Process(target=_write_for_ever, args=(kind, path, diary, n, kill)) for n in range(writers)]
        for victim in victims:
            victim.start()
        _await(diary, "wrote" if kill % 2 else "tries")
        time.sleep(moments.uniform(0, WINDOW))
        for victim in victims:
            os.kill(victim.pid or 0, signal.SIGKILL)
            victim.join()
        before = stored if kill % 5 else {}
        stored = judge(kind(path), findings)
        _compare(before, stored, diary, findings)
        if first_only and findings.violations:
            break
    return findings


def _write_for_ever(kind: type[Paused], path: Path, diary: Path, writer: int, kill: int) -> None:
    table, warehouse, choice = features(), kind(path), random.Random(f"{kill}:{writer}")
    own = [day(writer * OWN_DAYS + n) for n in range(OWN_DAYS)]
    templates = {on: rows_of(table, on, ROWS, units=UNITS) for on in own}
    table.validate(templates[own[0]])  # warm, so that the first moment is already one of writing
    pages = os.open(diary, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o644)
    for version in range(kill * 100_000, (kill + 1) * 100_000):
        on = choice.choice(own)
        os.write(pages, f"{writer} tries {on} {version}\n".encode())
        warehouse.replace(table, version_of(templates[on], version), on, on + timedelta(days=1))
        os.write(pages, f"{writer} wrote {on} {version}\n".encode())


def _await(diary: Path, verb: str) -> None:
    deadline = time.monotonic() + 60
    while not diary.exists() or verb not in diary.read_text():
        if time.monotonic() > deadline:
            raise TimeoutError("no writer started within a minute")
        time.sleep(0.005)


def _compare(before: dict[date, float], stored: dict[date, float], diary: Path, findings: Findings) -> None:
    """A day holds its last acknowledged version, or the one its writer died over, or else what it held before."""
    expected, died_over = dict(before), dict[str, tuple[date, float]]()
    for line in diary.read_text().splitlines():
        writer, verb, on, version = line.split()
        if verb == "tries":
            died_over[writer] = date.fromisoformat(on), float(version)
        else:
            expected.update([died_over.pop(writer)])
            findings.writes += 1
    findings.mid_write += len(died_over)
    for on in {*expected, *stored}:
        found, sure = stored.get(on), expected.get(on)
        if found != sure and (on, found) not in died_over.values():
            findings.blame("lost write", f"{on} holds {found}, acknowledged was {sure}, died over {died_over}")
