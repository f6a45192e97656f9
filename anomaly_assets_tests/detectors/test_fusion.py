"""The fused score is the sum of what its members find surprising on rows that they have not learnt from."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import Detector, build_detector, check_detector, detector_class, load_detector
from anomaly_assets.detectors.checks.judgement import roc_auc, same_bits
from anomaly_assets.detectors.checks.recordings import SENSORS, fault_rows, windows
from anomaly_assets.detectors.held_back import held_back
from anomaly_assets.detectors.tails import fit_tail, surprise
from anomaly_assets.errors import ConfigError, DetectorError

DEVIATION = {"kind": "deviation", "params": {"statistics": ["raw"]}}
PCA = {"kind": "hotelling_t2_q", "params": {"statistics": ["raw"]}}
FOREST = {"kind": "isolation_forest", "params": {"n_estimators": 20}}
NEIGHBOURS = {"kind": "local_outlier_factor", "params": {"statistics": ["raw"], "max_rows": 300}}
SILENT = {"kind": "random_score", "params": {}}


def fused(*members: dict, **params: object) -> Detector:
    return build_detector("fusion", {"members": members or (PCA, DEVIATION), **params})


def surprises(frame: pl.DataFrame, *members: dict) -> np.ndarray:
    """By hand: each member learns from some stretches, its tail is of the others."""
    learnt_from, held = held_back(windows().height, 10, every=3)
    alone = [build_detector(**member).fit(windows()[learnt_from]) for member in members]
    return np.array([surprise(fit_tail(one.score(windows()[held]), 0.05), one.score(frame)) for one in alone])


def test_the_score_is_the_sum_the_largest_or_the_mean_of_two_of_the_surprises() -> None:
    frame, members = windows(200, seed=1, fault="drift"), (PCA, DEVIATION, NEIGHBOURS)
    by_hand = np.sort(surprises(frame, *members), axis=0)
    assert fused(*members).fit(windows()).score(frame) == pytest.approx(by_hand.sum(axis=0))
    assert fused(*members, combine="max").fit(windows()).score(frame) == pytest.approx(by_hand[2])
    assert fused(*members, combine="top2").fit(windows()).score(frame) == pytest.approx(by_hand[1:].mean(axis=0))


def test_with_one_member_alone_every_combination_is_its_surprise() -> None:
    frame = windows(200, seed=1)
    for combine in ("sum", "max", "top2"):
        assert same_bits(fused(PCA, combine=combine).fit(windows()).score(frame), surprises(frame, PCA)[0])


def test_the_unit_of_a_members_score_does_not_count() -> None:
    louder = {"kind": "deviation", "params": {"statistics": ["raw"], "weights": {"raw": 1024.0}}}
    frame = windows(200, seed=1, fault="noise_burst")
    one, other = (fused(PCA, member).fit(windows()).score(frame) for member in (DEVIATION, louder))
    assert other == pytest.approx(one)


def test_tails_of_rows_that_were_learnt_from_would_be_too_short() -> None:
    """Negative control for holding rows out: a member that fits closely finds new normal rows surprising throughout."""
    close = {"kind": "one_class_svm", "params": {"gamma": 20.0}}
    new = windows(seed=1)
    held_out = fused(close).fit(windows()).score(new)
    one = build_detector(**close).fit(windows())
    learnt_from = surprise(fit_tail(one.score(windows()), 0.05), one.score(new))
    assert held_out.mean() < 1.4
    assert learnt_from.mean() > 2.0


def test_what_only_one_member_can_see_is_seen() -> None:
    normal, broken = windows(seed=1), fault_rows("correlation_break")

    def seen(detector: Detector) -> float:
        detector.fit(windows())
        return roc_auc(detector.score(normal), detector.score(broken))

    assert seen(build_detector(**DEVIATION)) < 0.65
    assert seen(fused(DEVIATION, PCA)) > 0.7


def test_contributions_add_up_to_the_sum() -> None:
    detector, frame = fused(PCA, DEVIATION, NEIGHBOURS).fit(windows()), windows(200, seed=1, fault="level_shift")
    assert detector.explain(frame).sum_horizontal().to_numpy() == pytest.approx(detector.score(frame))


def test_a_member_that_says_nothing_of_sensors_blames_nobody() -> None:
    assert not detector_class("random_score").tags.explains
    detector, frame = fused(SILENT, DEVIATION).fit(windows()), fault_rows("level_shift")[:50]
    found = detector.explain(frame)
    assert found.sum_horizontal().to_numpy() == pytest.approx(surprises(frame, DEVIATION)[0])
    alone = build_detector(**DEVIATION).fit(windows()[held_back(windows().height, 10, every=3)[0]]).explain(frame)
    assert found.to_numpy().argmax(axis=1).tolist() == alone.to_numpy().argmax(axis=1).tolist()
    assert fused(SILENT).fit(windows()).explain(frame).sum_horizontal().sum() == 0.0


def test_expected_is_what_the_first_that_expects_says_and_the_median_of_what_none_reads() -> None:
    learnt_from, _ = held_back(windows().height, 10, every=3)
    detector, frame = fused(SILENT, PCA, DEVIATION).fit(windows()), windows(50, seed=1)
    assert not detector_class("random_score").tags.expects
    found = detector.expected(frame)
    alone = build_detector(**PCA).fit(windows()[learnt_from]).expected(frame)
    assert found.select(alone.columns).to_numpy() == pytest.approx(alone.to_numpy())
    assert found["b__std_30m"].unique().to_list() == [windows()[learnt_from]["b__std_30m"].median()]


def test_it_reads_what_its_members_read_and_nothing_else() -> None:
    raw = tuple(f"{sensor}__raw" for sensor in SENSORS)
    assert fused(PCA, DEVIATION).fit(windows()).feature_names_in_ == raw
    means = {"kind": "deviation", "params": {"statistics": ["mean"]}}
    assert len(fused(PCA, means).fit(windows()).feature_names_in_) == 2 * len(SENSORS)
    everything = {"kind": "isolation_forest", "params": {"statistics": None, "n_estimators": 5}}
    assert len(fused(PCA, everything).fit(windows()).feature_names_in_) == 3 * len(SENSORS)


@pytest.mark.parametrize(
    "members", [(FOREST, NEIGHBOURS), ({"kind": "fusion", "params": {"members": [DEVIATION, FOREST]}}, PCA)]
)
def test_members_of_any_kind_even_fusions_come_back_to_the_bit(tmp_path, members) -> None:
    detector, frame = fused(*members, seed=3).fit(windows()), windows(200, seed=1, fault="spike")
    detector.save(tmp_path)
    loaded = load_detector(tmp_path)
    assert loaded.params == detector.params
    assert same_bits(loaded.score(frame), detector.score(frame))
    assert loaded.explain(frame).equals(detector.explain(frame))
    assert loaded.expected(frame).equals(detector.expected(frame))
    parts = np.concatenate([loaded.score(frame[a:b]) for a, b in pairwise([0, 1, 8, 63, 200])])
    assert same_bits(parts, loaded.score(frame))


def test_a_member_whose_arrays_are_gone_is_told_when_it_is_loaded(tmp_path) -> None:
    detector = fused(PCA, DEVIATION).fit(windows())
    del detector.member1_scale_
    detector.save(tmp_path)
    with pytest.raises(DetectorError, match="no detector that can be used"):
        load_detector(tmp_path)


def test_the_seed_is_for_members_that_draw_and_have_none_of_their_own() -> None:
    own = {"kind": "isolation_forest", "params": {"n_estimators": 20, "seed": 5}}
    frame = windows(100, seed=1)
    assert not same_bits(*(fused(FOREST, seed=seed).fit(windows()).score(frame) for seed in (0, 5)))
    assert same_bits(fused(FOREST, seed=5).fit(windows()).score(frame), fused(own).fit(windows()).score(frame))


def test_too_few_rows_serve_as_both() -> None:
    few, frame = windows(40), windows(100, seed=1)
    alone = build_detector(**PCA).fit(few)
    expected = surprise(fit_tail(alone.score(few), 0.05), alone.score(frame))
    assert fused(PCA).fit(few).score(frame) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ([], "at least 1 item"),
        ([{"kind": "sub_pca"}], "sub_pca can't be a member: it looks at several windows"),
        ([{"kind": "seasonal_residual"}], "seasonal_residual can't be a member: it looks at the clock"),
        ([{"kind": "deviatoin"}], "did you mean 'deviation'"),
        ([{"kind": "deviation", "params": {"cup": 3}}], "did you mean 'cap'"),
        ([{"kind": "deviation", "statistics": ["raw"]}], "a member is no detector"),
        ([{"params": {}}], "a member is no detector"),
    ],
)
def test_members_that_can_not_be_asked_are_refused_before_anything_is_learnt(members: list, told: str) -> None:
    with pytest.raises(DetectorError, match=told):
        build_detector("fusion", {"members": members})
    with pytest.raises(ConfigError, match=told):
        check_detector("fusion", {"members": members})
