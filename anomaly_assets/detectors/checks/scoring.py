"""Checks of score and explain: shape, alignment by name, one row at a time, odd inputs."""

from collections.abc import Callable
from functools import partial

import numpy as np
import polars as pl

from ..base import Detector
from .frames import ASKED, frames_for, overwritten
from .judgement import claim, refused, same_bits
from .making import Maker, fitted

_CUTS = (1, 2, 3, 17, 64, 255, 1000)
"""Chunk lengths: single rows, odd ones, and both sides of what vector units and blocks like."""

_CHUNKS = 25
"""Most chunks of one length that are asked about; detectors that work in blocks of one size pay a block for each."""


def in_chunks(ask: Callable[[pl.DataFrame], np.ndarray], frame: pl.DataFrame, length: int) -> np.ndarray:
    """Ask chunk by chunk and lay the answers behind each other."""
    return np.concatenate([ask(frame[start : start + length]) for start in range(0, frame.height, length)])


def check_scores_are_finite_float64(make: Maker) -> None:
    """One finite float64 a window."""
    frame = frames_for(make).windows(seed=1)
    score = fitted(make).score(frame)
    claim(score.shape == (frame.height,), f"{frame.height} windows give scores of shape {score.shape}")
    claim(score.dtype == np.float64, f"scores are {score.dtype}")
    claim(bool(np.isfinite(score).all()), "scores are not finite")


def check_scores_an_empty_frame(make: Maker) -> None:
    """No windows, no scores, no error."""
    score = fitted(make).score(frames_for(make).windows(ASKED).clear())
    claim(score.shape == (0,) and score.dtype == np.float64, "an empty frame does not give an empty float64 array")


def check_scoring_changes_nothing(make: Maker) -> None:
    """Asking twice gives the same answer; the frame that was asked about stays as it was."""
    detector, frame = fitted(make), frames_for(make).windows(ASKED, seed=1)
    before = frame.clone()
    first = detector.score(frame)
    claim(same_bits(detector.score(frame), first), "the second score differs from the first")
    claim(frame.equals(before), "score changes the frame")


def check_columns_may_be_permuted(make: Maker) -> None:
    """Columns are found by name."""
    detector, frame = fitted(make), frames_for(make).windows(ASKED, seed=1)
    claim(same_bits(detector.score(frame[:, ::-1]), detector.score(frame)), "the order of the columns matters")


def check_extra_columns_are_ignored(make: Maker) -> None:
    """Columns that weren't there in training don't count, whatever they hold."""
    detector, frame = fitted(make), frames_for(make).windows(ASKED, seed=1)
    more = frame.with_columns(pl.lit(None, dtype=pl.Float64).alias("z__raw"), pl.lit("text").alias("note"))
    claim(same_bits(detector.score(more), detector.score(frame)), "an extra column matters")


def check_missing_columns_are_named(make: Maker) -> None:
    """Every missing column is in the error, of an empty frame as well."""
    detector = fitted(make)
    first, last = detector.feature_names_in_[0], detector.feature_names_in_[-1]
    lacking = frames_for(make).windows(ASKED).drop(first, last)
    for frame in (lacking, lacking.clear()):
        claim(refused(partial(detector.score, frame), first, last), "missing columns are not named")


def check_null_features_are_refused(make: Maker) -> None:
    """Null, NaN and infinite features are told by column, never scored; the first two mean no value to some."""
    detector = fitted(make)
    name = detector.feature_names_in_[0]
    for value in (None, float("nan"), float("inf")):
        frame = overwritten(frames_for(make).windows(ASKED), name, value)
        if (detector.tags.unscaled or detector.tags.gaps) and value != float("inf"):
            claim(bool(np.isfinite(detector.score(frame)).all()), f"a feature of {value} gives no finite score")
        else:
            claim(refused(partial(detector.score, frame), name), f"a feature of {value} is scored")


def check_chunks_score_as_the_whole(make: Maker) -> None:
    """Scoring in chunks of any length gives the bits of scoring at once."""
    detector, frame = fitted(make), frames_for(make).windows(ASKED, seed=1, fault="spike")
    _chunks_answer_as_the_whole(detector.score, frame, "score")


def check_chunks_explain_as_the_whole(make: Maker) -> None:
    """Contributions in chunks have the bits of contributions at once."""
    detector, frame = fitted(make), frames_for(make).windows(ASKED, seed=1, fault="spike")
    if detector.tags.explains:
        _chunks_answer_as_the_whole(partial(contributions, detector), frame, "are explained")


def check_chunks_expect_as_the_whole(make: Maker) -> None:
    """Expected values are one finite number a feature, the same bits in chunks; none where the tags promise none."""
    detector, frame = fitted(make), frames_for(make).windows(ASKED, seed=1, fault="spike")
    if not detector.tags.expects:
        claim(detector.expected(frame) is None, "tags say expects=False, expected gives something")
        return
    whole = expected_values(detector, frame)
    claim(whole.shape == (frame.height, len(detector.feature_names_in_)), f"expected values of shape {whole.shape}")
    claim(bool(np.isfinite(whole).all()), "expected values are not finite")
    _chunks_answer_as_the_whole(partial(expected_values, detector), frame, "are expected")


def _chunks_answer_as_the_whole(ask: Callable[[pl.DataFrame], np.ndarray], frame: pl.DataFrame, verb: str) -> None:
    whole = ask(frame)
    for length in _CUTS:
        some = frame[: length * _CHUNKS]
        parts = in_chunks(ask, some, length)
        claim(same_bits(parts, whole[: some.height]), f"chunks of {length} rows {verb} differently")


def check_memory_layout_does_not_matter(make: Maker) -> None:
    """A frame glued together from pieces scores as one of a piece."""
    detector, frame = fitted(make), frames_for(make).windows(ASKED, seed=1)
    glued = pl.concat([frame[:7], frame[7:170], frame[170:]], rechunk=False)
    claim(same_bits(detector.score(glued), detector.score(frame.rechunk())), "the memory layout matters")


def check_a_constant_feature_is_harmless(make: Maker) -> None:
    """A feature that never changed in training gives finite scores, also when it changes later."""
    frames = frames_for(make)
    flat = overwritten(frames.windows(ASKED), "a__raw", 0.1)
    detector = make().fit(flat)
    for frame in (flat, frames.windows(ASKED, seed=1)):
        claim(bool(np.isfinite(detector.score(frame)).all()), "a constant feature gives scores that are not finite")


def check_huge_values_are_finite(make: Maker) -> None:
    """Neither a broken sensor's 1e6 nor the largest float64 breaks a score."""
    detector = fitted(make)
    for value in (1e6, -1e6, float(np.finfo(np.float64).max)):
        frame = overwritten(frames_for(make).windows(ASKED), detector.feature_names_in_[0], value)
        claim(bool(np.isfinite(detector.score(frame)).all()), f"a feature of {value:g} gives no finite score")


def check_learns_from_one_window(make: Maker) -> None:
    """One window is little to learn from, and no reason to break."""
    frame = frames_for(make).windows(ASKED)
    claim(bool(np.isfinite(make().fit(frame[:1]).score(frame)).all()), "a fit on one window gives scores not finite")


def check_integer_features_score_as_floats(make: Maker) -> None:
    """Whole numbers mean the same in either type."""
    detector, frame = fitted(make), frames_for(make).windows(ASKED)
    whole, integer = (overwritten(frame, detector.feature_names_in_[0], value) for value in (3.0, 3))
    claim(same_bits(detector.score(integer), detector.score(whole)), "an integer column scores differently")


def check_kinds_are_told_row_by_row(make: Maker) -> None:
    """Severities of kinds lie from 0 to 1, in chunks as in the whole, and a name is one of them; or there are none."""
    detector, frame = fitted(make), frames_for(make).windows(ASKED, seed=1, fault="spike")
    told, named = detector.kinds(frame), detector.named_kinds(frame)
    claim(detector.tags.knows_kinds == (told is not None), "tags and `kinds` differ on whether kinds are known")
    if told is None or named is None:
        claim(told is None and named is None, "kinds are named and not told, or told and not named")
        return
    at_once = detector.tell(frame)
    claim(same_bits(at_once.score, detector.score(frame)), "told with its kinds, the score is another")
    values = told.to_numpy(order="c")
    claim(bool(((values >= 0) & (values <= 1)).all()), "the severity of a kind is not from 0 to 1")
    claim(set(named) <= set(told.columns), "a kind is named that is not told of")
    highest = values.max(axis=1) == np.clip(detector.score(frame), 0, 1)
    claim(bool(highest.all()), "the severest kind is not the score")
    parts = in_chunks(lambda rows: told_kinds(detector, rows), frame, 17)
    claim(same_bits(parts, values), "chunks of 17 rows tell other kinds")


def told_kinds(detector: Detector, frame: pl.DataFrame) -> np.ndarray:
    """Severities of kinds as an array (n_windows, n_kinds)."""
    told = detector.kinds(frame)
    if told is None:
        raise AssertionError("kinds were told a moment ago")
    return told.to_numpy(order="c")


def contributions(detector: Detector, frame: pl.DataFrame) -> np.ndarray:
    """Contributions as an array (n_windows, n_sensors)."""
    explained = detector.explain(frame)
    if explained is None:
        raise AssertionError("tags promise contributions, explain gives None")
    return explained.to_numpy(order="c")


def expected_values(detector: Detector, frame: pl.DataFrame) -> np.ndarray:
    """Expected values as an array (n_windows, n_features)."""
    values = detector.expected(frame)
    if values is None:
        raise AssertionError("tags promise expected values, expected gives None")
    return values.to_numpy(order="c")
