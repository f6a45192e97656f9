"""Matrix products of numpy, scipy and scikit-learn on one thread, whatever the machine has.

The products here are small, so threads gain little; on a machine that is busy otherwise, waiting for each other they
cost many times the work (measured: 34 s of CPU in place of 2 s). Sums also round differently with their number.
"""

import sys
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Keep to one thread within a ``with``; libraries that are imported within are not kept to it."""
    limit: AbstractContextManager[Any] = _controller("scipy" in sys.modules, "sklearn" in sys.modules).limit(limits=1)
    return limit


@lru_cache
def _controller(scipy: bool, sklearn: bool) -> Any:  # each brings libraries to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
