"""Which windows are learnt from: on windows put straight into a warehouse in memory."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.config import FleetConfig, Platform, TrainingWindow
from anomaly_assets.errors import FeatureError
from anomaly_assets.pipelines import Site, train_detector
from anomaly_assets.pipelines.training_spans import training_spans, within
from anomaly_assets_tests.conftest import small_fleet

START = datetime(2024, 3, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOWHERE = Path("/nowhere")


def hourly_fleet(every: str = "1h", lookback: str = "3h", **training: Any) -> FleetConfig:
    settled = {"window": {"first": "4d"}} | training
    windows = {"w": {"length": lookback, "statistics": ["mean"]}}
    return small_fleet(training=settled, features={"every": every, "windows": windows, "lags": [lookback]})


def holding(fleet: FleetConfig, **units: tuple[timedelta, timedelta]) -> Site:
    """An installation whose features table has windows of each unit from one offset to another."""
    platform = Platform(home=NOWHERE, configs=NOWHERE, tracking_uri="sqlite://", warehouse=Path(":memory:"))
    site, table = Site(platform), Site.table(None, fleet, "features")  # type: ignore[arg-type]
    rows = [
        {"unit_id": unit, "window_start": moment, "window_end": moment + fleet.stride}
        for unit, (begin, end) in units.items()
        for moment in pl.datetime_range(START + begin, START + end, fleet.stride, closed="left", eager=True)
    ]
    frame = pl.DataFrame(rows, schema={name: table.dtypes[name] for name in ("unit_id", "window_start", "window_end")})
    missing = [pl.lit(0.0).alias(name) for name in table.dtypes if name not in frame.columns]
    days = frame["window_start"].dt.date()
    site.warehouse.replace(table, frame.with_columns(missing), days.min(), days.max() + DAY)
    return site


def resolved(site: Site, fleet: FleetConfig, **window: Any) -> dict[str, tuple[datetime, datetime]]:
    spans = training_spans(site, fleet, TrainingWindow.model_validate(window))
    return {unit: (start, end) for unit, start, end in spans.select("unit_id", "start", "end").iter_rows()}


class TestWindows:
    fleet = hourly_fleet()

    @pytest.fixture
    def site(self) -> Site:
        return holding(self.fleet, early=(0 * DAY, 8 * DAY), late=(2 * DAY, 8 * DAY), last=(5 * DAY, 8 * DAY))

    def test_the_first_days_of_the_recording_end_together_and_start_with_each_unit(self, site: Site) -> None:
        end = START + 4 * DAY
        assert resolved(site, self.fleet, first="4d") == {"early": (START, end), "late": (START + 2 * DAY, end)}

    def test_a_range_of_days_does_not_hold_its_end(self, site: Site) -> None:
        found = resolved(site, self.fleet, start="2024-03-02", end="2024-03-04")
        assert found == {"early": (START + DAY, START + 3 * DAY), "late": (START + 2 * DAY, START + 3 * DAY)}

    def test_early_life_counts_from_each_units_own_first_window(self, site: Site) -> None:
        found = resolved(site, self.fleet, early_life="2d")
        begins = {"early": START, "late": START + 2 * DAY, "last": START + 5 * DAY}
        assert found == {unit: (begin, begin + 2 * DAY) for unit, begin in begins.items()}

    def test_the_trailing_days_end_with_the_recording(self, site: Site) -> None:
        found = resolved(site, self.fleet, trailing="4d")
        end = START + 8 * DAY
        assert found == {
            "early": (START + 4 * DAY, end),
            "late": (START + 4 * DAY, end),
            "last": (START + 5 * DAY, end),
        }

    def test_days_that_nobody_recorded_are_refused_with_a_remedy(self, site: Site) -> None:
        with pytest.raises(FeatureError, match=r"no windows to learn from.*2020.*Remedy: backfill") as told:
            resolved(site, self.fleet, start="2020-01-01", end="2020-02-01")
        assert "anomaly-assets backfill small" in str(told.value)

    def test_a_warehouse_without_features_is_refused_with_a_remedy(self) -> None:
        platform = Platform(home=NOWHERE, configs=NOWHERE, tracking_uri="sqlite://", warehouse=Path(":memory:"))
        with pytest.raises(FeatureError, match="Remedy: backfill"):
            resolved(Site(platform), self.fleet, first="4d")


class TestCoverage:
    def test_a_recording_that_has_only_begun_is_refused(self) -> None:
        fleet = hourly_fleet(window={"first": "10d"}, min_coverage=0.5)
        with pytest.raises(FeatureError, match=r"recorded too little.*Found: 40%.*min_coverage.*Remedy"):
            resolved(holding(fleet, unit=(0 * DAY, 4 * DAY)), fleet, first="10d")

    def test_enough_of_it_is_enough(self) -> None:
        fleet = hourly_fleet(window={"first": "10d"}, min_coverage=0.5)
        assert resolved(holding(fleet, unit=(0 * DAY, 5 * DAY + 2 * HOUR)), fleet, first="10d")

    def test_one_unit_with_enough_is_enough_for_the_fleet(self) -> None:
        fleet = hourly_fleet()
        site = holding(fleet, whole=(0 * DAY, 4 * DAY), short=(3 * DAY, 4 * DAY))
        assert set(resolved(site, fleet, first="4d")) == {"whole", "short"}

    def test_a_fleet_that_starts_today_is_not_trained_on_hours(self) -> None:
        fleet = hourly_fleet()
        with pytest.raises(FeatureError, match="recorded too little"):
            resolved(holding(fleet, a=(0 * DAY, 6 * HOUR), b=(0 * DAY, 6 * HOUR)), fleet, early_life="4d")

    def test_too_few_windows_are_refused_with_a_remedy(self) -> None:
        fleet = hourly_fleet(min_windows=80)
        site = holding(fleet, unit=(0 * DAY, 4 * DAY))
        with pytest.raises(FeatureError, match=r"too few windows.*Found: 68.*at least 80.*Remedy: backfill more"):
            train_detector(site, fleet, "deviation")


class TestEmbargo:
    @settings(max_examples=25)
    @given(
        every=st.sampled_from(["10m", "1h", "2h"]),
        lookback=st.sampled_from(["1m", "45m", "3h"]),
        share=st.floats(0.2, 0.8),
        begin=st.integers(0, 30),
    )
    def test_no_window_of_validation_looks_back_into_the_fitting_part(
        self, every: str, lookback: str, share: float, begin: int
    ) -> None:
        fleet = hourly_fleet(every, lookback, validation_share=share)
        length = timedelta(hours=60)
        site = holding(fleet, unit=(begin * fleet.stride, begin * fleet.stride + length))
        spans = training_spans(site, fleet, TrainingWindow.model_validate({"early_life": "60h"}))
        windows = site.warehouse.read(site.table(fleet, "features"))
        fitted = within(spans, "start", "split", windows)
        validated = within(spans, "resume", "end", windows)
        last_reading_learnt_from = fitted["window_end"].max() - fleet.sampling
        assert validated["window_start"].min() - fleet.lookback > last_reading_learnt_from

    def test_a_look_back_longer_than_the_held_back_part_leaves_half_of_it(self) -> None:
        fleet = hourly_fleet(lookback="5d")
        spans = training_spans(holding(fleet, unit=(0 * DAY, 4 * DAY)), fleet, fleet.training.window)
        start, split, resume, end = spans.select("start", "split", "resume", "end").row(0)
        assert (end - split) / (end - start) == pytest.approx(0.3)
        assert end - resume == (end - split) / 2

    def test_every_unit_is_split_within_its_own_span(self) -> None:
        fleet = hourly_fleet(validation_share=0.5)
        site = holding(fleet, early=(0 * DAY, 4 * DAY), late=(3 * DAY, 4 * DAY))
        spans = training_spans(site, fleet, fleet.training.window).sort("unit_id")
        assert spans["split"].to_list() == [START + 2 * DAY, START + 3.5 * DAY]


def test_windows_of_units_without_a_span_belong_to_nobody() -> None:
    fleet = hourly_fleet()
    site = holding(fleet, early=(0 * DAY, 6 * DAY), late=(5 * DAY, 6 * DAY))
    spans = training_spans(site, fleet, fleet.training.window)
    windows = site.warehouse.read(site.table(fleet, "features"))
    inside = within(spans, "start", "end", windows)
    assert inside["unit_id"].unique().to_list() == ["early"]
    assert inside.columns == windows.columns
    assert inside["window_start"].max() == START + 4 * DAY - HOUR
