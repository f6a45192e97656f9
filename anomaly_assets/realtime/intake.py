"""Messages from the inbox into the journal; acknowledged once they are there, and not before."""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..config import BrokerConfig
from .client import Arrived
from .connection import Connection
from .journal import TOO_MANY_UNITS, Journal, Limits, Message, write_down
from .payloads import Reader

Tell = Callable[[str], None]
_PAUSE = 1.0
"""Seconds until a journal that could not be written is tried again."""


@dataclass
class Intake:
    """Takes messages in, batch by batch.

    Attributes
    ----------
    connection, reader, journal, broker : where they come from, how they are read, where they go, how many at once.
    tell : told when the journal can't be written, and when the broker has to wait.
    heard_at : monotonic clock at the last message.
    """

    connection: Connection
    reader: Reader
    journal: Journal
    broker: BrokerConfig
    tell: Tell
    heard_at: float = 0.0
    _full: bool = False
    _crowded: bool = False

    def round(self, ended: Callable[[], bool], patience: float = 0.2) -> int:
        """Take in what is there, after waiting a little for it; returns the number of messages.

        A journal that can't be written, as on a full disk, is tried again until it can: meanwhile nothing is
        acknowledged, and the broker keeps what it has.
        """
        arrived = self.connection.arrived(self.broker.journal_at_once, patience)
        if not arrived:
            return 0
        self._tell_if_full()
        now = time.time_ns() // 1000
        messages = [Message(one.topic, one.payload, self.reader.read(one.topic, one.payload, now)) for one in arrived]
        if self._written(messages, ended):
            self._acknowledge(arrived)
        return len(arrived)

    def _written(self, messages: list[Message], ended: Callable[[], bool]) -> bool:
        kept, told = self.broker, False
        limits = Limits(kept.quarantine_kept, kept.payload_kept, kept.most_units)
        while not ended():
            try:
                counted = write_down(self.journal, messages, limits)
            except sqlite3.OperationalError as error:
                if not told:
                    self.tell(f"the journal {self.journal.path} can't be written ({error}); trying again")
                told = True
                time.sleep(_PAUSE)
            else:
                self._tell_if_crowded(refused=counted[f"quarantined:{TOO_MANY_UNITS}"])
                return True
        return False

    def _acknowledge(self, arrived: list[Arrived]) -> None:
        self.connection.acknowledge(arrived)
        self.heard_at = time.monotonic()

    def _tell_if_crowded(self, refused: int) -> None:
        if refused and not self._crowded:
            self.tell(
                f"readings of further units are refused: {len(self.journal.units):,} are known, no more than most_units"
                " of realtime.yaml; the quarantine of the journal names those that came last"
            )
        self._crowded = self._crowded or refused > 0

    def _tell_if_full(self) -> None:
        full = self.connection.held >= self.broker.receive_maximum
        if full and not self._full:
            self.tell(f"{self.connection.held} messages wait here for the journal; the broker keeps the others back")
        self._full = full
