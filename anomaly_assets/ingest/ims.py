"""IMS bearings run to failure: feature tables (ims_tables.py) and raw snapshots (ims_snapshots.py) of three tests.

A unit is a test (``test_1``) or, with ``per: bearing``, a bearing (``test_1_bearing_3``). Tables are
``merged_dataset_BearingTest_N.csv``, their sensors are columns: ``Bearing 3 C1``, of a bearing ``C1`` and ``C2`` (a
bearing with one channel has ``C1`` alone). Snapshots lie in the folders ``1st_test``, ``2nd_test``, ``3rd_test`` and
``4th_test``, which is the archive's name for the third test's snapshots and is ``test_3`` here; they are read when the
fleet's file says ``waveforms``. Their sensors are indicators of a channel: ``bearing_3_c1_rms``, of a bearing
``c1_rms``. What the tables hold is ``c1_mean_abs`` (or ``bearing_3_c1_mean_abs``), and may be called so in both.

A test ends with the failure of the bearings that the public record names: test 1 with an inner race defect in bearing 3
and a rolling element defect in bearing 4, tests 2 and 3 with outer race failures in bearing 1 and bearing 3. The label
of a failure begins ``labels.failure_horizon`` before the last row that counts and ends one step after it; while
snapshots of a test still arrive, it moves on with them.

Source: H. Qiu, J. Lee, J. Lin, G. Yu, "Wavelet filter-based weak signature detection method and its application on
rolling element bearing prognostics", Journal of Sound and Vibration, 2006.
"""

from collections.abc import Sequence
from pathlib import Path

from ..config import FleetConfig
from . import ims_layout
from .condensing import Condense
from .ims_snapshots import failures_of, is_snapshot, read_failure, read_snapshot
from .ims_tables import is_table, read_table
from .recording import Recording
from .snapshots import is_failure, snapshot_of

WAVEFORMS = True
Options = ims_layout.Options


def takes(name: str, fleet: FleetConfig) -> bool:
    """Whether a file is the table of a test, or a snapshot and somebody said how it is condensed."""
    return is_table(name) or (fleet.waveforms is not None and is_snapshot(name))


def companions(path: Path) -> tuple[Path, ...]:
    """Name the snapshot that a failure depends on."""
    return snapshot_of(path)


def beside(fleet: FleetConfig, names: Sequence[str]) -> tuple[str, ...]:
    """Name the failure at the end of every test that there are snapshots of."""
    return failures_of(tuple(names), Options(**fleet.source.options))


def read(path: Path, name: str, fleet: FleetConfig, condense: Condense | None = None) -> Recording:
    """Read the table of a test, a snapshot or a failure.

    Raises
    ------
    IngestError
        If the file can't be read, or lacks the time, a channel or a sensor.
    """
    options = Options(**fleet.source.options)
    if is_failure(name):
        return read_failure(path, name, fleet, options)
    if is_snapshot(name):
        return read_snapshot(path, name, fleet, options, condense)
    return read_table(path, name, fleet, options)
