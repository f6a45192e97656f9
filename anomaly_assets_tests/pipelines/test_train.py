"""What a model has learnt from: never a labelled row, never a window held back for validation."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.contracts import feature_columns
from anomaly_assets.errors import DetectorError
from anomaly_assets.pipelines import Site, calibrate_detector, score_features, trailing, train_all, train_detector
from anomaly_assets.pipelines.train import held_back, spans_of
from anomaly_assets.pipelines.training_spans import within
from anomaly_assets.registry import Bundle

from .plant import DAY, Plant

FITTED = ("detector", "scaler.json")
WHOLE = (*FITTED, "threshold.json", "profile.json")


def bytes_of(folder: Path, parts: tuple[str, ...]) -> dict[str, bytes]:
    """The contents of some files of a bundle, folders included."""
    paths = [path for part in parts for path in sorted([folder / part, *(folder / part).rglob("*")])]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.is_file()}


def fitted(site: Site, plant: Plant, name: str = "deviation") -> dict[str, bytes]:
    """Train one detector and give the bytes of what was fitted."""
    train_detector(site, plant.fleet, name)
    return bytes_of(site.platform.home / "drafts" / "ponds" / name, FITTED)


def registered(site: Site, plant: Plant) -> dict[str, bytes]:
    """Train and calibrate one detector and give the bytes of everything in its bundle but the manifest."""
    train_detector(site, plant.fleet, "deviation")
    run = calibrate_detector(site, plant.fleet, "deviation").run_id
    return bytes_of(site.platform.bundles / "ponds" / run / "artifacts" / "bundle", WHOLE)


def shift(site: Site, plant: Plant, where: Callable[[pl.DataFrame], pl.DataFrame], by: float = 1e6) -> int:
    """Move every feature of some windows far away; give the number of windows."""
    table = site.table(plant.fleet, "features")
    windows = site.warehouse.read(table)
    chosen = where(windows).select("unit_id", "window_start").with_columns(moved=pl.lit(by))
    joined = windows.join(chosen, on=["unit_id", "window_start"], how="left", maintain_order="left")
    columns = [pl.col(name) + pl.col("moved").fill_null(0.0) for name in feature_columns(plant.fleet)]
    site.warehouse.replace(table, joined.with_columns(columns).drop("moved"), plant.span.start, plant.span.end)
    return chosen.height


def label(site: Site, plant: Plant, start: datetime, length: timedelta) -> None:
    """Call a part of one unit's days anomalous."""
    table = site.table(plant.fleet, "labels")
    row = {"unit_id": "unit_01", "start": start, "end": start + length, "failure_type": "tried", "source": "test"}
    frame = table.align(pl.DataFrame([row | dict.fromkeys(("sensor", "note", "failure_at"))]))
    site.warehouse.replace(table, frame, start.date(), start.date() + DAY)


@pytest.fixture
def spans(site: Site, plant: Plant) -> pl.DataFrame:
    return spans_of(site.registry.load("ponds", "champion"))


class TestValidationWindows:
    def test_teach_nothing(self, site: Site, plant: Plant, spans: pl.DataFrame) -> None:
        before = fitted(site, plant)
        assert shift(site, plant, lambda windows: within(spans, "resume", "end", windows)) > 100
        assert fitted(site, plant) == before

    def test_neither_do_the_days_after_training(self, site: Site, plant: Plant) -> None:
        before = registered(site, plant)
        after = datetime(2024, 3, 11, tzinfo=UTC)
        assert shift(site, plant, lambda windows: windows.filter(pl.col("window_start") >= after)) > 500
        assert registered(site, plant) == before

    def test_while_windows_before_them_do(self, site: Site, plant: Plant, spans: pl.DataFrame) -> None:
        before = fitted(site, plant)
        earlier = spans.with_columns(soon=pl.col("start") + 3 * DAY)
        shift(site, plant, lambda windows: within(earlier, "start", "soon", windows))
        assert fitted(site, plant) != before

    def test_are_what_the_threshold_comes_from(self, site: Site, plant: Plant, spans: pl.DataFrame) -> None:
        before = registered(site, plant)
        shift(site, plant, lambda windows: within(spans, "resume", "end", windows), by=3.0)
        after = registered(site, plant)
        assert after["threshold.json"] != before["threshold.json"]
        assert after["scaler.json"] == before["scaler.json"]

    def test_are_what_a_bundle_says_they_are(self, site: Site, plant: Plant) -> None:
        bundle = site.registry.load("ponds", "champion")
        windows = held_back(site, plant.fleet, bundle).only()
        for unit, (start, end) in bundle.manifest.validation_windows.items():
            of_unit = windows.filter(unit_id=unit)["window_start"]
            assert start <= of_unit.min() < of_unit.max() < end
            assert bundle.manifest.training_windows[unit][1] == end


class TestLabelledRows:
    """Two units of ten days are learnt from; the labels lie in the fitting part, or in the part held back."""

    @pytest.mark.parametrize("day", [3, 9], ids=["in the fitting part", "in validation"])
    def test_reach_no_part_of_a_bundle(self, site: Site, plant: Plant, day: int) -> None:
        start = datetime(2024, 3, 1 + day, 6, tzinfo=UTC)
        label(site, plant, start, timedelta(hours=8))
        before = registered(site, plant)
        assert shift(site, plant, lambda windows: labelled(windows, start)) == 8
        assert registered(site, plant) == before

    def test_do_when_the_fleet_asks_for_them(self, copy: Callable[..., Plant]) -> None:
        plant = copy(training={"window": {"first": "10d"}, "seed": 7, "exclude_labelled": False})
        site, start = plant.site(), datetime(2024, 3, 4, 6, tzinfo=UTC)
        label(site, plant, start, timedelta(hours=8))
        before = registered(site, plant)
        shift(site, plant, lambda windows: labelled(windows, start))
        assert registered(site, plant) != before


def labelled(windows: pl.DataFrame, start: datetime) -> pl.DataFrame:
    during = pl.col("window_start").is_between(start, start + timedelta(hours=8), closed="left")
    return windows.filter(during, unit_id="unit_01")


class TestTheSameAgain:
    def test_gives_the_same_bundle(self, site: Site, plant: Plant) -> None:
        assert registered(site, plant) == registered(site, plant)

    def test_and_the_same_scores(self, site: Site, plant: Plant) -> None:
        first = {version.detector: version.version for version in site.registry.versions("ponds")}
        again = {version.detector: version.version for version in train_all(site, plant.fleet)}
        windows = site.warehouse.read(site.table(plant.fleet, "features"))
        for detector in plant.fleet.detectors:
            one, other = (site.registry.load("ponds", made[detector]) for made in (first, again))
            assert one.manifest.fingerprint == other.manifest.fingerprint
            assert score_features(one, windows)["score"].equals(score_features(other, windows)["score"])

    def test_another_seed_gives_another_random_score(self, copy: Callable[..., Plant]) -> None:
        plant = copy(training={"window": {"first": "10d"}, "seed": 8})
        site = plant.site()
        before = site.registry.load("ponds", "random_score")
        train_all(site, plant.fleet)
        windows = site.warehouse.read(site.table(plant.fleet, "features"))
        after = Site(plant.platform).registry.load("ponds", "random_score")
        assert not score_features(after, windows)["score"].equals(score_features(before, windows)["score"])


def test_more_windows_than_allowed_are_thinned_evenly(copy: Callable[..., Plant]) -> None:
    plant = copy(training={"window": {"first": "10d"}, "max_rows": 250})
    site = plant.site()
    train_detector(site, plant.fleet, "deviation")
    draft = Bundle.load(plant.home / "drafts" / "ponds" / "deviation")
    assert draft.manifest.fingerprint != site.registry.load("ponds", "champion").manifest.fingerprint
    assert set(draft.manifest.training_windows) == {"unit_01", "unit_02", "unit_03"}


def test_calibration_without_a_fit_says_what_to_do(site: Site, plant: Plant) -> None:
    (plant.home / "drafts").rename(plant.home / "gone")
    with pytest.raises(DetectorError, match=r"not trained.*Remedy: materialise deviation_model"):
        calibrate_detector(site, plant.fleet, "deviation")


def test_a_retraining_learns_from_the_latest_days(site: Site, plant: Plant) -> None:
    draft = train_detector(site, plant.fleet, "deviation", trailing(plant.fleet))
    ends = {end for _, end in draft.manifest.training_windows.values()}
    assert ends == {datetime(2024, 3, 21, tzinfo=UTC)}
    assert min(start for start, _ in draft.manifest.training_windows.values()) == datetime(2024, 3, 16, tzinfo=UTC)
    assert draft.manifest.window == {"trailing": "5d"}
