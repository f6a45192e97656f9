"""High-rate signals (vibration) become condition indicators, window by window, in the time and the frequency domain.

Whole windows are measured in blocks, but every window by itself: what comes out for one is the same bits whatever it is
batched with. How raw files hold such signals is ingest's business.
"""

from .blocks import measured
from .condensing import condense
from .cutting import cut
from .indicators import SPECTRUM, indicators

__all__ = ["SPECTRUM", "condense", "cut", "indicators", "measured"]
