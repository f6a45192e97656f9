"""What intervals and leaning are measured by: forecasts of stretches not seen, recent changes, and the latest first."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from anomaly_assets.forecasting import Learnt
from anomaly_assets.forecasting.boosting import Settings
from anomaly_assets.forecasting.crossing import cross, stretches
from anomaly_assets.forecasting.direct import draw
from anomaly_assets.forecasting.intervals import weighted_quantile
from anomaly_assets.forecasting.layout import Layout
from anomaly_assets.forecasting.leaning import lean
from anomaly_assets.forecasting.line import Line
from anomaly_assets.forecasting.naive import NAIVE
from anomaly_assets.forecasting.panel import Panel
from anomaly_assets.forecasting.spread_kernel import usual_changes

from .fleets import HOUR, START, readings, settings


def test_a_stretch_is_forecast_by_models_that_have_not_seen_it() -> None:
    config, panel = settings(), Panel.of(readings(60), HOUR // timedelta(microseconds=1))
    layout = Layout.of(config, panel.step)
    rows, target = draw(panel, layout, config, ~np.isnan(panel.values), 0)
    start, stop = stretches(rows.origin + rows.horizon, config.folds)[1]
    held = (rows.origin + rows.horizon >= start) & (rows.origin + rows.horizon < stop)
    told = [
        cross(layout, config, Settings(0.1, 3), rows, given, np.ones(len(target), bool))
        for given in (target, np.where(held, target + 3, target))
    ]
    ours, theirs = ((each.straight + each.added)[each.stretch == 1] for each in told)
    assert np.array_equal(ours, theirs) and held.sum() == len(ours)
    assert sum(len(each.straight) for each in told) == 2 * len(target)
    assert not np.array_equal(*((each.straight + each.added)[each.stretch != 1] for each in told))


@pytest.mark.parametrize(("ahead", "share"), [(1.0, 0.9), (2.0, 0.65), (0.5, 1.0), (-1.0, 0.0)])
def test_leaning_is_half_what_was_best_and_half_what_the_settings_say(ahead: float, share: float) -> None:
    value = np.random.default_rng(0).normal(size=500)
    naive = {name: np.zeros(500) for name in NAIVE}
    found = lean(ahead * value, np.zeros(500), naive, value, np.zeros(500, int), settings(horizon="1d"))
    assert found[1] == pytest.approx([share], abs=1e-6) and found[2] == pytest.approx([0.4])


def test_the_latest_residuals_count_most() -> None:
    values, even = np.arange(100.0), np.ones(100)
    assert weighted_quantile(values, even, 0.8) == 80
    assert weighted_quantile(values, np.where(values < 50, 1.0, 1e-9), 0.8) == pytest.approx(40, abs=1)
    assert weighted_quantile(values[:3], even[:3], 0.95) == 2 and weighted_quantile(values[:0], even[:0], 0.8) == 0


def test_what_is_turned_upside_down_is_forecast_upside_down() -> None:
    chance = np.random.default_rng(1)
    told, horizon = chance.normal(size=(4000, 5)), chance.integers(1, 49, 4000)
    line = Line.fit(told, horizon, told[:, 0] + 1, 2, 24, 1.0)
    assert np.array_equal(line.predict(-told, horizon), -line.predict(told, horizon))


def test_changes_are_those_of_the_stretch_before_the_origin() -> None:
    series = np.random.default_rng(2).normal(size=(2, 400))
    series[0, 380:390] = np.nan
    found = usual_changes(series, np.array([0, 1, 1]), np.array([399, 350, 40]), 24, 72, 3)
    for unit, origin, row in ((0, 399, 0), (1, 350, 1)):
        for days in (1, 2, 3):
            past = np.arange(origin - 71, origin + 1)
            change = series[unit, past] - series[unit, past - 24 * days]
            assert found[row, days - 1] == pytest.approx(np.sqrt(np.nanmean(change**2)), rel=1e-12)
    assert np.isnan(found[2, 1:]).all()  # too little before it


def test_a_unit_that_has_calmed_down_has_narrow_intervals(learnt: Learnt) -> None:
    origin = START + timedelta(days=80)
    calm = pl.col("time") > origin - timedelta(days=5)
    usual = readings(levels={"b": 90.0})
    calmed = usual.with_columns(pl.when(calm).then(90 + (pl.col("value") - 90) * 0.3).otherwise("value").alias("value"))
    wide = [
        learnt.forecaster.forecast(each, origin)[0].select(pl.col("upper_80") - pl.col("lower_80")).to_series().mean()
        for each in (usual, calmed)
    ]
    assert wide[1] < 0.9 * wide[0]
