"""Raw files as they come from real plants, all in one backfill: each is told clearly, and the other days are scored."""

import gzip
from collections.abc import Iterator
from typing import NamedTuple

import dagster as dg
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.orchestration import RunOutcome
from anomaly_assets.pipelines import Span, fleet_status
from anomaly_assets_tests.pipelines.plant import DAYS, kept

from .conftest import Installation

TEXT, BACKWARDS, SILENT, EMPTY, CUT, OTHER = 2, 4, 6, 8, 10, 12


class Spoilt(NamedTuple):
    """An installation whose files went bad after they had been scored, and how the next run over all days ended."""

    here: Installation
    outcome: RunOutcome
    before: dict[str, pl.DataFrame]

    def day(self, number: int) -> dict[str, pl.DataFrame]:
        plant = self.here.plant
        return kept(self.here.site, plant.fleet, Span(plant.day(number), plant.day(number + 1)))

    @property
    def problems(self) -> dict[str, str]:
        return fleet_status(self.here.site, self.here.plant.fleet).problems


@pytest.fixture(scope="module")
def spoilt(original: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spoilt]:
    here = Installation(original.plant.copied(tmp_path_factory.mktemp("spoilt") / "copy"))
    before, file = kept(here.site, here.plant.fleet), here.plant.file

    def rows(number: int) -> list[str]:
        return file(number).read_text().splitlines()

    broken = [line.rsplit(",", 1)[0] + ",warm" if n in (5, 6) else line for n, line in enumerate(rows(TEXT))]
    file(TEXT).write_text("\n".join(broken) + "\n")
    header, *lines = rows(BACKWARDS)
    file(BACKWARDS).write_text("\n".join([header, *reversed(lines), *lines[:30]]) + "\n")
    file(SILENT).write_text("\n".join(line.rsplit(",", 1)[0] for line in rows(SILENT)) + "\n")
    file(EMPTY).write_bytes(b"")
    packed = gzip.compress(file(CUT).read_bytes())
    file(CUT).unlink()
    file(CUT).with_suffix(".csv.gz").write_bytes(packed[: len(packed) // 2])
    file(OTHER).write_bytes(bytes(range(256)) * 40)
    yield Spoilt(here, here.run("daily", 0, DAYS), before)


def test_the_run_is_green_and_its_check_names_the_files(spoilt: Spoilt) -> None:
    assert spoilt.outcome.success and spoilt.outcome.failures == ()
    (check,) = spoilt.outcome.failed_checks
    assert "raw_readings files_readable" in check
    for number in (SILENT, EMPTY, OTHER):
        assert spoilt.here.plant.file(number).name in check


def test_every_other_day_is_scored_as_before(spoilt: Spoilt) -> None:
    reach = spoilt.here.plant.fleet.lookback + spoilt.here.plant.fleet.cleaning_lookback
    changed = {number + later for number in (TEXT, CUT) for later in range(reach.days + 2)}
    for number in set(range(DAYS)) - changed:
        day = spoilt.here.plant.day(number)
        before = spoilt.before["scores"].filter(pl.col("window_start").dt.date() == day)
        assert_frame_equal(spoilt.day(number)["scores"], before, check_exact=True)


def test_text_in_a_number_column_costs_that_cell_and_is_quarantined_with_its_row(spoilt: Spoilt) -> None:
    found = spoilt.day(TEXT)
    taken = found["quarantine"].filter(sensor="temperature", found="warm")
    assert taken["source_row"].to_list() == [6, 7]
    assert set(taken["source_file"]) == {spoilt.here.plant.file(TEXT).name}
    assert found["scores"].height == 72


def test_backwards_and_doubled_rows_give_the_same_readings(spoilt: Spoilt) -> None:
    day = spoilt.here.plant.day(BACKWARDS)
    before = spoilt.before["cleaned_sensors"].filter(pl.col("time").dt.date() == day)
    assert_frame_equal(spoilt.day(BACKWARDS)["cleaned_sensors"], before, check_exact=True)


def test_backwards_and_doubled_rows_are_counted(spoilt: Spoilt) -> None:
    told = spoilt.here.latest("cleaned_sensors")["cleaned_sensors"].metadata
    assert told["duplicate"].value >= 30
    assert told["out_of_order"].value >= 100


@pytest.mark.parametrize(
    ("number", "sentence"),
    [(SILENT, "temperature"), (EMPTY, "empty"), (OTHER, "csv")],
    ids=["a missing sensor column", "an empty file", "no text at all"],
)
def test_a_file_that_cannot_be_read_is_told_in_a_sentence_with_a_remedy(
    spoilt: Spoilt, number: int, sentence: str
) -> None:
    problem = spoilt.problems[spoilt.here.plant.file(number).name]
    assert sentence in problem
    assert "Remedy: " in problem


@pytest.mark.parametrize("number", [SILENT, EMPTY, OTHER])
def test_what_such_a_file_said_when_it_could_be_read_stays_in_force(spoilt: Spoilt, number: int) -> None:
    day = spoilt.here.plant.day(number)
    before = spoilt.before["cleaned_sensors"].filter(pl.col("time").dt.date() == day)
    assert before.height > 0
    assert_frame_equal(spoilt.day(number)["cleaned_sensors"], before, check_exact=True)


def test_a_truncated_gzip_is_told_and_its_day_is_left_without_readings(spoilt: Spoilt) -> None:
    name = spoilt.here.plant.file(CUT).name + ".gz"
    assert "Remedy: " in spoilt.problems[name]
    unreadable = kept(spoilt.here.site, spoilt.here.plant.fleet)["quarantine"].filter(rule="unreadable_file")
    assert name in set(unreadable["source_file"])


def test_files_that_are_mended_bring_their_days_back(spoilt: Spoilt, original: Installation) -> None:
    plant = spoilt.here.plant
    plant.file(CUT).with_suffix(".csv.gz").write_bytes(gzip.compress(original.plant.file(CUT).read_bytes()))
    for number in (TEXT, BACKWARDS, SILENT, EMPTY, OTHER):
        plant.file(number).write_bytes(original.plant.file(number).read_bytes())
    outcome = spoilt.here.run("daily", 0, DAYS)
    assert outcome.success and outcome.failed_checks == ()
    after = kept(spoilt.here.site, plant.fleet)
    for name in ("cleaned_sensors", "features", "scores"):
        assert_frame_equal(after[name], spoilt.before[name], check_exact=True)


class TestAWholeFolderOfNonsense:
    @pytest.fixture(scope="class")
    def outcome(
        self, original: Installation, tmp_path_factory: pytest.TempPathFactory
    ) -> tuple[Installation, RunOutcome]:
        here = Installation(original.plant.copied(tmp_path_factory.mktemp("nonsense") / "copy"))
        for number in range(DAYS):
            here.plant.file(number).write_text("no,such,columns\n1,2,3\n")
        return here, here.run("daily", 0, DAYS)

    def test_loses_no_score(self, outcome: tuple[Installation, RunOutcome], original: Installation) -> None:
        here, ended = outcome
        assert any("files_readable" in check for check in ended.failed_checks)
        before = kept(original.site, original.plant.fleet)["scores"]
        assert_frame_equal(kept(here.site, here.plant.fleet)["scores"], before)


def test_a_damaged_bundle_fails_the_step_with_its_sentence_and_leaves_the_scores(here: Installation) -> None:
    run = here.site.registry.get("ponds", "champion").run_id
    folder = here.plant.platform.bundles / "ponds" / run / "artifacts" / "bundle"
    (folder / "scaler.json").write_text("{}")
    before = kept(here.site, here.plant.fleet)
    outcome = here.run("daily", 11)
    assert not outcome.success
    (failure,) = [told for told in outcome.failures if "scores" in told]
    assert "scaler.json is missing or damaged" in failure
    assert "Remedy: go back with: anomaly-assets models rollback" in failure
    for name, frame in kept(here.site, here.plant.fleet).items():
        assert_frame_equal(frame, before[name])


def test_a_raw_folder_that_is_not_there_fails_with_a_sentence(here: Installation) -> None:
    here.plant.raw.rename(here.plant.root / "elsewhere")
    before = kept(here.site, here.plant.fleet)
    outcome = here.run("daily", 11)
    assert not outcome.success
    assert str(here.plant.raw) in outcome.failures[0] and "Remedy: " in outcome.failures[0]
    for name, frame in kept(here.site, here.plant.fleet).items():
        assert_frame_equal(frame, before[name])


def test_checks_are_recorded_where_the_ui_shows_them(spoilt: Spoilt) -> None:
    key = dg.AssetCheckKey(dg.AssetKey(["ponds", "raw_readings"]), "files_readable")
    with spoilt.here.instance() as instance:
        records = instance.event_log_storage.get_asset_check_execution_history(key, limit=200)
    evaluated = [record.status.value for record in records if record.status.value != "PLANNED"]
    assert evaluated[-2:] == ["FAILED", "SUCCEEDED"], "newest first: the spoilt run, and the backfill before it"
