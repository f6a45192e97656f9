"""Two models on the same rows: counts, agreement beyond chance, and where they differ most."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score

from anomaly_assets.pipelines.batch.comparing import cohens_kappa

from .standing_in import Rows, scored_rows, written

VERDICTS = arrays(bool, 20)


@given(a=VERDICTS, b=VERDICTS)
def test_kappa_is_that_of_scikit_learn_where_that_has_one(a: np.ndarray, b: np.ndarray) -> None:
    found = cohens_kappa(a, b)
    if found is None:
        assert len(set(a) | set(b)) == 1
    else:
        assert found == pytest.approx(cohen_kappa_score(a, b), abs=1e-12)


def test_of_no_rows_there_is_no_kappa() -> None:
    assert cohens_kappa(np.zeros(0, bool), np.zeros(0, bool)) is None


@given(st.integers(0, 5))
def test_a_model_agrees_with_itself(seed: int) -> None:
    flags = np.random.default_rng(seed).random(50) > 0.8
    assert cohens_kappa(flags, flags) == pytest.approx(1)


def test_counts_and_correlation_are_those_of_the_columns(tmp_path: Path) -> None:
    frame = scored_rows(models=2)
    agreement = written(tmp_path / "ab", Rows(frame, models=2)).agreement
    assert agreement is not None
    a, b = frame["is_anomaly_1"], frame["is_anomaly_2"]
    counts = (agreement.first, agreement.second, agreement.both, agreement.either)
    assert counts == (a.sum(), b.sum(), (a & b).sum(), (a | b).sum())
    assert agreement.jaccard == pytest.approx((a & b).sum() / (a | b).sum())
    expected = spearmanr(frame["anomaly_score_1"], frame["anomaly_score_2"]).statistic
    assert agreement.spearman == pytest.approx(expected, abs=1e-12)


def test_rows_that_differ_most_are_named_with_what_says_which_they_are(tmp_path: Path) -> None:
    agreement = written(tmp_path / "ab", Rows(scored_rows(models=2), models=2)).agreement
    assert agreement is not None
    shown = agreement.disagreements
    assert shown.height == 10
    assert shown.columns[:3] == ["row", "timestamp", "window_id"]
    assert (shown["row"] == shown["window_id"] + 1).all(), "rows are counted from 1"
    assert (shown["is_anomaly_1"] != shown["is_anomaly_2"]).all(), "verdicts differ on enough rows"
    assert shown["rank_distance"].is_sorted(descending=True)


def test_a_model_beside_itself_disagrees_nowhere(tmp_path: Path) -> None:
    frame = scored_rows(models=2)
    twice = frame.with_columns(
        **{f"{name}_2": frame[f"{name}_1"] for name in ("anomaly_score", "is_anomaly", "threshold_used")}
    )
    agreement = written(tmp_path / "ab", Rows(twice, models=2)).agreement
    assert agreement is not None
    assert (agreement.jaccard, agreement.kappa) == (1, pytest.approx(1))
    assert agreement.disagreements.is_empty()
