"""What the numbers of messages tell: which are missing, which came late, which came again.

Every topic counts its own messages. Readings without a number are of no concern here.
"""

import json
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from enum import Enum

from .payloads import Reading


class Arrival(Enum):
    """What a message's number says about it."""

    NEW = "new"
    FILLS = "fills a gap"
    AGAIN = "came again"
    RESTARTED = "counts anew"


LONG_AGO = -(2**63)
Row = tuple[int, int, int, int, str]


@dataclass
class Sequence:
    """The numbers heard on one topic.

    Attributes
    ----------
    kept : so many missing stretches may still be filled; messages of older ones count as missing for ever.
    lowest, highest : smallest and largest number heard since counting began; -1 before the first.
    latest : latest moment that a reading of the topic told of, microseconds since the epoch.
    before : what is not later than this was numbered before counting began anew.
    missing : stretches of missing numbers, first and last, in order.
    """

    kept: int
    lowest: int = -1
    highest: int = -1
    latest: int = LONG_AGO
    before: int = LONG_AGO
    missing: list[list[int]] = field(default_factory=list)

    @classmethod
    def remembered(cls, kept: int, row: Row) -> "Sequence":
        """Go on from what `row` gave."""
        lowest, highest, latest, before, missing = row
        return cls(kept, lowest, highest, latest, before, json.loads(missing))

    def row(self) -> Row:
        """Give everything that is to be remembered."""
        return self.lowest, self.highest, self.latest, self.before, json.dumps(self.missing)

    def copy(self) -> "Sequence":
        """Give one that goes its own way."""
        return replace(self, missing=[list(stretch) for stretch in self.missing])

    def arrives(self, reading: Reading) -> tuple[Arrival, int]:
        """Note a reading that has a number; returns what that says, and how many numbers are newly missing.

        A number that was heard before is a message that came again, unless it tells of a later moment than all
        before it: then whoever counts has begun anew, and what was missing is missing for ever. Readings of one message
        may share its number.
        """
        earlier, self.latest = self.latest, max(self.latest, reading.time)
        if self.highest < 0:
            self.lowest = self.highest = reading.seq
            return Arrival.NEW, 0
        if reading.time <= self.before:
            return Arrival.AGAIN, 0
        return self._arrives(reading.seq, reading.time > earlier, earlier)

    def _arrives(self, seq: int, later: bool, latest: int) -> tuple[Arrival, int]:
        if seq > self.highest or (later and seq == self.highest):
            return Arrival.NEW, self._upwards(seq)
        if self._fill(seq):
            return Arrival.FILLS, 0
        if later:
            self.lowest = self.highest = seq
            self.before, self.missing = latest, []
            return Arrival.RESTARTED, 0
        if seq < self.lowest:
            return Arrival.NEW, self._downwards(seq)
        return Arrival.AGAIN, 0

    def _upwards(self, seq: int) -> int:
        first, self.highest = self.highest + 1, seq
        return self._miss(first, seq - 1)

    def _downwards(self, seq: int) -> int:
        last, self.lowest = self.lowest - 1, seq
        return self._miss(seq + 1, last)

    def _miss(self, first: int, last: int) -> int:
        if last < first:
            return 0
        self.missing = sorted([*self.missing, [first, last]])[-self.kept :]
        return last - first + 1

    def _fill(self, seq: int) -> bool:
        place = bisect_right(self.missing, seq, key=lambda stretch: stretch[0]) - 1
        if place < 0 or self.missing[place][1] < seq:
            return False
        first, last = self.missing[place]
        rest = [[first, seq - 1], [seq + 1, last]]
        self.missing[place : place + 1] = [stretch for stretch in rest if stretch[0] <= stretch[1]]
        return True
