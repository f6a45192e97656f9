"""An adaptive threshold walked over scored windows: a value for every window, and a log of its moves.

Pure: what it remembers comes in as ``state`` and goes out as ``state``. Where that is stored belongs elsewhere.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ..errors import ThresholdError
from .threshold import Threshold

State = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Followed:
    """What an adaptive threshold did.

    Attributes
    ----------
    values : (n_windows,) float64, the threshold that each window was judged by; in the order given.
    flags : (n_windows,) boolean, score > value.
    state : for every unit its memory after its last window: plain numbers, exact through JSON.
    moves : unit_id, time (end of the window that caused it), previous, value, reason; sorted by unit and time.
    """

    values: np.ndarray
    flags: np.ndarray
    state: State
    moves: pl.DataFrame


def follow(  # noqa: PLR0917
    threshold: Threshold,
    unit_id: pl.Series,
    window_start: pl.Series,
    window_end: pl.Series,
    score: np.ndarray | pl.Series,
    state: Mapping[str, Mapping[str, float]],
    labelled: np.ndarray | pl.Series | None = None,
) -> Followed:
    """Judge windows by a threshold that moves as ``adaptive_budget`` says; a static one never moves.

    Causal: a window is judged by what was learnt from the unit's windows before it. Window by window, day by day or
    as one range gives the same bits, provided that each piece gets the state the piece before it left.

    Parameters
    ----------
    threshold : as calibrated; where every unit without a state begins.
    unit_id, window_start, window_end : (n_windows,) in any order.
    score : (n_windows,) finite.
    state : empty at the beginning; units that are not among these windows keep theirs.
    labelled : (n_windows,) true where a label calls the window anomalous: judged, and nothing learnt from it.

    Raises
    ------
    ThresholdError
        If a score is not finite, a window comes twice or isn't later than the unit's state, or the state is damaged or
        another threshold's.
    """
    windows = _in_order(unit_id, window_start, window_end, score, labelled)
    units = windows["unit"].unique(maintain_order=True)
    starts, scores = windows["start"].to_numpy(), windows["score"].to_numpy()
    memory = {name: _memory(threshold, name, state) for name in units}
    _require_later(windows, memory)
    number = windows["unit"].rle_id().cast(pl.Int64).to_numpy()
    table = np.array([[memory[name][field] for field in _fields()] for name in units]).reshape(-1, len(_fields()))
    values, happened, after = _walked(threshold, scores, number, windows["skip"].to_numpy(), table)
    last = starts[np.append(np.flatnonzero(np.diff(number)), number.size - 1)] if number.size else starts
    rows = zip(units, table.tolist(), last.tolist(), strict=True)
    kept = {name: dict(own) for name, own in state.items()}
    kept |= {n: memory[n] | dict(zip(_fields(), own, strict=True)) | {"last": end} for n, own, end in rows}
    place = windows["place"].to_numpy()
    given = np.empty_like(values)
    flags = np.empty(values.size, dtype=bool)
    given[place], flags[place] = values, scores > values
    return Followed(given, flags, kept, _moves(windows, values, happened, after))


def _in_order(unit_id: pl.Series, start: pl.Series, end: pl.Series, score: Any, labelled: Any) -> pl.DataFrame:
    marks = pl.Series(labelled if labelled is not None else np.zeros(len(unit_id), dtype=bool))
    columns = {"unit": unit_id, "start": start.dt.epoch("us"), "end": end, "score": pl.Series(score).cast(pl.Float64)}
    windows = pl.DataFrame(columns | {"skip": marks.cast(pl.Boolean).fill_null(value=False)}).with_row_index("place")
    bad = windows.height - int(windows["score"].is_finite().sum())
    if bad:
        raise ThresholdError(
            f"{bad} of {windows.height} scores are missing or not finite",
            remedy="look at the detector: a score is a finite number for every window",
        )
    return windows.sort("unit", "start", maintain_order=True)


def _fields() -> tuple[str, ...]:
    from .following_kernel import FIELDS

    return FIELDS


def _memory(threshold: Threshold, unit: str, state: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The unit's memory; that of a beginner where it has none."""
    identity = {"calibrated": threshold.value, "centre": _centre(threshold)}
    if unit not in state:
        return dict.fromkeys(_fields(), 0.0) | identity
    own = dict(state[unit])
    if set(own) != {*_fields(), *identity, "last"} or any(own[key] != identity[key] for key in identity):
        raise ThresholdError(
            f"the state of unit {unit} is damaged or belongs to another threshold",
            found=f"calibrated {own.get('calibrated')}, centre {own.get('centre')}",
            expected=f"calibrated {identity['calibrated']}, centre {identity['centre']}",
            remedy="begin with an empty state after a model or its threshold changed",
        )
    return own


def _require_later(windows: pl.DataFrame, memory: dict[str, dict[str, float]]) -> None:
    """Refuse windows that were learnt from before, and ones that come twice."""
    reached = {name: own["last"] for name, own in memory.items() if "last" in own}
    before = pl.col("start").shift(1).over("unit").fill_null(pl.col("unit").replace_strict(reached, default=None))
    late = windows.filter(pl.col("start") <= before.cast(pl.Int64))
    if late.height:
        raise ThresholdError(
            f"{late.height} windows are not later than those their unit's threshold has learnt from",
            found=f"unit {late['unit'][0]} at {late.select(pl.from_epoch('start', 'us')).item(0, 0)}",
            expected="every window of a unit once, in time order from piece to piece",
            remedy="score again from the state that was left before these windows",
        )


def _centre(threshold: Threshold) -> float:
    return float(threshold.params["centre_"]) if threshold.adapts else threshold.value


def _walked(
    threshold: Threshold, scores: np.ndarray, number: np.ndarray, skip: np.ndarray, table: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values, happened = np.full(scores.size, threshold.value), np.full(scores.size, -1, dtype=np.int64)
    after = values.copy()
    if threshold.value > _centre(threshold) and scores.size:  # without a width there is nothing to move
        from .following_kernel import Rules, walk

        walk(scores, number, skip, Rules(*_rules(threshold)), table, values, happened, after)
    return values, happened, after


def _rules(threshold: Threshold) -> list[float]:
    """In the order of Rules: what the kernel needs, bounds as logarithms of the width over the calibrated one."""
    p, width = threshold.params, threshold.value - _centre(threshold)
    most = p["hard_limit"]
    if p["absolute_limit"] is not None and width > 0:
        most = min(most, (p["absolute_limit"] - threshold.value) / width + 1.0)
    counts = [p[name] for name in ("share", "step", "clear", "persistence", "hold_off", "max_freeze")]
    bounds = [math.log(p["growth"]), p["growth_windows"], math.log(p["floor"]), math.log(most)]
    return [float(number) for number in [threshold.value, width, *counts, *bounds]]


def _moves(windows: pl.DataFrame, values: np.ndarray, happened: np.ndarray, after: np.ndarray) -> pl.DataFrame:
    from .following_kernel import REASONS

    moved = np.flatnonzero(happened >= 0)
    return pl.DataFrame(
        {
            "unit_id": windows["unit"][moved],
            "time": windows["end"][moved],
            "previous": pl.Series(values[moved], dtype=pl.Float64),
            "value": pl.Series(after[moved], dtype=pl.Float64),
            "reason": pl.Series([REASONS[kind] for kind in happened[moved]], dtype=pl.String),
        }
    )
