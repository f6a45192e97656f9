"""Functions of a module, found by what they take first; how a new fault becomes known without being registered."""

import inspect
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from ..errors import SimulationError


@cache
def functions_taking(first: str, module: str) -> Mapping[str, Callable[..., Any]]:
    """Find a module's public functions whose first parameter has this name; looked for once, asked for every window."""
    members = inspect.getmembers(sys.modules[module], inspect.isfunction)
    return {
        name: member
        for name, member in members
        if list(inspect.signature(member).parameters)[:1] == [first] and name[0] != "_" and member.__module__ == module
    }


def one_of(known: Mapping[str, Callable[..., Any]], kind: str) -> Callable[..., Any]:
    """Return the fault of that name.

    Raises
    ------
    SimulationError
        If there is none.
    """
    if kind not in known:
        raise SimulationError(
            f"there is no fault {kind!r}", found=kind, expected=f"one of {', '.join(known)}", remedy="choose one"
        )
    return known[kind]
