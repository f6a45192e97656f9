"""What may go wrong costs nothing that was there: damaged bundles, full disks, days that become empty."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import QUALITY
from anomaly_assets.errors import RegistryError, WarehouseError
from anomaly_assets.pipelines import (
    Span,
    clean_days,
    drift_days,
    feature_days,
    score_days,
    stage,
    stage_days,
    train_all,
    verdicts,
)

from .plant import DAY, DAYS, Plant, days_prepared, days_scored, kept


@contextmanager
def full_disk(size: int = 0) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestADamagedBundle:
    @pytest.fixture
    def damaged(self, plant: Plant) -> Plant:
        run = plant.site().registry.get("ponds", "champion").run_id
        folder = plant.platform.bundles / "ponds" / run / "artifacts" / "bundle" / "detector"
        file = max(folder.rglob("*"), key=lambda path: path.stat().st_size)
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(content)
        return plant

    def test_is_told_with_its_file_and_a_remedy(self, damaged: Plant) -> None:
        with pytest.raises(RegistryError, match=r"detector/.* is missing or damaged.*SHA-256.*Remedy: .*rollback"):
            score_days(damaged.site(), damaged.fleet, damaged.span)

    def test_leaves_scores_and_drift_as_they_were(self, damaged: Plant) -> None:
        before = kept(damaged.site(), damaged.fleet)
        for step in (score_days, drift_days):
            with pytest.raises(RegistryError):
                step(damaged.site(), damaged.fleet, damaged.span)
        for name, frame in kept(damaged.site(), damaged.fleet).items():
            assert_frame_equal(frame, before[name])

    def test_is_mended_by_training_again_and_promoting_what_came_out(self, damaged: Plant) -> None:
        site = damaged.site()
        again = next(version for version in train_all(site, damaged.fleet) if version.detector == "deviation")
        site.registry.set_alias("ponds", "champion", again.version, "the one before is damaged")
        before = kept(site, damaged.fleet)["scores"]
        score_days(site, damaged.fleet, damaged.span)
        after = kept(site, damaged.fleet)["scores"]
        assert set(after["model_version"]) == {again.version}
        assert_frame_equal(after.drop("model_version"), before.drop("model_version"))


class TestAFullDisk:
    @pytest.mark.parametrize("step", [clean_days, feature_days, score_days, drift_days])
    def test_is_told_in_a_sentence_and_every_day_stays_whole(self, plant: Plant, step: object) -> None:
        before, site = kept(plant.site(), plant.fleet), plant.site()
        site.registry.load("ponds", "champion")
        with full_disk(), pytest.raises(WarehouseError, match=r"disk .* is full.*Remedy: free some space"):
            step(site, plant.fleet, plant.span)  # type: ignore[operator]
        for name, frame in kept(plant.site(), plant.fleet).items():
            assert_frame_equal(frame, before[name])
        step(plant.site(), plant.fleet, plant.span)  # type: ignore[operator]
        assert_frame_equal(kept(plant.site(), plant.fleet)["scores"], before["scores"])

    def test_leaves_no_half_trained_version(self, plant: Plant) -> None:
        site = plant.site()
        before = [version.name for version in site.registry.versions("ponds")]
        with full_disk(), pytest.raises(RegistryError, match=r"can't be written.*Remedy: free some space"):
            train_all(site, plant.fleet)
        assert [version.name for version in plant.site().registry.versions("ponds")] == before


class TestAnEmptyDay:
    def test_writes_nothing_and_is_no_error(self, plant: Plant) -> None:
        site, after = plant.site(), Span(plant.span.end + DAY, plant.span.end + 3 * DAY)
        stage(site, plant.fleet)
        before = kept(site, plant.fleet)
        for step in (clean_days, feature_days, score_days, drift_days):
            written = step(site, plant.fleet, after)
            assert (written.total, dict(written.rows)) == (0, {})
        for name, frame in kept(site, plant.fleet).items():
            assert_frame_equal(frame, before[name])

    def test_becomes_empty_when_its_file_is_taken_away(self, plant: Plant) -> None:
        site, gone, others = plant.site(), Span(plant.day(6), plant.day(8)), Span(plant.day(9), plant.span.end)
        before = kept(site, plant.fleet, others)
        for number in (6, 7):
            plant.file(number).unlink()
        assert stage(site, plant.fleet).days == tuple(gone.days())
        days_scored(site, plant.fleet, Span(gone.start, gone.end + DAY))
        assert all(frame.is_empty() for frame in kept(site, plant.fleet, Span(plant.day(7), plant.day(8))).values())
        for name, frame in kept(site, plant.fleet, others).items():
            assert_frame_equal(frame, before[name])

    def test_holds_at_most_what_is_carried_over_from_the_day_before(self, plant: Plant) -> None:
        site, gone = plant.site(), Span(plant.day(6), plant.day(7))
        plant.file(6).unlink()
        days_scored(site, plant.fleet, gone)
        carried = kept(site, plant.fleet, gone)["cleaned_sensors"]
        assert carried["time"].max() - gone.first_moment < plant.fleet.cleaning.impute_up_to
        assert set(carried["oxygen__quality"] & QUALITY["imputed"]) == {QUALITY["imputed"]}

    def test_has_no_drift_verdict(self, plant: Plant) -> None:
        site, gone = plant.site(), plant.day(6)
        assert gone in dict(verdicts(site, plant.fleet))
        plant.file(6).unlink()
        days_scored(site, plant.fleet, Span(gone, gone + DAY))
        assert len(verdicts(site, plant.fleet)) == DAYS - 1
        assert gone not in dict(verdicts(site, plant.fleet))


class TestCounts:
    def test_say_what_each_step_wrote(self, original: Plant) -> None:
        twin, fleet = original.twin(), original.fleet
        staged = stage_days(twin, fleet, original.span)
        assert (staged.files, staged.changed, staged.problems) == (DAYS + 1, 0, {})
        for step, name in ((clean_days, "cleaned_sensors"), (feature_days, "features"), (score_days, "scores")):
            written = step(twin, fleet, original.span)
            assert written.rows == twin.warehouse.days(twin.table(fleet, name))

    def test_of_quarantine_are_those_in_the_table(self, original: Plant) -> None:
        twin = original.twin()
        written = clean_days(twin, original.fleet, original.span)
        quarantined = kept(twin, original.fleet)["quarantine"]
        assert written.counts["quarantined"] == quarantined.height > 0
        assert written.quarantined().total == quarantined.height
        assert set(written.counts_by_day) == {original.day(3), original.day(14)}

    def test_of_alarms_are_those_in_the_table(self, original: Plant) -> None:
        twin = original.twin()
        days_prepared(twin, original.fleet, original.span)
        written = score_days(twin, original.fleet, original.span)
        assert written.counts["alarming"] == kept(twin, original.fleet)["scores"]["is_anomaly"].sum() > 0
        assert sum(written.counts_by_day.values()) == written.counts["alarming"]


def test_a_sensor_that_is_named_as_the_culprit_stands_only_beside_alarms(original: Plant) -> None:
    scores = kept(original.site(), original.fleet)["scores"]
    assert scores.filter(pl.col("top_sensor").is_not_null() != pl.col("is_anomaly")).is_empty()
    assert set(scores["top_sensor"].drop_nulls()) <= set(original.fleet.sensors)
    assert set(scores["window_end"] - scores["window_start"]) == {timedelta(hours=1)}
