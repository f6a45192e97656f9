"""How this room's loops are compiled; importing this module imports numba, and no loop lives here."""

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(function: Callable[..., Any]) -> Any:
    """Compile without reordering a sum, so that a row rounds alike alone and among others; remember it on disk."""
    try:
        return njit(function, cache=True, nogil=True, error_model="numpy")
    except Exception:  # no folder to remember in: compiled in every process; a real fault comes up again
        return njit(function, nogil=True, error_model="numpy")
