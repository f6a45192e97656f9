"""What each network can and can't know, asked through its detector."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import Detector, build_detector
from anomaly_assets.detectors.asking import fit_detector, score_windows
from anomaly_assets.detectors.checks.frames import Frames
from anomaly_assets.detectors.checks.judgement import roc_auc
from anomaly_assets.detectors.checks.recordings import windows
from anomaly_assets.errors import DetectorError


def fitted(kind: str, **params: object) -> Detector:
    return fit_detector(build_detector(kind, {"max_epochs": 4} | params), windows(900, rhythm=True))


def changed(frame: pl.DataFrame, column: str, change: Callable[[np.ndarray], np.ndarray]) -> pl.DataFrame:
    """Change the histories (n_windows, steps) of one column."""
    dtype = frame.schema[column]
    return frame.with_columns(pl.Series(column, change(frame[column].to_numpy().copy()), dtype))


def expected(detector: Detector, frame: pl.DataFrame) -> pl.DataFrame:
    values = detector.expected(frame)
    assert values is not None
    return values


def ahead(values: np.ndarray, steps: int) -> np.ndarray:
    values[:, -steps:] = 77.0
    return values


def test_a_forecast_knows_neither_the_readings_it_is_judged_by_nor_other_sensors() -> None:
    detector, frame = fitted("patch_tst"), Frames(34, ("raw",)).windows(100, seed=1)
    before = expected(detector, frame)
    assert expected(detector, changed(frame, "a__raw", lambda values: ahead(values, 4))).equals(before)
    later = expected(detector, changed(frame, "a__raw", lambda values: ahead(values, 5)))
    assert (later["a__raw"] != before["a__raw"]).all()  # the fifth last is in the context
    assert later.drop("a__raw").equals(before.drop("a__raw"))


def test_only_with_revin_does_a_forecast_follow_a_level_wherever_it_goes() -> None:
    frame = Frames(34, ("raw",)).windows(100, seed=1)
    higher = changed(frame, "a__raw", lambda values: values + 3.0)
    for revin in (True, False):
        detector = fitted("patch_tst", revin=revin)
        moved = expected(detector, higher)["a__raw"] - expected(detector, frame)["a__raw"]
        assert bool(np.allclose(moved, 3.0, atol=1e-3)) is revin


def test_misfits_of_a_patch_and_a_history_are_told() -> None:
    with pytest.raises(DetectorError, match="no patch fits"):
        fitted("patch_tst", steps=9)
    with pytest.raises(DetectorError, match="5 heads"):
        fitted("patch_tst", heads=5)


def test_what_fills_no_patch_is_the_oldest_and_not_looked_at() -> None:
    detector, frame = fitted("patch_tst", steps=36), Frames(36, ("raw",)).windows(50, seed=1)

    def forget(values: np.ndarray) -> np.ndarray:
        values[:, :2] = 5.0
        return values

    assert expected(detector, changed(frame, "a__raw", forget)).equals(expected(detector, frame))


def test_an_lstm_autoencoder_sees_a_rhythm_run_backwards_that_no_single_window_shows() -> None:
    """A sawtooth reversed in time has the same readings; the dense autoencoder is the control."""
    rng = np.random.default_rng(0)

    def recording(direction: int) -> pl.DataFrame:
        tooth = (np.arange(900) * direction % 12) / 3.5
        readings = {f"{s}__raw": tooth + 0.1 * rng.standard_normal(900) for s in "ab"}
        return windows(900).select("unit_id", "window_start", "window_end").with_columns(**readings)

    forwards, backwards = recording(1), recording(-1)
    seen = {}
    for kind in ("lstm_autoencoder", "autoencoder"):
        detector = fit_detector(build_detector(kind), forwards)
        seen[kind] = roc_auc(score_windows(detector, recording(1)), score_windows(detector, backwards))
    assert seen["lstm_autoencoder"] > 0.95
    assert seen["autoencoder"] < 0.65


def test_the_tail_says_how_long_a_spike_is_remembered() -> None:
    frame = windows(200, seed=1).with_columns(
        pl.when(pl.row_index() == 100).then(50.0).otherwise("b__raw").alias("b__raw")
    )
    for tail in (1, 5):
        score = score_windows(fitted("lstm_autoencoder", tail=tail), frame)
        loud = np.flatnonzero(score > 0.2 * score.max())
        assert loud.tolist() == list(range(100, 100 + tail))


@pytest.mark.real_data
def test_failing_engines_rank_above_healthy_ones(real: Callable[[str], Path]) -> None:
    """FD001: learnt from the first 60 cycles of 80 engines, asked about the other 20."""
    rows = np.loadtxt(real("cmapss") / "train_FD001.txt")
    unit, cycle, sensors = rows[:, 0], rows[:, 1], rows[:, 5:]
    sensors = sensors[:, [len(np.unique(column)) > 2 for column in sensors.T]]
    scaled = np.empty_like(sensors)
    for each in np.unique(unit):
        own, early = unit == each, (unit == each) & (cycle <= 60)
        scaled[own] = (sensors[own] - sensors[early].mean(axis=0)) / sensors[early].std(axis=0)
    start = pl.Series(cycle.astype(np.int64)) * 3_600_000_000
    frame = pl.DataFrame({"unit_id": unit, "window_start": start.cast(pl.Datetime("us", "UTC"))}).with_columns(
        pl.col("window_start").dt.offset_by("1h").alias("window_end"),
        *(pl.Series(f"s{number}__raw", column) for number, column in enumerate(scaled.T)),
    )
    detector = fit_detector(build_detector("lstm_autoencoder"), frame.filter(pl.Series((unit <= 80) & (cycle <= 60))))
    score = score_windows(detector, frame, unit > 80)
    last = np.array([cycle[unit == each].max() for each in unit])
    failing = (last - cycle <= 30)[unit > 80]
    assert roc_auc(score[~failing], score[failing]) > 0.95
