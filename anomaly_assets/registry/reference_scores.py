"""Scores of normal windows that travel with a model: what its threshold was found on, so that any score can be ranked.

They lie in a file of their own, so that who ranks scores need not load the detector.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..monitoring import ReferenceProfile
from .sealed import read_json, sealed_file

REFERENCE_SCORES = "reference_scores.safetensors"
PROFILE = "profile.json"

Scores = NDArray[np.float64]


def reference_of(scores: Scores, at_most: int = 20_000) -> Scores:
    """Sort scores, and thin them where they are many.

    Kept are the middle ones of ``at_most`` parts of equal size. Each stands for as many as any other, so that what is
    kept can be counted in like the whole: shares differ by less than 1 / ``at_most``, in the upper tail as elsewhere.

    Parameters
    ----------
    scores : (n_windows,) in any order.

    Returns
    -------
    (at most ``at_most``,) ascending.
    """
    ascending = np.sort(np.asarray(scores, dtype=np.float64))
    if ascending.size <= at_most:
        return ascending
    return ascending[((np.arange(at_most) + 0.5) * ascending.size / at_most).astype(np.int64)]


def read_reference_scores(folder: Path) -> Scores | None:
    """Read the reference scores of the bundle in a folder, and nothing else of it; ascending.

    Of a bundle from before there were any, the quantiles of its training scores stand in, where it has a profile; None
    where there is neither.

    Raises
    ------
    RegistryError
        If the file is missing or damaged.
    """
    path = sealed_file(folder, REFERENCE_SCORES)
    if path is not None:
        return load_scores(path)
    profile = sealed_file(folder, PROFILE)
    document = None if profile is None else read_json(profile)
    return None if document is None else ReferenceProfile.from_json(document).training.score.quantiles


def save_scores(path: Path, scores: Scores) -> None:
    """Write scores as they are."""
    from safetensors.numpy import save

    path.write_bytes(save({"scores": np.ascontiguousarray(scores, dtype=np.float64)}))


def load_scores(path: Path) -> Scores:
    """Read what `save_scores` wrote, exactly."""
    from safetensors.numpy import load

    return load(path.read_bytes())["scores"]
