"""The statistics that a fleet's file may name, found by function name.

Every public function of a module of this folder is one; YAML writes its name (without the trailing ``_`` that keeps
``min_`` off Python's own). Its first parameter says what it is given:

* ``two_moments``: a `TwoMoments`, all windows at once; fast.
* ``moments``: a `Moments`, which holds higher ones and the smallest and largest reading as well, and costs twice that.
* ``readings``: a float64 array of shape (windows, width), one row a window on the sampling grid, oldest reading first,
  NaN where one is missing, and only windows with enough readings; the road for what moments can't say (spectra,
  medians), slower.
* ``trailing``: a `Trailing`, the sensor's readings in order with all the look-back there is; for what follows readings
  one after the other, such as runs and jumps. It must not look further back than its window, or say in
  ``config.preparation.FURTHER`` by how much.

Each returns float64 of shape (windows,), NaN for "no value", each entry from its own window alone. Nothing but the
finding lives here.
"""

import inspect
import pkgutil
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import Any, Literal, NamedTuple, cast, get_args

from ...errors import ConfigError, FeatureError

Kind = Literal["two_moments", "moments", "readings", "trailing"]


class Statistic(NamedTuple):
    """A named function from windows to one number a window, and what it is given."""

    name: str
    function: Callable[[Any], Any]
    kind: Kind


def known_statistics() -> dict[str, Statistic]:
    """Every known statistic by its YAML name: those of this folder's modules, then registered ones."""
    return {**_discovered(), **_registered}


def statistic(name: str) -> Statistic:
    """Look one statistic up.

    Raises
    ------
    ConfigError
        If nobody defines it; names the nearest known ones.
    """
    known = known_statistics()
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"write {near[0]!r}" if near else "add a function of that name to features/statistics/"
        raise ConfigError("there is no such statistic", found=name, expected=", ".join(known), remedy=hint)
    return known[name]


def register(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Make a function from outside this folder a statistic (usable as a decorator).

    Raises
    ------
    FeatureError
        If its first parameter is none of those above, or the name is another function's.
    """
    found = _described(function)
    if known_statistics().get(found.name, found).function is not function:
        raise FeatureError("the statistic's name is taken", found=found.name, remedy="rename the function")
    _registered[found.name] = found
    return function


_registered: dict[str, Statistic] = {}


@cache
def _discovered() -> dict[str, Statistic]:
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    functions = [
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]
    return {found.name: found for found in map(_described, functions)}


def _described(function: Callable[[Any], Any]) -> Statistic:
    first = next(iter(inspect.signature(function).parameters), None)
    if first not in get_args(Kind):
        raise FeatureError(
            f"{function.__name__} is no statistic",
            found=f"first parameter {first}",
            expected="two_moments, trailing, moments or readings",
        )
    return Statistic(function.__name__.rstrip("_"), function, cast(Kind, first))
