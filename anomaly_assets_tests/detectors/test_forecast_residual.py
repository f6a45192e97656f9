"""Forecast residual: what was to be expected is not news, what breaks with it is, and what is unknown is neither."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import expected_windows, explain_windows, fit_detector, load_detector, score_windows
from anomaly_assets.detectors.forecast_residual import ForecastResidual
from anomaly_assets.errors import DetectorError

DAY = 96
FIRST, STRIDE = datetime(2024, 1, 1, tzinfo=UTC), timedelta(minutes=15)


@lru_cache
def tank(days: int, seed: int = 0, calendar: bool = False) -> pl.DataFrame:
    """Two sensors that wander about a daily cycle, one window every quarter of an hour."""
    rng, step = np.random.default_rng(seed), np.arange(days * DAY)
    readings = {f"{sensor}__raw": np.sin(2 * np.pi * step / DAY) + wander(rng, len(step)) for sensor in ("a", "b")}
    start = pl.Series("window_start", [FIRST + STRIDE * int(n) for n in step], pl.Datetime("us", "UTC"))
    hour = {f"hour_of_day_{way}": getattr(np, way)(2 * np.pi * step / DAY) for way in ("sin", "cos")}
    keys = {"unit_id": ["u"] * len(step), "window_start": start, "window_end": start + STRIDE}
    return pl.DataFrame(keys | readings | (hour if calendar else {}))


def wander(rng: np.random.Generator, rows: int) -> np.ndarray:
    left = np.zeros(rows)
    for row, push in enumerate(rng.normal(0, 0.05, rows - 1), start=1):
        left[row] = 0.8 * left[row - 1] + push
    return left


@lru_cache
def learnt() -> ForecastResidual:
    detector = fit_detector(ForecastResidual(), tank(20))
    assert isinstance(detector, ForecastResidual)
    return detector


def with_reading(frame: pl.DataFrame, row: int, value: float | None, rows: int = 1) -> pl.DataFrame:
    place = pl.int_range(pl.len())
    there = (place >= row) & (place < row + rows)
    return frame.with_columns(a__raw=pl.when(there).then(value).otherwise(pl.col("a__raw")))


def test_forecasts_are_about_as_close_as_the_noise_allows() -> None:
    later = tank(5, seed=1)
    expected = expected_windows(learnt(), later, np.ones(later.height, dtype=bool))
    left = (later["a__raw"] - expected["a__raw"]).to_numpy()[DAY:]
    assert np.sqrt(np.mean(left**2)) < 0.055 < np.diff(later["a__raw"].to_numpy()[DAY:]).std()


def test_a_spike_is_news_at_once_its_sensor_is_named_and_what_was_expected_is_told() -> None:
    later, row = tank(5, seed=1), 300
    spiked = with_reading(later, row, later["a__raw"][row] + 1.0)
    asked = np.arange(later.height) == row
    score = score_windows(learnt(), spiked)
    shares, expected = explain_windows(learnt(), spiked, asked), expected_windows(learnt(), spiked, asked)
    assert score.argmax() == row
    assert shares["a"][0] == score[row] > 3 * shares["b"][0]
    assert expected["a__raw"][0] == pytest.approx(later["a__raw"][row], abs=0.3)


def test_a_missing_reading_is_no_news_nor_is_the_first_one_after_a_silence() -> None:
    """Both as missing readings and as missing windows; a sensor that goes on reading is judged on."""
    later, row, rows = tank(5, seed=1).select(pl.exclude("b__raw")), 300, 44
    alone = fit_detector(ForecastResidual(), tank(20).select(pl.exclude("b__raw")))
    jumped = with_reading(later, row + rows, 5.0, later.height)
    silent = score_windows(alone, with_reading(jumped, row, float("nan"), rows))
    absent = score_windows(alone, pl.concat([jumped[:row], jumped[row + rows :]]))
    assert (silent[row : row + rows + 3] == 0).all()
    assert silent[row - 1] > 0 < silent[row + rows + 20]
    assert np.array_equal(silent[row + rows :], absent[row:])
    at_once = with_reading(later, row, 5.0, later.height)
    assert score_windows(alone, at_once)[row] > 10


def test_a_silent_sensor_takes_nothing_from_the_others() -> None:
    later, row = tank(5, seed=1), 300
    silent = with_reading(later, 0, float("nan"), later.height)
    spiked = silent.with_columns(b__raw=pl.when(pl.int_range(pl.len()) == row).then(9.0).otherwise(pl.col("b__raw")))
    score = score_windows(learnt(), spiked)
    assert score.argmax() == row
    assert np.isfinite(score).all()


def test_trees_are_heard_where_no_line_can_follow() -> None:
    """The logistic map is no line's affair; white noise is nobody's."""
    rng, rows = np.random.default_rng(0), 3000
    chaos = np.full(rows, 0.3)
    for row in range(1, rows):
        chaos[row] = 3.9 * chaos[row - 1] * (1 - chaos[row - 1])
    frame = tank(32)[:rows].with_columns(a__raw=pl.Series(chaos), b__raw=pl.Series(rng.normal(size=rows)))
    heard = fit_detector(ForecastResidual(steps=12), frame)
    lines = fit_detector(ForecastResidual(steps=12, iterations=0), frame)
    assert heard.lift_[0] > 0
    assert lines.lift_.tolist() == [0.0, 0.0]
    assert heard.size_[0] < 0.3 * lines.size_[0]
    assert heard.size_[1] == pytest.approx(lines.size_[1], rel=0.1)


def test_the_hour_of_the_day_is_told_where_the_fleet_has_it_and_is_expected_to_be_what_it_is() -> None:
    without = fit_detector(ForecastResidual(steps=4), tank(20))
    detector = fit_detector(ForecastResidual(steps=4), tank(20, calendar=True))
    assert detector.slope_.shape[1] == without.slope_.shape[1] + 2
    assert (detector.size_ < without.size_).all()
    later = tank(5, seed=1, calendar=True)
    expected = expected_windows(detector, later, np.ones(later.height, dtype=bool))
    assert expected["hour_of_day_sin"].equals(later["hour_of_day_sin"])


def test_a_tree_that_points_out_of_itself_is_refused(tmp_path: Path) -> None:
    frame = tank(32)[:600].with_columns(a__raw=pl.Series(np.tile([0.0, 1.0, 0.0], 200)))
    detector = fit_detector(ForecastResidual(steps=4, min_rows_leaf=5), frame)
    kept = detector.child_
    for child in (kept + len(kept), np.zeros_like(kept)):
        detector.child_ = child
        detector.save(tmp_path)
        with pytest.raises(DetectorError, match="point out of themselves"):
            load_detector(tmp_path)
    detector.child_ = kept
    detector.save(tmp_path)
    assert np.array_equal(score_windows(load_detector(tmp_path), frame), score_windows(detector, frame))


def test_a_fleet_without_a_feature_to_expect_is_told_so() -> None:
    with pytest.raises(DetectorError, match="no sensor's feature to expect"):
        fit_detector(ForecastResidual(), tank(2, calendar=True).select(pl.exclude("a__raw", "b__raw")))
