"""The battery: claims that every detector must meet, generated from its tags; a new detector inherits them all.

A check is a function of a maker (a call without arguments that gives a new, unfitted detector) and raises
AssertionError with a sentence. A new check is one more ``check_`` function in one of the modules here.
What is special to one detector belongs in its own test.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..discovery import build_detector, detector_class
from . import ability, construction, leakage, persistence, scoring
from .making import Maker

__all__ = ["Check", "Maker", "checks_for", "run_battery"]

Check = Callable[[Maker], None]


def checks_for(kind: str) -> dict[str, Check]:
    """Every check that a kind has to pass, by name; its tags decide about the faults it must see."""
    written = {
        name.removeprefix("check_"): check
        for module in (construction, scoring, leakage, persistence)
        for name, check in vars(module).items()
        if name.startswith("check_")
    }
    return written | ability.checks_for(detector_class(kind).tags)


def run_battery(kind: str, params: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Run every check on a kind; the name and the sentence of each that failed, nothing when all hold."""
    make, failures = partial(build_detector, kind, params), {}
    for name, check in checks_for(kind).items():
        try:
            check(make)
        except Exception as error:  # a check that can't even run has failed as well
            failures[name] = f"{type(error).__name__}: {error}"
    return failures
