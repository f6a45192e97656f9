"""Whether a batch fits in memory, before it is read. Nothing is limited here."""

import math
from pathlib import Path

COPIES = 6
"""Numbers in memory per feature and row of a batch: as read, as scaled, as scored, as written, and what is between."""

_NUMBER = 8
_LIMIT, _USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
_MACHINE = Path("/proc/meminfo")


def too_little_room(batch_size: int, columns: int, free: int | None = None) -> str | None:
    """Say so where a batch would not fit in the memory that is free.

    Parameters
    ----------
    columns : of a row.
    free : bytes; looked up when not given.

    Returns
    -------
    A sentence that suggests a smaller batch; None where there is room, or where that can't be found out.
    """
    free = free_memory() if free is None else free
    row = columns * _NUMBER * COPIES
    if free is None or batch_size * row <= free:
        return None
    fits = max(1, free // (2 * row))
    rounded = fits // 10 ** int(math.log10(fits)) * 10 ** int(math.log10(fits))
    return (
        f"batches of {batch_size:,} rows with {columns:,} columns need about {batch_size * row / 1e9:,.1f} GB and "
        f"{free / 1e9:,.1f} GB are free; use --batch-size {rounded}"
    )


def free_memory() -> int | None:
    """Bytes that can be had, of the machine or of what this process is allowed; None where that can't be found out."""
    known = [found for found in (_of_machine(), _of_group()) if found is not None]
    return min(known, default=None)


def _of_machine() -> int | None:
    try:
        lines = _MACHINE.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _of_group() -> int | None:
    try:
        return max(0, int(_LIMIT.read_text()) - int(_USED.read_text()))
    except (OSError, ValueError):  # no limit is written as a word
        return None
