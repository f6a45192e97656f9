"""Where in its envelope a damaged rolling element bearing shows; what is found there is told in windows.py."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...config import BearingConfig, EnvelopeConfig


class Lines(NamedTuple):
    """Where the envelope of a fault is looked at: multiples (count,) of `order` x the shaft's speed."""

    order: float
    multiples: NDArray[np.int64]


def fault_lines(bearing: BearingConfig, envelope: EnvelopeConfig) -> dict[str, Lines]:
    """Tell the harmonics of every fault that are its own, the first one always.

    A higher one that lies within the tolerance of another fault's first ``envelope.harmonics`` tells neither from the
    other and is left out: three times the BPFO of a 6205 is 0.7 per cent from twice its BPFI, and twice the
    BPFO is 1.4 per cent from three times its BSF.
    """
    orders, multiples = bearing.orders, range(1, envelope.harmonics + 1)
    lines = {fault: [order * multiple for multiple in multiples] for fault, order in orders.items()}
    found = {}
    for fault, order in orders.items():
        others = [line for other, taken in lines.items() if other != fault for line in taken]
        own = [
            multiple
            for multiple in multiples
            if multiple == 1 or all(abs(order * multiple - line) > envelope.tolerance * line for line in others)
        ]
        found[fault] = Lines(order, np.array(own, dtype=np.int64))
    return found
