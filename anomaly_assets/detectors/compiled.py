"""How kernels are compiled here, and a multiplication that is added without being rounded first.

Importing this imports numba: only kernels do, and they are imported inside functions. What is computed is theirs.
"""

from collections.abc import Callable
from typing import Any

import numba
from numba.core import types
from numba.extending import intrinsic


def compiled(function: Callable[..., Any]) -> numba.core.dispatcher.Dispatcher:
    """Compile without reordering a sum, so that an operation rounds alike in a vector, alone and on any machine."""
    try:
        return numba.njit(function, cache=True, nogil=True)
    except RuntimeError:  # numba finds no folder to cache in: a read-only installation compiles in every process
        return numba.njit(function, nogil=True)


def _fma(_: Any, a: types.Type, b: types.Type, c: types.Type) -> Any:
    if not (a == b == c and isinstance(a, types.Float)):
        return None
    return a(a, b, c), lambda context, builder, signature, given: builder.fma(*given)


fma: Any = intrinsic(_fma)
"""``a * b + c`` rounded once: said aloud, because a compiler that may choose does so differently per place."""
