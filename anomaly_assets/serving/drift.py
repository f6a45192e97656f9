"""The latest verdict on drift, read again now and then and never while somebody waits for an answer."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from ..config import FleetConfig
from ..pipelines import Site

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class DriftVerdict:
    """What the platform says of a day: whether it has drifted, and which share of its quantities has."""

    day: date
    drifted: bool
    share: float


def latest_drift(site: Site, fleet: FleetConfig) -> DriftVerdict | None:
    """Read the latest verdict; None where no day has one.

    Raises
    ------
    WarehouseError
        If the warehouse can't be read.
    """
    table = site.table(fleet, "drift_report")
    days = site.warehouse.days(table)
    if not days:
        return None
    last = max(days)
    rows = site.warehouse.read(table, last, last + timedelta(days=1), columns=["quantity", "drifted"])
    verdict, quantities = rows.filter(quantity="day")["drifted"], rows.filter(rows["quantity"] != "day")["drifted"]
    return DriftVerdict(last, bool(verdict.any()), float(quantities.mean() or 0.0))  # type: ignore[arg-type]


class DriftWatch:
    """Reads the latest verdict in a thread of its own.

    Parameters
    ----------
    tell : told of every verdict read.
    every : pause between two looks.
    """

    def __init__(self, site: Site, fleet: FleetConfig, tell: Callable[[DriftVerdict], None], every: timedelta) -> None:
        self.site, self.fleet, self.tell, self.every = site, fleet, tell, every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="drift", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """Look no more; a look under way is left behind."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                verdict = latest_drift(self.site, self.fleet)
                if verdict is not None:
                    self.tell(verdict)
            except Exception as error:  # the gauge keeps its last value; detection has nothing to do with it
                LOG.warning("the latest verdict on drift can't be read", extra={"reason": str(error)})
            self._ended.wait(self.every.total_seconds())
