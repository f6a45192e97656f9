"""Raw files are scored as the platform scores them: the same windows, the same numbers, without touching its tables."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.config import load_fleet
from anomaly_assets.errors import ScoringError
from anomaly_assets.pipelines import Site
from anomaly_assets.pipelines.batch.readings import raw_files
from anomaly_assets.pipelines.batch.request import Facts

from ..plant import Plant
from .test_scoring import assert_platforms
from .works import platform_scores, request, scored

EXAMPLES = Path(__file__).parents[3] / "configs" / "examples"
Readings = Callable[..., tuple[pl.DataFrame, Facts]]


@pytest.fixture
def readings(at: Site, tmp_path: Path) -> Readings:
    def score(*inputs: Path | str, **changes) -> tuple[pl.DataFrame, Facts]:
        return scored(at, request(*inputs, source="readings", output=tmp_path / "result", **changes))

    return score


@pytest.fixture(scope="module")
def everything(works: Plant, at: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, Facts]:
    """All raw files, scored by two models."""
    models, output = ("ponds/deviation", "ponds/patterns"), tmp_path_factory.mktemp("all") / "result"
    return scored(at, request(works.raw, model=models, source="readings", output=output, batch_size=400))


def test_raw_files_give_the_scores_of_the_platform(
    works: Plant, features: pl.DataFrame, everything: tuple[pl.DataFrame, Facts]
) -> None:
    found, facts = everything
    keys = ["unit_id", "window_start", "window_end"]
    for place, name in enumerate(("deviation", "patterns"), start=1):
        own, suffix = platform_scores(works, name), f"_{place}"
        assert found.select(keys).equals(own.select(keys)), "rows are windows, by time, then by unit"
        assert_platforms(found.rename(lambda column, end=suffix: column.removesuffix(end)), own)
    assert_frame_equal(found.select(facts.features), features.select(facts.features), check_exact=True)


def test_what_was_quarantined_is_counted_by_rule(works: Plant, everything: tuple[pl.DataFrame, Facts]) -> None:
    _, facts = everything
    site = works.site()
    own = site.warehouse.read(site.table(works.fleet, "quarantine"))["rule"].value_counts()
    assert facts.quarantined == dict(own.iter_rows()) and facts.quarantined.total()
    assert {path.name for path in facts.files} == {f"{day}.csv" for day in works.span.days()}


def test_the_platforms_tables_stay_as_they_are_and_nothing_is_left(works: Plant, readings: Readings) -> None:
    before = works.site().warehouse.days(works.site().table(works.fleet, "features"))
    written = {path: path.stat().st_mtime_ns for path in works.root.rglob("*") if path.is_file()}
    found, _ = readings(works.file(3))
    assert found.height
    assert works.site().warehouse.days(works.site().table(works.fleet, "features")) == before
    assert {path: path.stat().st_mtime_ns for path in works.root.rglob("*") if path.is_file()} == written
    assert not list(Path(gettempdir()).glob("anomaly-assets-*")), "the place of the windows is gone"


def test_a_few_days_have_the_scores_of_those_days_where_nothing_older_is_looked_at(
    works: Plant, features: pl.DataFrame, readings: Readings
) -> None:
    found, facts = readings(works.file(5), works.file(6))
    day = features.filter(pl.col("window_start").dt.date() == works.day(6))
    second = found.filter(pl.col("window_start").dt.date() == works.day(6))
    assert_frame_equal(second.select(day.columns), day, check_exact=True)
    assert found["oxygen__lag_1d"].null_count() and facts.imputed, "the first day has no day before it"


def test_files_elsewhere_are_scored_alike(
    works: Plant, readings: Readings, everything: tuple[pl.DataFrame, Facts], tmp_path: Path
) -> None:
    shutil.copytree(works.raw, tmp_path / "usb stick [1]")
    there, facts = readings(tmp_path / "usb stick [1]")
    assert there["anomaly_score"].equals(everything[0]["anomaly_score_1"].alias("anomaly_score"))
    assert facts.files[0].parent == tmp_path / "usb stick [1]"


def test_globs_and_packed_files_are_files(works: Plant, readings: Readings, tmp_path: Path) -> None:
    import gzip

    for number in (1, 2):
        (tmp_path / f"{works.day(number)}.csv.gz").write_bytes(gzip.compress(works.file(number).read_bytes()))
    packed, _ = readings(str(tmp_path / "*.csv.gz"))
    plain, _ = readings(works.file(1), works.file(2))
    assert_frame_equal(packed, plain, check_exact=True)


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_scored(
    works: Plant, readings: Readings, tmp_path: Path
) -> None:
    shutil.copy(works.file(2), tmp_path)
    (tmp_path / "2024-03-04.csv").write_bytes(b"")
    found, facts = readings(tmp_path)
    assert found.height and facts.quarantined["unreadable_file"] == 1
    assert any("2024-03-04.csv" in sentence for sentence in facts.warnings)


@pytest.mark.parametrize("content", [b"", b"time,unit_id\n", b"a,b\n1,2\n"])
def test_without_any_reading_there_is_an_error_with_a_remedy(
    readings: Readings, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "wrong.csv").write_bytes(content)
    with pytest.raises(ScoringError, match="no reading of fleet ponds") as told:
        readings(tmp_path / "wrong.csv")
    assert "--from features" in str(told.value)


def test_a_pattern_that_means_nothing_is_an_error(readings: Readings, tmp_path: Path) -> None:
    with pytest.raises(ScoringError, match=r"none\*\.csv"):
        readings(tmp_path / "none*.csv")


def test_a_bundle_scores_raw_files_where_no_fleet_is_known(
    works: Plant, at: Site, everything: tuple[pl.DataFrame, Facts], tmp_path: Path
) -> None:
    at.registry.load("ponds", "deviation").save(tmp_path / "bundle")
    stranger = Site(works.platform.model_copy(update={"home": tmp_path / "home", "configs": tmp_path / "none"}))
    asked = request(works.raw, model=str(tmp_path / "bundle"), source="readings", output=tmp_path / "result")
    found, _ = scored(stranger, asked)
    assert found["anomaly_score"].equals(everything[0]["anomaly_score_1"].alias("anomaly_score"))


def test_files_are_named_from_the_fleets_own_folder_so_that_units_are_called_alike(
    works: Plant, tmp_path: Path
) -> None:
    (tmp_path / "raw" / "north").mkdir(parents=True)
    (tmp_path / "raw" / "north" / "a.csv").write_text("x")
    site = Site(works.platform, {"ponds": tmp_path / "raw"})
    for meant in (tmp_path / "raw" / "north" / "a.csv", tmp_path / "raw" / "north" / "*.csv"):
        root, names = raw_files(site, works.fleet, [str(meant)])
        assert (root, names) == ((tmp_path / "raw").resolve(), ("north/a.csv",))
    elsewhere = Site(works.platform, {"ponds": tmp_path / "other"})
    root, names = raw_files(elsewhere, works.fleet, [str(tmp_path / "raw" / "north" / "a.csv")])
    assert names == ("a.csv",) and root.name == "north"


def test_of_a_folder_only_what_the_format_reads_is_scored(works: Plant, tmp_path: Path) -> None:
    """What lies beside recordings, such as the remaining lives of engines, is neither read nor warned of."""
    fleet = load_fleet(EXAMPLES / "cmapss.yaml")
    for name in ("train_FD001.txt", "RUL_FD001.txt", "readme.txt"):
        (tmp_path / name).write_text("1")
    assert raw_files(Site(works.platform), fleet, [str(tmp_path)]) == (tmp_path.resolve(), ("train_FD001.txt",))
    named = raw_files(Site(works.platform), fleet, [str(tmp_path / "*.txt")])[1]
    assert set(named) == {"train_FD001.txt", "RUL_FD001.txt", "readme.txt"}, "what is named is looked at"
