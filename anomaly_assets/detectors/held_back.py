"""Which training rows a network validates on while it learns; calibration and the exam are others' affair."""

import numpy as np
from numpy.typing import NDArray


def held_back(rows: int, steps: int, *, pieces: int = 20, every: int = 5) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Split rows, in order of time or of unit and time, into those to learn from and whole stretches to validate on.

    Rows are cut into stretches, every fifth of which validates; where there are many units, sorted, stretches hold
    whole units. ``steps`` rows beside each are left out, so that hardly a reading is on both sides. Where the rows are
    too few for that, all of them serve as both.

    Parameters
    ----------
    rows : how many there are.
    steps : length of a history; 1 for plain rows.
    pieces : stretches, if none of them is to be shorter than four histories.
    every : which stretch validates.

    Returns
    -------
    Positions of the rows to learn from and of those to validate on, ascending.
    """
    position = np.arange(rows)
    validates = (position // max(rows // pieces, 4 * steps)) % every == every - 1
    if not validates.any():
        return position, position
    near = np.convolve(validates, np.ones(2 * steps + 1))[steps:-steps] > 0.5
    return np.flatnonzero(~near), np.flatnonzero(validates)
