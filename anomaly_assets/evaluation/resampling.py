"""How sure a mean over units is: percentile bootstrap over units, because windows of one unit resemble each other.

And how sure a share of few is, which resampling can't tell where it is 0 or 1.
"""

from collections.abc import Mapping
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np


class Interval(NamedTuple):
    """A mean over units with its interval; both ends are infinite when fewer than two units give a value."""

    estimate: float
    low: float
    high: float
    units: int


def bootstrap(
    values: Mapping[str, float | None], *, confidence: float = 0.9, resamples: int = 500, seed: int = 0
) -> Interval:
    """Mean of a statistic over units, with the percentile interval of resampled units (Efron 1979).

    Parameters
    ----------
    values : unit (or any block that may be taken as independent) to its statistic; None and NaN are left out.
    confidence : share of resampled means inside the interval.

    Returns
    -------
    ``estimate`` is NaN without any value.
    """
    known = np.array([float(v) for _, v in sorted(values.items()) if v is not None and not np.isnan(v)])
    if known.size < 2:
        return Interval(float(known[0]) if known.size else np.nan, -np.inf, np.inf, known.size)
    draw = np.random.default_rng(seed)
    means = np.array([known[draw.integers(0, known.size, known.size)].mean() for _ in range(resamples)])
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(known.mean()), float(low), float(high), known.size)


def paired_bootstrap(
    challenger: Mapping[str, float | None],
    champion: Mapping[str, float | None],
    *,
    confidence: float = 0.9,
    resamples: int = 500,
    seed: int = 0,
) -> Interval:
    """Mean difference, challenger minus champion, over the units that both give a value for.

    Pairing removes what the units have in common. ``low > 0`` means better beyond noise where higher is better.
    """
    pairs = {unit: (challenger[unit], champion[unit]) for unit in challenger.keys() & champion.keys()}
    differences = {unit: one - other for unit, (one, other) in pairs.items() if one is not None and other is not None}
    return bootstrap(differences, confidence=confidence, resamples=resamples, seed=seed)


def wilson(part: float, whole: float, confidence: float = 0.9) -> tuple[float, float]:
    """Score interval of a share of independent things (Wilson 1927); honest at 0 and 1, too.

    Parameters
    ----------
    part, whole : counts; (0, 1) is the answer when ``whole`` is 0.
    """
    if not whole:
        return 0.0, 1.0
    z2, share = NormalDist().inv_cdf((1 + confidence) / 2) ** 2, part / whole
    middle = share + z2 / (2 * whole)
    reach = sqrt(z2 * (share * (1 - share) / whole + z2 / (4 * whole**2)))
    return max(0.0, (middle - reach) / (1 + z2 / whole)), min(1.0, (middle + reach) / (1 + z2 / whole))
