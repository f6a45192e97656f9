"""A process to be run on its own: writes an output where a file may only grow to so many bytes, or on a small disk.

Prints for every limit how it ended and what lies in the folder afterwards, as JSON lines.
"""

import json
import resource
import signal
import sys
from pathlib import Path

from anomaly_assets.errors import ScoringError
from anomaly_assets_tests.pipelines.batch.standing_in import Rows, scored_rows, written


def main(folder: Path, *limits: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for limit in limits:
        ended = confined(folder / "scores", limit)
        print(json.dumps({"limit": limit, "ended": ended, "left": sorted(path.name for path in folder.iterdir())}))


def confined(stem: Path, limit: int) -> str:
    """Write with a limit on the size of files; 0 is none."""
    rows = Rows(scored_rows(3000, seed=2))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit or before[0], before[1]))
    try:
        written(stem, rows)
    except ScoringError as error:
        return str(error)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    return "written"


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
