"""One model version in service: readings in, scored windows out, by whatever engine.

Opening one belongs in opening.py, following promotions in champion.py; faces turn requests into asks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...config import FleetConfig
from ...contracts import scores as scores_table
from ...errors import ScoringError
from ...features import Recipe
from ...incidents import Reference
from ...registry import Bundle, Manifest
from .ask import Ask
from .bars import Bars
from .engines import Engine, EngineName
from .explaining import explained
from .judged import Judged
from .windows import Windows, windows_of

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Live:
    """A version in service. Safe for several threads; equal asks have equal answers, whatever they are asked with:
    by a bundle to the last bit, by a package as far as onnxruntime rounds batches of other sizes alike.

    Attributes
    ----------
    fleet : the fleet's file as it was when the version was trained.
    version : its number in the registry.
    manifest : of its bundle.
    engine : what scores.
    bars : what is too high.
    reference : scores of the windows that it was calibrated on.
    open_bundle : gives the bundle, which is asked why windows alarm; None where it can't be had.
    """

    fleet: FleetConfig
    version: int
    manifest: Manifest
    engine: Engine
    bars: Bars
    reference: Reference
    open_bundle: Callable[[], Bundle | None]

    @property
    def name(self) -> str:
        """As a person refers to it: ``deviation/3``."""
        return f"{self.manifest.detector}/{self.version}"

    @property
    def model_version(self) -> str:
        """As events and answers name it: ``deviation_v3``."""
        return f"{self.manifest.detector}_v{self.version}"

    @property
    def engine_name(self) -> EngineName:
        """``onnx`` or ``bundle``."""
        return self.engine.name

    @property
    def sensors(self) -> tuple[str, ...]:
        """Columns of readings, in order."""
        return tuple(self.fleet.sensors)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Units that it was trained on, in alphabetical order."""
        return tuple(sorted(self.manifest.training_windows))

    @property
    def reach(self) -> timedelta:
        """How far before the start of a window readings matter to its score."""
        return self._history + self.fleet.lookback + self.fleet.cleaning_lookback

    @property
    def rows(self) -> int:
        """Grid rows that readings for one window hold: the window's own and those that it looks back on."""
        return -(-(self.reach + self.fleet.stride) // self.fleet.sampling)

    def score(self, asks: Sequence[Ask], *, explain: bool = False) -> pl.DataFrame:
        """Score the windows that are asked for.

        Parameters
        ----------
        explain : whether it is told why windows alarm, for which the bundle is loaded when the first one does; nothing
            is told where it can't be.

        Returns
        -------
        One row per window that the readings give, in order of ask and time: ``ask`` (position of its ask), unit_id,
        window_start, window_end, detector, model_version (the number), score, threshold, is_anomaly, missing_share and
        ``confidence``, the share of normal windows that score lower; with ``explain`` all other columns of the scores
        table, too.

        Raises
        ------
        ScoringError
            If readings have not one column per sensor.
        """
        if not asks:
            return self._empty(explain)
        windows = self._windows(asks)
        judged = self._judged(windows)
        told = judged.frame(self.manifest.detector, self.version)
        return self._explained(told, windows, judged.is_anomaly) if explain else told

    def judge(self, asks: Sequence[Ask]) -> Judged:
        """Score as `score` does, without the cost of a table; ``asks`` has one at least."""
        return self._judged(self._windows(asks))

    def confidence(self, score: Numbers) -> Numbers:
        """Share of normal windows that score lower, (n_windows,), from the calibration's scores.

        One less the tail probability of `Reference.rarity`: 0.99 is a score that one normal window in a hundred
        reaches; beyond the calibration's own scores the tail is exponential.
        """
        return np.asarray(-np.expm1(-self.reference.rarity(score) * np.log(10.0)))

    @cached_property
    def _recipe(self) -> Recipe:
        return Recipe.of(self.fleet)

    @property
    def _history(self) -> timedelta:
        return (self.engine.steps - 1) * self.fleet.stride

    def _windows(self, asks: Sequence[Ask]) -> Windows:
        self._require_columns(asks)
        return windows_of(asks, self._recipe, self._history)

    def _judged(self, windows: Windows) -> Judged:
        score, asked = self.engine.score(windows), windows.asked
        threshold = self.bars.values(asked.unit)
        return Judged(asked, score, threshold, self.engine.above(score, threshold), self.confidence(score))

    def _explained(self, told: pl.DataFrame, windows: Windows, flags: NDArray[np.bool_]) -> pl.DataFrame:
        """Add the other columns of the scores table; scores, thresholds and flags stay the engine's."""
        table = scores_table(self.fleet).empty()
        others = [name for name in table.columns if name not in told.columns]
        known = table.select(others)
        bundle = self.open_bundle() if flags.any() else None
        if bundle is not None:
            known = explained(bundle, windows.marked(flags), self.engine.steps, self.version).select(others)
        place = pl.Series(np.where(flags, np.cumsum(flags) - 1, 0)).cast(pl.UInt32)
        rows = pl.select(pl.when(pl.Series(flags & (known.height > 0))).then(place)).to_series()
        inside = [self._in_training(unit, start) for unit, start in told.select("unit_id", "window_start").iter_rows()]
        return told.hstack(known.select(pl.all().gather(rows))).with_columns(
            in_training=pl.Series(inside, dtype=pl.Boolean),
            scored_at=pl.lit(datetime.now(UTC)).cast(pl.Datetime("us", "UTC")),
        )

    def _in_training(self, unit: str, start: datetime) -> bool:
        first, last = self.manifest.training_windows.get(unit, (start, start))
        return first <= start < last

    def _empty(self, explain: bool) -> pl.DataFrame:
        table = scores_table(self.fleet).empty().with_columns(ask=pl.lit(0, pl.Int64), confidence=pl.lit(0.0))
        core = ("unit_id", "window_start", "window_end", "ask", "detector", "model_version", "score", "threshold")
        return table if explain else table.select(*core, "is_anomaly", "missing_share", "confidence")

    def _require_columns(self, asks: Sequence[Ask]) -> None:
        for ask in asks:
            if ask.readings.shape != (len(ask.times), len(self.sensors)):
                raise ScoringError(
                    f"readings of unit {ask.unit} have the wrong shape",
                    found=ask.readings.shape,
                    expected=f"{len(ask.times)} rows of {len(self.sensors)} sensors: {', '.join(self.sensors)}",
                )
