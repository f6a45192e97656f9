"""A batch that would not fit in memory is told of, with one that would."""

import re

from anomaly_assets.pipelines.batch.room import free_memory, too_little_room


def test_a_batch_that_fits_is_no_reason_to_say_anything() -> None:
    assert too_little_room(100_000, 24, free=2_000_000_000) is None


def test_a_batch_that_does_not_fit_is_told_of_with_one_that_does() -> None:
    said = too_little_room(10_000_000, 500, free=2_000_000_000)
    assert said is not None
    suggested = re.search(r"--batch-size (\d+)", said)
    assert suggested and too_little_room(int(suggested[1]), 500, free=2_000_000_000) is None
    assert too_little_room(10 * int(suggested[1]), 500, free=2_000_000_000) is not None, "and not much too small"


def test_even_without_any_memory_a_batch_has_a_row() -> None:
    assert "--batch-size 1" in (too_little_room(10, 500, free=0) or "")


def test_free_memory_is_found_out_here() -> None:
    free = free_memory()
    assert free is None or 0 < free < 2**50
