"""One model over consecutive batches: its verdicts, and what it carries from one batch to the next.

Scores and verdicts come from score.py, as everywhere; how rows are read is told in aligned_rows.py.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from ...contracts import explanation_columns, kind_columns
from ...errors import ScoringError
from ..following import State, judged
from ..rows import Rows
from ..score import score_judged
from .aligned_rows import END, START, UNIT
from .models import Opened
from .request import Request

VERDICT = ("anomaly_score", "is_anomaly", "threshold_used", "model_name")
_MICROSECOND = timedelta(microseconds=1)


class Voice:
    """A model that judges rows batch by batch, as if all were one.

    A detector that looks at several windows is given the last ones of each unit; a threshold that moves goes on where
    it stood. So both need every unit's rows in order of time, and say so where they are not.

    Parameters
    ----------
    opened : the model.
    request : says whether its threshold is replaced, and whether alarms are explained.

    Attributes
    ----------
    in_training : judged rows that lay in the model's training window.
    strangers : units without scales of their own, of those that were judged.
    """

    def __init__(self, opened: Opened, request: Request) -> None:
        self.opened, self.request, self.bundle = opened, request, opened.bundle
        self.in_training = 0
        self.strangers: set[str] = set()
        self._state: State = {}
        self._earlier: pl.DataFrame | None = None
        self._reached: dict[str, int] = {}

    @property
    def moves(self) -> bool:
        """Whether its threshold moves with the scores."""
        threshold = self.bundle.threshold
        return self.request.threshold is None and threshold is not None and threshold.adapts

    @property
    def why_time(self) -> str | None:
        """Say why it needs the time of every row, as the end of a sentence; None where it doesn't."""
        if self.bundle.detector.steps > 1:
            return f"{self.opened.name} looks at the last {self.bundle.detector.steps} windows of a unit"
        if self.bundle.detector.clock:
            return f"{self.opened.name} looks at the clock"
        return f"the threshold of {self.opened.name} moves from window to window" if self.moves else None

    @property
    def sensors(self) -> tuple[str, ...]:
        """Its features that say something of a machine: neither settings nor the calendar; all where none does."""
        features, fleet = self.bundle.manifest.features, self.bundle.manifest.fleet_config
        owner = {name: name.rpartition("__")[0] for name in features}
        told = fleet.feature_sensors if fleet else set(owner.values()) - {""}
        return tuple(name for name in features if owner[name] in told) or features

    def judge(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Judge aligned rows, in the order in which they stand.

        Returns
        -------
        (n_rows,) anomaly_score, is_anomaly and threshold_used (both null where no threshold is known), model_name, and
        the explanation columns of the scores table where they are asked for, and its columns of kinds where its
        detector knows any.

        Raises
        ------
        ScoringError
            If the model needs rows in order of time and they are not.
        """
        windows = self._windows(rows)
        if self.why_time is not None:
            self._require_times(windows)
        if self.bundle.detector.steps > 1 or self.moves:
            self._require_order(windows)
        scored = self._scored(windows)
        self.in_training += int(scored["in_training"].sum())
        if self.bundle.scaler.units:
            self.strangers |= set(windows[UNIT].unique()) - set(self.bundle.scaler.units)
        return self._told(scored)

    def _windows(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of the model's features table; a window ends a stride after it starts where the fleet is known."""
        end = pl.col(END) if self._stride is None else pl.col(START) + self._stride
        if self._stride is None and self.bundle.detector.steps > 1 and rows[END].null_count():
            raise ScoringError(
                f"{self.why_time}, and neither the model nor the input says how long a window is",
                remedy="give the input a column window_end, or train the model again",
            )
        ended = rows.with_columns(pl.coalesce(end, START).alias(END))
        return ended.select(UNIT, START, END, *self.bundle.manifest.features)

    @property
    def _stride(self) -> timedelta | None:
        fleet = self.bundle.manifest.fleet_config
        return fleet.stride if fleet else None

    def _require_times(self, windows: pl.DataFrame) -> None:
        unknown = windows[START].null_count()
        if unknown:
            raise ScoringError(
                f"{unknown} rows have no time that can be read, and {self.why_time}",
                expected="instants such as 2024-03-05 14:00:00",
                remedy="mend or remove those rows, or say with --time-column which column holds the time",
            )

    def _require_order(self, windows: pl.DataFrame) -> None:
        """Refuse a row that doesn't lie in a later window than the row of its unit before it."""
        step = self._step(windows)
        place = (pl.col(START).dt.epoch("us") // step).alias("place")
        rows = windows.select(UNIT, START, place)
        reached = pl.col(UNIT).replace_strict(self._reached, default=None, return_dtype=pl.Int64)
        before = pl.col("place").shift(1).over(UNIT)
        late = rows.filter(pl.col("place") <= pl.coalesce(before, reached))
        if late.height:
            unit = f"unit {late[UNIT][0]!r}" if late[UNIT][0] else "the one unit there is"
            raise ScoringError(
                f"rows are not in order of time, and {self.why_time}",
                found=f"{unit} at {late[START][0]:%Y-%m-%d %H:%M:%S}, which is not later than the row before it",
                expected=f"one row a window{f' of {timedelta(microseconds=step)}' if step > 1 else ''} and unit",
                remedy="sort the rows by time, or say with --unit-column which column tells units apart",
            )
        self._reached |= dict(rows.group_by(UNIT).agg(pl.col("place").last()).iter_rows())

    def _step(self, windows: pl.DataFrame) -> int:
        """Microseconds in which a unit has at most one row."""
        if self.bundle.detector.steps == 1 or windows.is_empty():
            return 1
        return max(1, (windows[END][0] - windows[START][0]) // _MICROSECOND)

    def _scored(self, windows: pl.DataFrame) -> pl.DataFrame:
        wanted = windows.with_columns(__place=pl.int_range(pl.len()))
        if self.bundle.detector.steps == 1:
            return self._judged(Rows.where(windows))
        earlier = wanted.clear() if self._earlier is None else self._earlier.with_columns(__place=pl.lit(-1, pl.Int64))
        ordered = pl.concat([earlier, wanted]).sort(UNIT, START)
        place = ordered["__place"].to_numpy()
        whole = ordered.drop("__place")
        self._earlier = whole.group_by(UNIT, maintain_order=True).tail(self.bundle.detector.steps - 1)
        scored = self._judged(Rows(whole, place >= 0))
        return scored[np.argsort(place[place >= 0])]

    def _judged(self, rows: Rows) -> pl.DataFrame:
        version, moment = self.opened.version or 0, self.request.scored_at or datetime.now(UTC)
        return score_judged(self.bundle, rows, self._verdict, version, moment, explained=self.request.explain)

    def _verdict(self, windows: pl.DataFrame, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.request.threshold is not None:
            return np.full(len(score), self.request.threshold), score > self.request.threshold
        if self.bundle.threshold is None:
            return np.full(len(score), np.nan), np.zeros(len(score), dtype=bool)
        followed = judged(self.bundle.threshold, windows, score, self._state)
        self._state = followed.state
        return followed.values, followed.flags

    def _told(self, scored: pl.DataFrame) -> pl.DataFrame:
        unknown = self.request.threshold is None and self.bundle.threshold is None
        why = [*explanation_columns()] if self.request.explain else []
        kinds = [*kind_columns()] if self.bundle.detector.tags.knows_kinds else []
        return scored.select(
            pl.col("score").alias("anomaly_score"),
            (pl.lit(None, pl.Boolean) if unknown else pl.col("is_anomaly")).alias("is_anomaly"),
            (pl.lit(None, pl.Float64) if unknown else pl.col("threshold")).alias("threshold_used"),
            pl.lit(self.opened.name).alias("model_name"),
            *why,
            *kinds,
        )
