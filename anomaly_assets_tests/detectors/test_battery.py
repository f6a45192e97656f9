"""Every discovered detector x every check; and the battery itself can fail (test_battery_bites.py)."""

from collections.abc import Callable
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anomaly_assets.detectors import Detector, build_detector, detector_class, kinds
from anomaly_assets.detectors.checks import checks_for
from anomaly_assets.detectors.checks.frames import ASKED, frames_for
from anomaly_assets.detectors.checks.judgement import same_bits
from anomaly_assets.detectors.checks.making import Maker, fitted
from anomaly_assets.detectors.checks.scoring import contributions

EXAMPLES = {"tabular": 30, "sequence": 8}
"""Detectors that look at histories work in whole blocks, and pay one for each part."""


@lru_cache
def maker(kind: str) -> Maker:
    return partial(build_detector, kind)


@pytest.mark.parametrize(
    ("kind", "check"),
    [pytest.param(kind, check, id=f"{kind}-{check}") for kind in kinds() for check in checks_for(kind)],
)
def test_detector(kind: str, check: str) -> None:
    checks_for(kind)[check](maker(kind))


def any_split_answers_as_the_whole(kind: str, ask: Callable[[Detector, pl.DataFrame], np.ndarray]) -> None:
    detector: Detector = fitted(maker(kind))

    @settings(max_examples=EXAMPLES[detector.tags.reads], suppress_health_check=[HealthCheck.too_slow])
    @given(cuts=st.lists(st.integers(0, ASKED), max_size=8), fault=st.sampled_from(["spike", "drift", "stuck"]))
    def holds(cuts: list[int], fault: str) -> None:
        frame = frames_for(maker(kind)).windows(ASKED, seed=1, fault=fault)
        parts = [ask(detector, frame[start:end]) for start, end in pairwise([0, *sorted(cuts), ASKED])]
        assert same_bits(np.concatenate(parts), ask(detector, frame))

    holds()


@pytest.mark.parametrize("kind", kinds())
def test_any_split_of_a_recording_scores_as_the_whole(kind: str) -> None:
    any_split_answers_as_the_whole(kind, lambda detector, frame: detector.score(frame))


@pytest.mark.parametrize("kind", [kind for kind in kinds() if detector_class(kind).tags.explains])
def test_any_split_of_a_recording_is_explained_as_the_whole(kind: str) -> None:
    any_split_answers_as_the_whole(kind, contributions)


def test_blas_would_break_the_promise_of_equal_bits() -> None:
    """Negative control: with a plain matrix product the very same claim is false."""
    rng = np.random.default_rng(0)
    weights, rows = rng.standard_normal((40, 40)), rng.standard_normal((1000, 40))
    one_by_one = np.concatenate([rows[i : i + 1] @ weights for i in range(len(rows))])
    assert not same_bits(one_by_one, rows @ weights)


def test_every_kind_says_what_may_be_expected_of_it() -> None:
    tags = {kind: detector_class(kind).tags for kind in kinds()}
    assert {kind for kind, tag in tags.items() if tag.knows_nothing} >= {"random_score"}
    assert all(tag.sanity_only for tag in tags.values() if tag.knows_nothing)
    assert all(tag.deterministic for tag in tags.values())
    assert len({kind for kind, tag in tags.items() if not tag.cannot_see and not tag.sanity_only}) >= 1
