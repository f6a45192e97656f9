"""How this room's loops are compiled; importing this module imports numba, and no loop lives here."""

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(*signature: Any, reorder: bool = False) -> Callable[[Any], Any]:
    """Compile now and remember on disk; where no folder can be written (or is full), for this process alone.

    numba remembers beside the function's file, else in the user's cache folder; NUMBA_CACHE_DIR names another.

    Parameters
    ----------
    signature : numba types of the arguments.
    reorder : whether sums may be taken in another order, which lets the processor add several terms at once. The order
        is fixed when the loop is compiled, so equal numbers still give equal bits.
    """
    flags = {"reassoc", "nsz", "contract"} if reorder else False

    def decorate(function: Any) -> Any:
        try:
            return njit(signature, nogil=True, error_model="numpy", fastmath=flags, cache=True)(function)
        except Exception:  # numba raises RuntimeError, OSError or pickle's errors; a real fault comes up again below
            return njit(signature, nogil=True, error_model="numpy", fastmath=flags)(function)

    return decorate
