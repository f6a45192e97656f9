"""Whether a window fits the fleet, and what is asked of its champion then; what does not fit is told in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches

import numpy as np

from ..config import ServingConfig, format_duration
from ..pipelines.live import Ask, Live, moment_of
from .instants import microseconds_of
from .refusals import malformed
from .schemas import UNIT, Detect

MICROSECOND, DAY = timedelta(microseconds=1), timedelta(days=1)
_FILL_UP = "send more of the past; where the unit's recording begins later, fill up with rows of null at the beginning"


@dataclass(frozen=True, slots=True)
class Asked:
    """A window that fits.

    Attributes
    ----------
    ask : what the champion is asked.
    detect : the request.
    at : its timestamp, microseconds since the Unix epoch.
    """

    ask: Ask
    detect: Detect
    at: int

    @property
    def instant(self) -> datetime:
        """Its timestamp."""
        return moment_of(self.at)


class Form:
    """What a window of a version must look like; made once for each.

    Attributes
    ----------
    live : the version.
    units : that it was trained on.
    rows, most : fewest and most rows.
    sampling, step : distance of rows, and of the instants that readings are gathered at, in microseconds.
    """

    def __init__(self, live: Live, config: ServingConfig) -> None:
        self.live, self.config = live, config
        self.rows, self.most = live.rows, max(config.most_rows, live.rows)
        self.units = frozenset(live.units)
        self.sampling, self.step = live.fleet.sampling // MICROSECOND, min(live.fleet.sampling, DAY) // MICROSECOND

    def understood(self, detect: Detect, place: str = "") -> Asked:
        """Check a window.

        The window that is scored is the one that ``timestamp`` lies in, as far as it is known then.

        Parameters
        ----------
        place : where the window stands in its request, such as ``windows[3].``; nothing when it is alone.

        Raises
        ------
        Refusal
            422, if its unit is unknown, its shape is another or its instants don't fit.
        """
        if detect.sensor_id not in self.units:
            self._check_unknown(detect.sensor_id, place)
        self._check_shape(detect, place)
        at = microseconds_of(detect.timestamp, f"{place}timestamp", self.config)
        if detect.times is None:
            times = at // self.step * self.step + self.sampling * np.arange(1 - len(detect.window), 1, dtype=np.int64)
        else:
            times = self._times(detect.times, detect, at, place)
        readings = np.array(detect.window, dtype=np.float64)
        return Asked(Ask(detect.sensor_id, times, readings, until=(at // self.step + 1) * self.step), detect, at)

    def _check_unknown(self, unit: str, place: str) -> None:
        if self.config.unknown_units == "score":
            if len(unit) > UNIT:
                found, expected = f"{len(unit)} characters", f"{UNIT} at most"
                raise malformed(f"{place}sensor_id is too long", found=found, expected=expected)
            return
        units = sorted(self.units)
        near = get_close_matches(unit, units, n=3)
        few = f": {', '.join(units)}" if len(units) <= 12 else f", such as {', '.join(units[:3])}"
        raise malformed(
            f"{self.live.fleet.fleet} has no unit {unit!r}",
            found=f"{place}sensor_id {unit!r}",
            expected=f"perhaps {' or '.join(near)}" if near else f"one of {len(units)} units{few}",
            remedy="GET /models lists all; unknown_units: score in serving.yaml scores others with the fleet's scales",
        )

    def _check_shape(self, detect: Detect, place: str) -> None:
        rows, wide, sensors = len(detect.window), len(self.live.sensors), self.live.sensors
        fewest = 1 if detect.times is not None else self.rows
        if not fewest <= rows <= self.most:
            grid = f", one a grid step of {format_duration(self.live.fleet.sampling)}, the last at timestamp"
            raise malformed(
                f"{place}window holds too {'few' if rows < fewest else 'many'} rows",
                found=f"{rows} rows",
                expected=f"{fewest} to {self.most} rows" + grid * (detect.times is None),
                remedy=_FILL_UP if rows < fewest else "send the latest rows alone",
            )
        number = next((number for number, row in enumerate(detect.window) if len(row) != wide), None)
        if number is not None:
            raise malformed(
                f"{place}window[{number}] holds another number of readings than there are sensors",
                found=f"{len(detect.window[number])} readings",
                expected=f"{wide}: {', '.join(sensors)}",
                remedy="send every sensor in this order, null for one that said nothing",
            )

    def _times(self, texts: Sequence[str], detect: Detect, at: int, place: str) -> np.ndarray:
        if len(texts) != len(detect.window):
            raise malformed(
                f"{place}times and window are not of one length",
                found=f"{len(texts)} instants, {len(detect.window)} rows",
                expected="one instant a row",
            )
        times = [microseconds_of(text, f"{place}times[{number}]", self.config) for number, text in enumerate(texts)]
        back = next((number for number in range(1, len(times)) if times[number] < times[number - 1]), None)
        if back is not None:
            found = f"times[{back}] {texts[back]} after {texts[back - 1]}"
            remedy = "sort the rows by time"
            raise malformed(f"{place}times go back", found=found, expected="never descending", remedy=remedy)
        if times[-1] > at:
            found = f"timestamp {detect.timestamp}, last of times {texts[-1]}"
            raise malformed(f"{place}times go on after timestamp", found=found, expected="no reading after timestamp")
        self._check_reach(times[0], at, place)
        return np.array(times, dtype=np.int64)

    def _check_reach(self, first: int, at: int, place: str) -> None:
        """Check that rows at instants of their own go back as far as as many rows on the grid would."""
        needed, told = (self.rows - 1) * self.sampling, (at // self.step - first // self.step) * self.step
        if told < needed:
            raise malformed(
                f"{place}times don't go back far enough",
                found=f"{told * MICROSECOND} before timestamp",
                expected=f"{needed * MICROSECOND} at least",
                remedy=_FILL_UP,
            )
