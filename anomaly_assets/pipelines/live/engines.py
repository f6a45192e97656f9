"""Two ways to score windows with one version: its bundle, or the ONNX package that was released of it.

Both are given unscaled features and answer with scores; which scores alarm is told in bars.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...detectors.sequences import histories, history_index
from ...registry import Bundle
from ...registry.release.runtime import Runtime
from ..learning import raw_scores
from ..rows import Rows
from .windows import Windows

Numbers = NDArray[np.float64]
EngineName = Literal["onnx", "bundle"]


class Engine(Protocol):
    """Something that scores windows."""

    @property
    def name(self) -> EngineName:
        """What it is called."""
        ...

    @property
    def steps(self) -> int:
        """Windows that are looked at together."""
        ...

    def score(self, windows: Windows) -> Numbers:
        """Score the wanted windows, (n_wanted,); one depends on its own ask alone, but for rounding."""
        ...

    def above(self, scores: Numbers, threshold: Numbers) -> NDArray[np.bool_]:
        """Whether each score is higher than its threshold, and not just rounded otherwise, (n,)."""
        ...


@dataclass(frozen=True)
class ByPackage:
    """onnxruntime; neither torch nor scikit-learn is loaded."""

    runtime: Runtime

    @property
    def name(self) -> EngineName:
        """What it is called."""
        return "onnx"

    @property
    def steps(self) -> int:
        """Windows that are looked at together."""
        return self.runtime.steps

    def score(self, windows: Windows) -> Numbers:
        """See `Engine.score`."""
        asked, columns = windows.asked, self.runtime.columns
        told = self._histories(windows) if self.steps > 1 else asked.features
        if columns != windows.names:
            told = told[..., [windows.names.index(name) for name in columns]]
        return self.runtime.score(np.ascontiguousarray(told), asked.unit, asked.days)

    def above(self, scores: Numbers, threshold: Numbers) -> NDArray[np.bool_]:
        """See `Engine.above`."""
        return np.asarray(scores > self.runtime.above(threshold))

    def _histories(self, windows: Windows) -> Numbers:
        keys = windows.keys(pl.Series(windows.ask))
        index = history_index(keys, self.steps)[windows.wanted]
        return histories(windows.features, keys, index, gaps=self.runtime.gaps)


@dataclass(frozen=True)
class ByBundle:
    """The detector itself."""

    bundle: Bundle

    @property
    def name(self) -> EngineName:
        """What it is called."""
        return "bundle"

    @property
    def steps(self) -> int:
        """Windows that are looked at together."""
        return self.bundle.detector.steps

    def score(self, windows: Windows) -> Numbers:
        """See `Engine.score`."""
        scores = np.empty(int(windows.wanted.sum()))
        for rows, places in rounds(windows, self.steps):
            scores[places] = raw_scores(self.bundle, rows)
        return scores

    def above(self, scores: Numbers, threshold: Numbers) -> NDArray[np.bool_]:
        """See `Engine.above`."""
        return np.asarray(scores > threshold)


def rounds(windows: Windows, steps: int) -> Iterator[tuple[Rows, NDArray[np.int64]]]:
    """Cut windows so that, for a detector that looks back, no two asks of one unit meet.

    Yields
    ------
    Rows sorted by unit and time, and the places of the wanted ones among all wanted windows.
    """
    turns = _turns(windows.units) if steps > 1 else np.zeros(len(windows.units), dtype=np.int64)
    number = np.cumsum(windows.wanted) - 1
    for turn in range(int(turns.max(initial=0)) + 1):
        chosen = np.flatnonzero(turns[windows.ask] == turn)
        chosen = chosen[np.lexsort((windows.start[chosen], windows.unit[chosen].astype(str)))]
        part = windows.only(chosen)
        yield Rows(part.frame(), part.wanted), number[chosen][part.wanted]


def _turns(units: NDArray[np.object_]) -> NDArray[np.int64]:
    """How many asks of the same unit come before each ask."""
    seen: dict[str, int] = {}
    turns = np.empty(len(units), dtype=np.int64)
    for place, unit in enumerate(units.tolist()):
        turns[place] = seen[unit] = seen.get(unit, -1) + 1
    return turns
