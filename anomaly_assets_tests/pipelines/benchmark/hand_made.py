"""Results made by hand: one unit a round, windows of a minute; no claim lives here."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import polars as pl

from anomaly_assets.pipelines.benchmark.recordings import Recordings
from anomaly_assets.pipelines.benchmark.rounds import Labels, Round
from anomaly_assets.pipelines.benchmark.running import Result
from anomaly_assets.pipelines.benchmark.selecting import Decided, decide
from anomaly_assets.registry import Trial
from anomaly_assets_tests.conftest import small_fleet

from .layouts import FIRST

MINUTE = timedelta(minutes=1)
FLEET = small_fleet()
NOTHING = pl.DataFrame(
    schema={"unit_id": pl.String, "start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC")}
)
Given = dict[str, tuple[Sequence[float], Sequence[float]]]
"""Per detector: how well it saw what was held back, and its scores of what is judged."""


def results(name: str, given: Given, labels: Labels = "none", anomalous: Sequence[bool] = ()) -> dict[str, Result]:
    """One round of one unit, windows of a minute, a threshold of 1 for everybody."""
    starts = [FIRST + row * MINUTE for row, bad in enumerate(anomalous) if bad]
    rows = {"unit_id": [name] * len(starts), "start": starts, "end": [start + MINUTE for start in starts]}
    truth = pl.DataFrame(rows, schema=NOTHING.schema)
    recordings = Recordings(FLEET, *[NOTHING] * 3, labels=truth, files=NOTHING, problems={})
    one = Round("all", name, recordings, NOTHING, NOTHING, labels)
    return {detector: result(one, detector, *numbers) for detector, numbers in given.items()}


def result(one: Round, detector: str, statistic: Sequence[float], scores: Sequence[float], unit: float = 1.0) -> Result:
    starts = pl.Series([FIRST + row * MINUTE for row in range(len(scores))], dtype=pl.Datetime("us", "UTC"))
    score = pl.Series("score", scores, dtype=pl.Float64)
    scored = pl.DataFrame({"window_start": starts, "window_end": starts + MINUTE, "score": score}).with_columns(
        unit_id=pl.lit(one.name), threshold=pl.lit(1.0), is_anomaly=pl.col("score") > 1.0
    )
    blocks = np.array([one.name] * len(statistic), dtype=object)
    trial = Trial(detector, detector.startswith("baseline"), blocks, np.array(statistic, dtype=float))
    return Result(detector, one, None, scored, unit, trial, False, 0.0)  # type: ignore[arg-type]


def chosen(group: dict[str, dict[str, Result]]) -> dict[str, str]:
    """The detector behind ``selected`` by round."""
    return {one.result.round.name: one.chosen for one in decide(FLEET, group) if one.detector == "selected"}


def of(group: dict[str, dict[str, Result]], name: str, detector: str) -> Decided:
    (found,) = (one for one in decide(FLEET, group) if (one.result.round.name, one.detector) == (name, detector))
    return found
