"""Trivial detectors learn from what the one they stand beside learnt from, and from nothing else."""

from dataclasses import replace

import polars as pl
import pytest

from anomaly_assets.pipelines.learning import Lesson, raw_scores
from anomaly_assets.pipelines.train import lesson_of
from anomaly_assets.pipelines.trivial import TRIVIAL, trivial_bundles
from anomaly_assets.registry import Bundle

from .plant import Plant


@pytest.fixture(scope="module")
def champion(original: Plant) -> Bundle:
    return original.site().registry.load("ponds", "champion")


@pytest.fixture(scope="module")
def lesson(original: Plant, champion: Bundle) -> Lesson:
    return lesson_of(original.site(), original.fleet, champion)


@pytest.fixture(scope="module")
def made(original: Plant, champion: Bundle, lesson: Lesson) -> dict[str, Bundle]:
    return trivial_bundles(original.fleet, champion, lesson)


def test_there_are_four_and_none_may_ever_be_promoted(made: dict[str, Bundle]) -> None:
    assert tuple(made) == TRIVIAL
    assert all(bundle.detector.tags.sanity_only for bundle in made.values())


def test_they_see_the_same_numbers_as_the_champion(made: dict[str, Bundle], champion: Bundle, lesson: Lesson) -> None:
    expected = champion.prepared(lesson.windows)
    assert all(bundle.prepared(lesson.windows).equals(expected) for bundle in made.values())


def test_their_thresholds_come_from_the_held_back_part_by_the_fleets_method(
    made: dict[str, Bundle], champion: Bundle
) -> None:
    own = champion.require_threshold()
    for kind in ("random_score", "age", "range_check"):
        found = made[kind].require_threshold()
        assert (found.method, found.windows, found.start) == (own.method, own.windows, own.start)


def test_always_alarm_flags_every_window(made: dict[str, Bundle], lesson: Lesson) -> None:
    held = lesson.part("resume", "end", unlabelled=False)
    assert made["always_alarm"].require_threshold().flags(raw_scores(made["always_alarm"], held)).all()


def test_what_was_held_back_teaches_them_nothing(
    original: Plant, made: dict[str, Bundle], champion: Bundle, lesson: Lesson
) -> None:
    fitted = lesson.spans.select("unit_id", "resume")
    held = pl.col("window_start") >= pl.col("resume")
    features = list(champion.manifest.features)
    spoilt = lesson.windows.join(fitted, on="unit_id", how="left", maintain_order="left").with_columns(
        pl.when(held).then(pl.col(name) + 1e6).otherwise(pl.col(name)).alias(name) for name in features
    )
    other = trivial_bundles(original.fleet, champion, replace(lesson, windows=spoilt.drop("resume")))["range_check"]
    mine = made["range_check"]
    assert other.detector.low_.tolist() == mine.detector.low_.tolist()  # type: ignore[attr-defined]
    assert other.detector.high_.tolist() == mine.detector.high_.tolist()  # type: ignore[attr-defined]
    assert other.require_threshold().value > mine.require_threshold().value, "calibration does look at it"
