"""One round run: every detector learns, is tried on what was held back, and scores what is judged.

What is chosen from it belongs in selecting.py, what is measured in records.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from time import process_time

import numpy as np
import polars as pl

from ...config import FleetConfig
from ...errors import AnomalyAssetsError
from ...registry import Bundle, Trial
from ..exam import Exam, set_exam, sit
from ..learning import Lesson, learn, raw_scores, with_threshold
from ..score import score_rows
from .rounds import Round

UNIT = 0.99
"""The quantile of a model's own training scores that scores of several models are told in."""


@dataclass(frozen=True)
class Result:
    """What one detector did in one round.

    Attributes
    ----------
    scored : judged windows in the form of the ``scores`` table.
    unit : the `UNIT` quantile of this model's scores of everything it was allowed to see; scores of several models
        are comparable after division by it.
    trial : how it did on what was held back.
    always : whether it is the baseline that always alarms.
    cpu_seconds : fitting, calibrating and scoring.
    """

    detector: str
    round: Round
    bundle: Bundle
    scored: pl.DataFrame
    unit: float
    trial: Trial
    always: bool
    cpu_seconds: float


def run_round(fleet: FleetConfig, number: Round) -> Iterator[Result | tuple[str, str]]:
    """Run every detector of a fleet; one that fails gives its name and the sentence why."""
    lesson = number.lesson()
    try:
        exam = set_exam(fleet, lesson, number.recordings.cleaned)
    except AnomalyAssetsError as error:
        yield "all detectors", str(error)
        return
    for name in fleet.detectors:
        try:
            yield _result(fleet, name, number, lesson, exam)
        except AnomalyAssetsError as error:
            yield name, str(error)


def _result(fleet: FleetConfig, name: str, number: Round, lesson: Lesson, exam: Exam) -> Result:
    began = process_time()
    draft = learn(fleet, name, lesson)
    bundle = with_threshold(fleet, draft, lesson)
    scored = score_rows(bundle, number.judged())
    spent = process_time() - began
    always = bundle.detector.tags.always
    if always:
        scored = scored.with_columns(threshold=pl.col("score") - 1.0, is_anomaly=pl.lit(value=True))
    seen = raw_scores(draft, lesson.part("start", "end", unlabelled=True))
    unit = abs(float(np.quantile(seen, UNIT))) or 1.0
    return Result(name, number, bundle, scored, unit, sit(fleet, bundle, exam), always, spent)
