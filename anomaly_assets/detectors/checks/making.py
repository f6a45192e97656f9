"""How the checks come by a detector: new from its maker, or fitted once on the battery's normal windows."""

from collections.abc import Callable
from functools import lru_cache

from ..base import Detector
from .frames import frames_for

Maker = Callable[[], Detector]


@lru_cache(maxsize=8)
def fitted(make: Maker) -> Detector:
    """Fit a new detector on the normal windows, once for each maker; a check that fits again must make its own."""
    return make().fit(frames_for(make).windows())
