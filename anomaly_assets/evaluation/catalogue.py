"""Measures by name, and the refusal of those that mislead."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from .. import errors
from . import pointwise, ranking
from .events import event_metrics
from .lead import lead_times
from .vus import vus_pr

METRICS: dict[str, Callable[..., Any]] = {
    "auc_pr": ranking.auc_pr,
    "event_metrics": event_metrics,
    "f1": pointwise.f_beta,
    "f_beta": pointwise.f_beta,
    "far": pointwise.far,
    "lead_times": lead_times,
    "mar": pointwise.mar,
    "precision": pointwise.precision,
    "prevalence": ranking.prevalence,
    "recall": pointwise.recall,
    "roc_auc": ranking.roc_auc,
    "vus_pr": vus_pr,
}
"""Name to function: ranking ones take (labels, scores), point-wise ones (labels, decisions); others say themselves."""

_ADJUSTED = re.compile(r"adjust|(^|_)pak?(_|$)|^(pa|pak)f\d?$")
_PARTS = "f1|f_?beta|f|fscore|f_score|precision|recall|score"
_GLUED = re.compile(rf"^pak?({_PARTS})$|^({_PARTS})pak?$")


def metric(name: str) -> Callable[..., Any]:
    """Find a measure by name; capitals, hyphens and blanks don't matter.

    Raises
    ------
    EvaluationError
        for point adjustment under any of its names, and for an unknown name, with the nearest known one.
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    refuse_point_adjustment(name)
    if plain in METRICS:
        return METRICS[plain]
    near = get_close_matches(plain, METRICS, n=1, cutoff=0)[0]
    raise errors.EvaluationError(
        "no such measure", found=name, expected=", ".join(METRICS), remedy=f"did you mean {near}?"
    )


def refuse_point_adjustment(name: str) -> None:
    """Refuse to adjust points: a whole event flagged because one window in it was.

    Kim, Choi, Choi, Lee, Yoon: "Towards a Rigorous Evaluation of Time-Series Anomaly Detection", AAAI 2022: with it
    random scores reach the state of the art, and untrained networks match trained ones.

    Raises
    ------
    EvaluationError
        when the name means it, whatever the spelling.
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if _ADJUSTED.search(plain) or _GLUED.match(plain):
        raise errors.EvaluationError(
            "point adjustment is refused: it credits a whole event for one flagged window, so that random scores reach "
            "the state of the art (Kim et al., AAAI 2022)",
            found=name,
            remedy="use event_metrics (event recall, event precision, false alarms per day) for decisions, and vus_pr "
            "or auc_pr for scores",
        )
