"""How the battery judges: a claim that must hold, a refusal, equality to the bit, area under the ROC curve."""

from collections.abc import Callable

import numpy as np

from ...errors import DetectorError


def claim(holds: bool, sentence: str) -> None:
    """Raise AssertionError with the sentence when it doesn't hold."""
    if not holds:
        raise AssertionError(sentence)


def refused(ask: Callable[[], object], *words: str) -> bool:
    """Tell whether a call is refused in a sentence that holds the words."""
    try:
        ask()
    except DetectorError as error:
        return all(word in str(error) for word in words)
    return False


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether two float64 arrays agree to the last bit."""
    return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()


def roc_auc(normal: np.ndarray, faulty: np.ndarray) -> float:
    """Share of pairs in which the faulty window scores higher; a tie counts half."""
    ordered = np.sort(normal)
    below = np.searchsorted(ordered, faulty, side="left")
    not_above = np.searchsorted(ordered, faulty, side="right")
    return float((below + not_above).mean() / 2 / len(normal))


def alike_in_rank(one: np.ndarray, other: np.ndarray) -> float:
    """Rank correlation of two scores without many ties, 1 when they order the windows alike (Spearman 1904)."""
    ranks = [np.argsort(np.argsort(score, kind="stable"), kind="stable").astype(float) for score in (one, other)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
