"""A process to be run on its own: lets children write the same output, and kills them at random moments.

Prints what was left that should not be, a line each, and at last after how many kills an output lay there.
"""

import json
import os
import random
import signal
import struct
import sys
import time
from pathlib import Path

from anomaly_assets.pipelines.batch import files
from anomaly_assets.pipelines.batch.files import sweep
from anomaly_assets.pipelines.batch.targets import targets
from anomaly_assets_tests.pipelines.batch.standing_in import Rows, scored_rows, written

ROWS = 700


def main(folder: Path, kills: int, named: bool) -> None:
    if named:
        files._OPEN_FILES = folder / "no such place"  # as on a system without one
    __import__("pyarrow.parquet")  # before any child needs it
    chance, whole = random.Random(7), 0
    for number in range(kills):
        fresh, first = folder / f"fresh_{number}", folder / f"first_{number}"
        fresh.mkdir()
        first.mkdir()
        stem = fresh / "scores" if number % 2 else folder / "same"
        moment = chance.uniform(0, 3)
        killed_after(moment, stem, first / "scores", number)
        whole += targets(stem).metadata.exists()
        for told in faults(stem):
            print(f"{moment:.3f} durations, {stem}: {told}")
    print("whole", whole, "of", kills)


def killed_after(durations: float, stem: Path, first: Path, number: int) -> None:
    """Let a child write again and again, and kill it so many times later as it takes to write once."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        rows = scored_rows(ROWS, seed=number)
        written(first, Rows(rows, 100))
        began = time.perf_counter()
        written(first, Rows(rows, 100))
        os.write(tell, struct.pack("d", time.perf_counter() - began))
        while True:
            written(stem, Rows(rows, 100))
    os.close(tell)
    (once,) = struct.unpack("d", os.read(told, 8))
    time.sleep(durations * once)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(told)


def faults(stem: Path) -> list[str]:
    """Say what is wrong with an output after its writer died."""
    found, named = [], targets(stem)
    sweep(named)
    found += [f"not swept {path.name}" for path in stem.parent.iterdir() if path.name.startswith(".")]
    if named.csv.exists() and named.csv.read_text().count("\n") != ROWS + 1:
        found.append("a part of a CSV file")
    if named.parquet.exists() and not (named.parquet.read_bytes()[-4:] == b"PAR1" == named.parquet.read_bytes()[:4]):
        found.append("a part of a Parquet file")
    if named.metadata.exists():
        if json.loads(named.metadata.read_text())["input_info"]["total_samples"] != ROWS:
            found.append("metadata of another batch")
        if not (named.csv.exists() and named.parquet.exists()):
            found.append("metadata without scores")
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:] == ["named"])
