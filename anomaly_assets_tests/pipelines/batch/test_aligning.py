"""Columns are matched by name: their order, what stands between them and how rows are cut change no score."""

import csv
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.errors import ScoringError
from anomaly_assets.pipelines import Site

from .works import request, scored

Write = Callable[..., Path]
EXTRA = ("humidity", "operator", "Oxygen__raw", "score", "is_anomaly", "anomaly_score", "cycle", "label", "note")
VERDICT = ["anomaly_score", "is_anomaly", "threshold_used", "model_name"]
QUIET = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def straight(at: Site, features: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    path = tmp_path_factory.mktemp("straight") / "input.parquet"
    features.write_parquet(path)
    return scored(at, request(path))[0]


@QUIET
@given(data=st.data())
def test_feature_alignment(
    at: Site, features: pl.DataFrame, straight: pl.DataFrame, written: Write, data: st.DataObject
) -> None:
    """Any order of columns, any extra ones among them, any batches and any cutting into files: the same scores."""
    extra = data.draw(st.lists(st.sampled_from(EXTRA), unique=True))
    columns = data.draw(st.permutations([*features.columns, *extra]))
    size = data.draw(st.integers(1, 400) | st.just(100_000))
    cut = data.draw(st.integers(1, features.height - 1))
    ending = data.draw(st.sampled_from(["csv", "parquet"]))
    wide = features.with_columns(pl.lit(number * 1.5).alias(name) for number, name in enumerate(extra)).select(columns)
    if size < 20:
        wide, cut = wide.head(120), min(cut, 100)
    files = [written(wide[:cut], f"one.{ending}"), written(wide[cut:], f"two.{ending}")]
    found, facts = scored(at, request(*files, batch_size=size))
    assert_frame_equal(found.select(VERDICT), straight.head(wide.height).select(VERDICT), check_exact=True)
    assert facts.rows_scored == facts.rows_read == wide.height
    assert set(facts.dropped) == set(extra) - {"is_anomaly", "cycle", "label"}


def test_the_order_of_columns_of_the_output_is_metadata_features_verdict(
    at: Site, features: pl.DataFrame, written: Write
) -> None:
    found, facts = scored(at, request(written(features.select(reversed(features.columns)))))
    assert found.columns == ["window_end", "window_start", "unit_id", *facts.features, *VERDICT]
    assert facts.features == at.registry.load("ponds", "deviation").manifest.features


def test_missing_features(at: Site, features: pl.DataFrame, written: Write) -> None:
    """An input without some features is refused: what is missing, expected and found is told, and what to do."""
    less = features.drop("oxygen__std_6h").rename({"temperature__raw": "Temperature_raw"})
    with pytest.raises(ScoringError) as told:
        scored(at, request(written(less)))
    error = told.value
    assert error.wrong == "the input lacks required features: ['oxygen__std_6h', 'temperature__raw']"
    assert "oxygen__raw" in error.found and "temperature__raw" not in error.found
    assert "'oxygen__std_6h'" in error.expected and "'temperature__raw'" in error.expected
    assert "--from readings" in error.remedy and "configuration" in error.remedy
    assert "'temperature__raw' may be 'Temperature_raw'" in error.remedy


def test_extra_columns(at: Site, features: pl.DataFrame, written: Write) -> None:
    """Metadata comes out as it went in; columns that nobody knows are dropped and named, unless they are asked for."""
    numbers = pl.int_range(pl.len())
    wide = features.with_columns(cycle=numbers, fault_type=pl.lit("none"), humidity=numbers * 0.5, serial=numbers)
    path = written(wide)
    found, facts = scored(at, request(path))
    for name in ("unit_id", "window_start", "window_end", "cycle", "fault_type"):
        assert found[name].equals(wide[name]), name
    assert facts.dropped == ("humidity", "serial")
    assert any("humidity, serial" in sentence and "--keep" in sentence for sentence in facts.warnings)
    found, facts = scored(at, request(path, keep=("serial",)))
    assert found["serial"].equals(wide["serial"]) and facts.dropped == ("humidity",)


TIMES = [
    "2024-03-05 01:00",
    "2024-03-05T02:00:00Z",
    " 2024-03-05 03:00:00.000100 ",
    "yesterday",
    "",
    "25.03.2024 04:00",
]


def test_metadata_preserved(at: Site, features: pl.DataFrame, written: Write) -> None:
    """Text stays the text it was, whatever it means: times, numbers with leading zeros, spaces."""
    rows = (
        features.head(len(TIMES))
        .drop("window_start", "window_end")
        .with_columns(timestamp=pl.Series(TIMES), window_id=pl.Series(["007", "8 ", "1e3", "+9", "", "0.10"]))
    )
    path = written(rows, "input.csv")
    found, facts = scored(at, request(path))
    raw = list(csv.DictReader(path.open(newline="")))
    for name in ("timestamp", "window_id", "unit_id"):
        assert found[name].fill_null("").to_list() == [row[name] for row in raw], name
    assert facts.first is not None and facts.first.isoformat() == "2024-03-05T01:00:00+00:00"
    assert any("no time that can be read" in sentence for sentence in facts.warnings)


def test_a_kept_column_that_is_called_like_a_result_is_renamed(
    at: Site, features: pl.DataFrame, written: Write
) -> None:
    marked = features.with_columns(is_anomaly=pl.Series([True, False] * 2000)[: features.height])
    found, facts = scored(at, request(written(marked)))
    assert found["input_is_anomaly"].equals(marked["is_anomaly"].alias("input_is_anomaly"))
    assert any("input_is_anomaly" in sentence for sentence in facts.warnings)


def test_a_result_can_be_scored_again(at: Site, features: pl.DataFrame, written: Write) -> None:
    once, _ = scored(at, request(written(features)))
    twice, _ = scored(at, request(written(once, "again.parquet")))
    assert_frame_equal(twice.select(VERDICT), once.select(VERDICT), check_exact=True)


def test_a_file_with_other_columns_than_the_first_is_named_before_anything_is_scored(
    at: Site, features: pl.DataFrame, written: Write
) -> None:
    first = written(features, "one.parquet")
    for lacking in ("oxygen__raw", "window_end"):
        second = written(features.drop(lacking), "two.parquet")
        with pytest.raises(ScoringError, match=lacking) as told:
            scored(at, request(first, second))
        assert str(second) in str(told.value)


def test_a_column_that_a_person_names_must_be_there(at: Site, features: pl.DataFrame, written: Write) -> None:
    path = written(features)
    for wrong, option in (
        ({"unit_column": "units_id"}, "--unit-column"),
        ({"time_column": "windowstart"}, "--time-column"),
        ({"keep": ("serial",)}, "--keep"),
    ):
        with pytest.raises(ScoringError, match=option) as told:
            scored(at, request(path, **wrong))
        assert "unit_id" in str(told.value)


def test_two_columns_of_one_name_are_refused(at: Site, features: pl.DataFrame, tmp_path: Path) -> None:
    text = features.with_columns(again=pl.col("oxygen__raw")).write_csv().replace("again", "oxygen__raw", 1)
    (tmp_path / "input.csv").write_text(text)
    with pytest.raises(ScoringError, match="two columns"):
        scored(at, request(tmp_path / "input.csv"))


def test_a_feature_that_is_no_number_by_type_is_refused(at: Site, features: pl.DataFrame, written: Write) -> None:
    timed = features.with_columns(oxygen__raw=pl.col("window_start"))
    with pytest.raises(ScoringError, match="oxygen__raw"):
        scored(at, request(written(timed)))


def test_columns_that_are_called_otherwise_are_named(
    at: Site, features: pl.DataFrame, straight: pl.DataFrame, written: Write
) -> None:
    renamed = features.rename({"unit_id": "pond", "window_start": "when"})
    found, facts = scored(at, request(written(renamed), unit_column="pond", time_column="when"))
    assert_frame_equal(found.select(VERDICT), straight.select(VERDICT), check_exact=True)
    assert {"pond", "when"} <= set(facts.kept) and facts.first == features["window_start"].min()


def test_rows_of_no_known_unit_take_the_scales_of_the_fleet_with_a_warning(
    at: Site, features: pl.DataFrame, straight: pl.DataFrame, written: Write
) -> None:
    strange, facts = scored(at, request(written(features.with_columns(unit_id=pl.lit("new")), "strange.parquet")))
    assert any("1 of the units (new)" in sentence for sentence in facts.warnings)
    without, facts = scored(at, request(written(features.drop("unit_id"), "without.parquet")))
    assert any("--unit-column" in sentence for sentence in facts.warnings)
    assert_frame_equal(without.select(VERDICT), strange.select(VERDICT), check_exact=True)
    assert not without["anomaly_score"].equals(straight["anomaly_score"]), "the units' own scales do matter"
