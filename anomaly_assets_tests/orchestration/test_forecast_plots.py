"""Pictures of forecasts, of how they fare and of severity: what they show is what the frames say."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from anomaly_assets.orchestration import forecast_plots, forecast_watch_plot, residual_plot, severity_plot
from anomaly_assets.orchestration.drawing import enveloped, shortened, thinned
from anomaly_assets.orchestration.forecast_plots import predicted_plot, week_ahead_plot
from anomaly_assets.orchestration.forecast_watch_plot import watch_plot
from anomaly_assets_tests.conftest import small_fleet

START, HOUR, DAY = datetime(2024, 3, 1, tzinfo=UTC), timedelta(hours=1), timedelta(days=1)
SPLITS = {"start": START - 60 * DAY, "validation_start": START, "test_start": START + 5 * DAY, "end": START + 10 * DAY}
OXYGEN = "oxygen, mg/L"
Figures = list[Any]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Figures:
    """Every figure that is embedded, beside being embedded."""
    seen: Figures = []

    def seeing(embedded: Callable[..., Any]) -> Callable[..., Any]:
        return lambda figure, title: (seen.append(figure), embedded(figure, title))[1]

    for module in (forecast_plots, forecast_watch_plot, residual_plot, severity_plot):
        monkeypatch.setattr(module, "embedded", seeing(module.embedded))
    return seen


def hours(count: int, start: datetime = START) -> pl.Series:
    return pl.datetime_range(start, start + (count - 1) * HOUR, HOUR, time_unit="us", eager=True).alias("time")


def wave(count: int, level: float = 9.0) -> np.ndarray:
    return level + np.sin(np.arange(count) * 2 * np.pi / 24)


def read(units: dict[str, float], count: int = 240, start: datetime = START) -> pl.DataFrame:
    parts = [pl.DataFrame({"time": hours(count, start), "value": wave(count, level)}) for level in units.values()]
    return pl.concat(part.with_columns(unit_id=pl.lit(name)) for part, name in zip(parts, units, strict=True))


def judged(errors: dict[str, float], **changes: Any) -> pl.DataFrame:
    """What a report holds: hourly forecasts from two origins, the older one a day off; intervals in test alone."""
    part = pl.when(pl.col("time") < SPLITS["test_start"]).then(pl.lit("validation")).otherwise(pl.lit("test"))
    frame = read(dict.fromkeys(errors, 9.0)).with_columns(
        part=part, off=pl.col("unit_id").replace_strict(errors), horizon=pl.lit(HOUR), horizon_day=pl.lit(1, pl.Int64)
    )
    newest = frame.with_columns(forecaster=pl.col("value") + pl.col("off"))
    older = newest.with_columns(pl.lit(30 * HOUR).alias("horizon"), horizon_day=pl.lit(2, pl.Int64))
    both = pl.concat([older.with_columns(pl.col("forecaster") + 5), newest])
    width = pl.when(pl.col("part") == "test")
    told = {"80": 1.0, "95": 2.0}
    bands = [width.then(pl.col("forecaster") - w).alias(f"lower_{name}") for name, w in told.items()]
    bands += [width.then(pl.col("forecaster") + w).alias(f"upper_{name}") for name, w in told.items()]
    return both.with_columns(bands).with_columns(**changes)


def ahead(units: dict[str, float], origin: datetime, swing: dict[str, float] | None = None) -> pl.DataFrame:
    swings = swing or dict.fromkeys(units, 1.0)
    frame = read(units, 168, origin + HOUR).with_columns(origin=pl.lit(origin).dt.cast_time_unit("us"))
    middle = pl.col("unit_id").replace_strict(units)
    frame = frame.with_columns(forecast=middle + (pl.col("value") - middle) * pl.col("unit_id").replace_strict(swings))
    ends = {"lower_80": -1, "upper_80": 1, "lower_95": -2, "upper_95": 2}
    return frame.drop("value").with_columns((pl.col("forecast") + way).alias(name) for name, way in ends.items())


def line(axes: Any, label: str) -> Any:
    (found,) = [each for each in axes.lines if each.get_label() == label]
    return found


def test_a_lines_spike_and_its_gap_are_still_there_when_it_is_thinned() -> None:
    minutes = pl.datetime_range(START, START + 30 * DAY, "1m", time_unit="us", eager=True).alias("time")
    series = pl.DataFrame({"time": minutes}).with_columns(
        value=pl.when(pl.col("time") == START + DAY).then(99.0).otherwise(1.0)
    )
    silent = series.filter(~pl.col("time").is_between(START + 10 * DAY, START + 12 * DAY))
    found = enveloped(silent, 400)
    assert found.height <= 401 and found["high"].max() == 99.0 and found["value"].max() < 5.0
    assert found.filter(pl.col("time") == START + 11 * DAY)["value"].to_list() == [None]


def test_a_line_of_few_points_is_drawn_as_it_is() -> None:
    series = pl.DataFrame({"time": hours(48), "value": wave(48)})
    assert thinned(series, 400).equals(series)
    assert thinned(series.clear(), 400).is_empty()


def test_names_lose_what_they_share_and_never_what_tells_them_apart() -> None:
    assert shortened(["farm|tank 1|top", "farm|tank 2|top"]) == ["tank 1|top", "tank 2|top"]
    assert shortened(["a$b", "farm"]) == [r"a\$b", "farm"]
    long = [f"{'x' * 40}{k}{'y' * 40}" for k in range(2)]
    assert shortened(long) == long and shortened([long[0]]) == ["x" * 23 + "…" + "y" * 24]


class TestReadingsBesideForecasts:
    def test_show_the_best_a_usual_and_the_worst_unit_with_their_errors(self, drawn: Figures) -> None:
        found = predicted_plot(judged({"a|1 x": 0.4, "b": 0.1, "c": 0.2, "d": 0.3, "e": 2.0}), SPLITS, OXYGEN)
        assert found is not None and "image/png" in found.value
        titles = [axes.get_title("left") for axes in drawn[0].axes]
        assert [title.split()[0] for title in titles] == ["b", "d", "e"]
        assert "worst of 5 units, mean error" in titles[-1]

    def test_show_the_newest_forecast_of_an_instant(self, drawn: Figures) -> None:
        predicted_plot(judged({"a": 0.5}), SPLITS, OXYGEN)
        forecast = line(drawn[0].axes[0], "forecast").get_ydata()
        assert np.asarray(forecast) == pytest.approx(wave(240) + 0.5)

    def test_mark_where_validation_and_test_begin(self, drawn: Figures) -> None:
        from matplotlib.dates import num2date

        predicted_plot(judged({"a": 0.5}), SPLITS, OXYGEN)
        dashed = [each.get_xdata()[0] for each in drawn[0].axes[0].lines if each.get_linestyle() == "--"]
        assert dashed == [SPLITS["validation_start"], SPLITS["test_start"]]
        assert {text.get_text() for text in drawn[0].axes[0].texts} == {"validation", "test"}
        assert num2date(drawn[0].axes[0].get_xlim()[1]) > START + 9 * DAY

    def test_have_no_picture_where_no_reading_came(self) -> None:
        assert predicted_plot(judged({"a": 0.5}, value=pl.lit(None, pl.Float64)), SPLITS, OXYGEN) is None
        assert residual_plot.residual_plot(judged({"a": 0.5}).clear(), SPLITS, OXYGEN) is None


def test_residuals_are_readings_less_forecasts_by_day_and_by_day_ahead(drawn: Figures) -> None:
    residual_plot.residual_plot(judged({"a": 0.5}).filter(horizon_day=1), SPLITS, OXYGEN)
    residual_plot.residual_plot(judged({"a": 0.5}), SPLITS, OXYGEN)
    assert np.asarray(line(drawn[0].axes[0], "median").get_ydata()) == pytest.approx(np.full(10, -0.5))
    medians = [each.get_ydata() for each in drawn[1].axes[1].lines if each.get_marker() == "_"]
    assert np.asarray(medians) == pytest.approx(np.full((2, 2), (-0.5, -5.5)))


class TestTheWeekAhead:
    def test_shows_who_moves_most_and_says_how_many_are_not_shown(self, drawn: Figures) -> None:
        units = {f"farm|tank {k}": 9.0 + k for k in range(9)}
        swing = {name: 1.0 + (k >= 3) for k, name in enumerate(units)}
        week_ahead_plot(read(units), ahead(units, START + 9 * DAY, swing), OXYGEN)
        shown = [axes.get_title("left") for axes in drawn[0].axes if axes.get_visible()]
        assert shown == [f"tank {k}" for k in range(3, 9)]
        assert "3 more are not shown" in drawn[0].get_suptitle()

    def test_begins_where_readings_end_and_goes_on_beside_those_that_came_later(self, drawn: Figures) -> None:
        units = {"a|1 $x$ y": 9.0}
        week_ahead_plot(read(units), ahead(units, START + 8 * DAY), OXYGEN)
        axes = drawn[0].axes[0]
        ends = [np.asarray(line(axes, name).get_xdata()) for name in ("readings", "forecast")]
        known = [
            time[~np.isnan(np.asarray(line(axes, name).get_ydata(), float))]
            for time, name in zip(ends, ("readings", "forecast"), strict=True)
        ]
        assert known[0].min() == np.datetime64("2024-03-02T00:00") and known[0].max() > known[1].min()
        assert known[1].min() == np.datetime64("2024-03-09T01:00")
        labels = [text.get_text() for text in drawn[0].legends[0].get_texts()]
        assert labels == ["80 % interval", "95 % interval", "readings", "their range", "forecast"]

    def test_of_a_unit_without_readings_is_drawn_all_the_same(self, drawn: Figures) -> None:
        assert week_ahead_plot(read({"b": 1.0}).clear(), ahead({"a": 9.0}, START), OXYGEN) is not None
        assert week_ahead_plot(read({"b": 1.0}), ahead({"a": 9.0}, START).clear(), OXYGEN) is None

    def test_names_its_sensor_and_what_it_measures(self) -> None:
        fleet = small_fleet(sensors={"do": {"measures": "mg/L"}, "b": {}}, forecast={"sensor": "do"})
        assert forecast_plots.quantity(fleet) == "do, mg/L"
        assert forecast_plots.quantity(small_fleet(forecast={"sensor": "b"})) == "b"


def watched(ratios: dict[int, tuple[float, bool | None]], severity: float | None = None) -> pl.DataFrame:
    """Rows of the monitoring table: by day all together, by horizon day, and of two units."""
    rows = []
    for number, (ratio, drifted) in ratios.items():
        day = {
            "day": date(2024, 3, number),
            "readings": 100,
            "baseline_rmse": 0.5,
            "coverage_80": 0.8,
            "coverage_95": 0.9,
        }
        whole = {"tolerance": 1.5, "drifted": drifted, "median_severity": severity, "severity_tolerance": 0.3}
        rows.append(day | whole | {"ratio": ratio, "rmse": ratio / 2})
        rows += [day | {"horizon_day": k, "ratio": ratio, "rmse": ratio / 2} for k in (1, 2)]
        rows += [day | {"unit_id": unit, "ratio": ratio, "rmse": ratio / 2} for unit in "ab"]
    kinds = {
        "unit_id": pl.String,
        "horizon_day": pl.Int64,
        "median_severity": pl.Float64,
    }
    return pl.DataFrame(rows, schema_overrides=kinds | {"drifted": pl.Boolean}, infer_schema_length=None)


DAYS = {1: (1.0, None), 2: (1.1, False), 3: (2.5, True)}
"""Of each day the ratio and the verdict."""


class TestHowForecastsFare:
    def test_marks_drifted_days_and_days_without_a_verdict(self, drawn: Figures) -> None:
        watch_plot(watched(DAYS), OXYGEN)
        axes = drawn[0].axes[0]
        assert [list(line(axes, name).get_ydata()) for name in ("no verdict", "as usual", "drifted")] == [
            [1.0],
            [1.1],
            [2.5],
        ]
        assert "1 of 2 judged days drifted" in drawn[0].get_suptitle()
        assert list(line(axes, "tolerance").get_ydata()) == [1.5, 1.5, 1.5]

    def test_sums_the_judged_days_up_by_day_ahead(self, drawn: Figures) -> None:
        watch_plot(watched(DAYS), OXYGEN)
        errors = drawn[0].axes[-1]
        assert list(line(errors, "these days").get_ydata()) == pytest.approx([((0.55**2 + 1.25**2) / 2) ** 0.5] * 2)
        assert list(line(errors, "backtest").get_ydata()) == pytest.approx([0.5, 0.5])

    def test_has_severity_only_where_it_is_known(self, drawn: Figures) -> None:
        watch_plot(watched(DAYS), OXYGEN)
        watch_plot(watched(DAYS, severity=0.2), OXYGEN)
        assert [len(figure.axes) for figure in drawn] == [3, 4]

    def test_of_one_day_is_drawn_and_of_none_is_not(self) -> None:
        assert watch_plot(watched({1: (1.0, None)}), OXYGEN) is not None
        assert watch_plot(watched(DAYS).clear(), OXYGEN) is None


def scored(units: dict[str, float], count: int = 48) -> pl.DataFrame:
    """Windows of an hour: a point on the second day whose severity is the unit's, nothing else."""
    second = pl.col("window_start") == START + 30 * HOUR
    parts = [
        pl.DataFrame({"window_start": hours(count)}).with_columns(
            unit_id=pl.lit(unit),
            point=pl.when(second).then(pl.lit(severity, pl.Float64)).otherwise(0.0),
            collective=pl.lit(0.0), contextual=pl.lit(0.0), sensor_fault=pl.lit(0.0),
        )
        for unit, severity in units.items()
    ]  # fmt: skip
    return pl.concat(parts).with_columns(severity=pl.col("point"))


class TestSeverity:
    def test_of_each_kind_lies_where_it_was(self, drawn: Figures) -> None:
        severity_plot.severity_plot(scored({"a|1 x": 0.2, "time": 0.9}))
        point, *others = drawn[0].axes[:4]
        cells = np.asarray(point.collections[0].get_array())
        assert cells.shape == (2, 48) and cells[:, 30].tolist() == [0.2, 0.9] and np.delete(cells, 30, 1).max() == 0
        assert [axes.get_title("left") for axes in others] == ["collective", "contextual", "sensor fault"]
        assert [label.get_text() for label in point.get_yticklabels()] == ["a|1 x", "time"]

    def test_is_empty_where_nothing_was_scored(self, drawn: Figures) -> None:
        severity_plot.severity_plot(scored({"a": 0.5}).filter(pl.col("window_start") != START + 7 * HOUR))
        cells = drawn[0].axes[0].collections[0].get_array()
        assert np.ma.getmaskarray(cells)[0].nonzero()[0].tolist() == [7]

    def test_of_many_units_shows_the_severest_and_counts_the_others(self, drawn: Figures) -> None:
        severity_plot.severity_plot(scored({f"u{k:02}": k / 20 for k in range(20)}))
        assert [label.get_text() for label in drawn[0].axes[0].get_yticklabels()] == [f"u{k:02}" for k in range(8, 20)]
        assert "8 more are not shown" in drawn[0].get_suptitle()

    def test_has_no_picture_where_the_detector_knows_no_kinds(self) -> None:
        blind = scored({"a": 0.5}).with_columns(pl.lit(None, pl.Float64).alias(name) for name in ("point", "severity"))
        assert severity_plot.severity_plot(blind) is None
