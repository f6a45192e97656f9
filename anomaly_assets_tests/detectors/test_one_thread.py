"""Products on one thread, and the threads back afterwards."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from anomaly_assets.detectors.one_thread import one_thread


def threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_within_there_is_one_thread_and_afterwards_as_many_as_before() -> None:
    with threadpool_limits(2):
        before = threads()
        with one_thread():
            assert threads() == {1}
        assert threads() == before


def test_the_threads_are_back_when_something_fails() -> None:
    before = threads()
    with pytest.raises(ZeroDivisionError), one_thread():
        raise ZeroDivisionError
    assert threads() == before


def test_a_product_has_the_same_bits_whatever_the_machine_was_told() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(64, 300)), rng.normal(size=(300, 200))
    found = []
    for number in (1, 2):
        with threadpool_limits(number), one_thread():
            found.append((one @ other).tobytes())
    assert found[0] == found[1]
