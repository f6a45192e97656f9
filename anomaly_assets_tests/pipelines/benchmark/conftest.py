"""The suites' recordings, made once."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from anomaly_assets.pipelines.benchmark.rounds import Round

from .layouts import LAYOUTS
from .trying import Found, rounds_of, run

Rounds = Callable[[str], list[Round]]
Ran = Callable[[str], Found]


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a suite's recordings; never written to after it was made."""
    root = tmp_path_factory.mktemp("suites")
    return cache(lambda suite: LAYOUTS[suite](root))


@pytest.fixture(scope="session")
def rounds(recorded: Callable[[str], Path]) -> Rounds:
    """A suite's rounds."""
    return cache(lambda suite: rounds_of(suite, recorded(suite)))


@pytest.fixture(scope="session")
def ran(rounds: Rounds) -> Ran:
    """A suite's rounds, run."""
    return cache(lambda suite: run(rounds(suite)))
