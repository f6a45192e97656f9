"""Cells without a finite number are counted, and become what was asked for."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.errors import ScoringError
from anomaly_assets.pipelines import Site, score_features
from anomaly_assets.pipelines.batch.sieve import INVALID, NOTHING

from .works import request, scored

Write = Callable[..., Path]
BAD = {
    "": "null", "NA": "null", "-": "null", "nan": "nan", "NaN": "nan", "inf": "infinite", "-Infinity": "infinite",
    "1e999": "infinite", "broken": "not a number", "1,5": "not a number", "12 C": "not a number",
}  # fmt: skip
SENSORS = ["oxygen__raw", "temperature__mean_6h", "oxygen__lag_1d"]


def as_text(features: pl.DataFrame) -> pl.DataFrame:
    return features.with_columns(pl.col(features.columns[3:]).cast(pl.String))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_invalid_cell_counts_as_missing_as_it_does_in_the_platform(
    at: Site, features: pl.DataFrame, written: Write, data: st.DataObject
) -> None:
    whole = features.drop_nulls().head(60)
    places = st.tuples(st.integers(0, 59), st.sampled_from(SENSORS))
    spoiled = data.draw(st.dictionaries(places, st.sampled_from(list(BAD)), max_size=40))
    size = data.draw(st.integers(7, 100))
    rows = as_text(whole)
    for (row, name), text in spoiled.items():
        rows[row, name] = text
    found, facts = scored(at, request(written(rows, "spoiled.csv"), batch_size=size))
    missing = whole
    for row, name in spoiled:
        missing[row, name] = None
    own = score_features(at.registry.load("ponds", "deviation"), missing)
    assert found["anomaly_score"].equals(own["score"].alias("anomaly_score"))
    assert_frame_equal(found.select(facts.features), missing.select(facts.features), check_exact=True)
    assert facts.imputed == len(spoiled) and facts.invalid_rows == len({row for row, _ in spoiled})
    for rule in set(BAD.values()):
        for name in SENSORS:
            told = sum(BAD[text] == rule and place[1] == name for place, text in spoiled.items())
            assert facts.invalid.get(rule, {}).get(name, 0) == told
    skipped, facts = scored(at, request(written(rows, "spoiled.csv"), on_invalid="skip", batch_size=size))
    clean = [row for row in range(60) if row not in {row for row, _ in spoiled}]
    assert skipped["anomaly_score"].equals(found["anomaly_score"][clean])
    assert facts.skipped.total() == facts.invalid_rows == 60 - len(clean) and facts.imputed == 0


@pytest.mark.parametrize("bad", [None, float("nan"), float("inf"), float("-inf")])
def test_typed_files_have_invalid_cells_too(
    at: Site, features: pl.DataFrame, written: Write, bad: float | None
) -> None:
    whole = features.drop_nulls().head(30)
    spoiled = whole.with_columns(oxygen__raw=pl.when(pl.int_range(pl.len()) == 7).then(bad).otherwise("oxygen__raw"))
    found, facts = scored(at, request(written(spoiled)))
    assert found["oxygen__raw"][7] is None and found.height == 30
    rule = "null" if bad is None else "nan" if np.isnan(bad) else "infinite"
    assert facts.invalid == {rule: {"oxygen__raw": 1}}


def test_fail_names_rows_and_columns(at: Site, features: pl.DataFrame, written: Write) -> None:
    rows = as_text(features.drop_nulls().head(30))
    rows[4, "oxygen__raw"], rows[9, "temperature__raw"] = "oops", "inf"
    path = written(rows, "input.csv")
    with pytest.raises(ScoringError) as told:
        scored(at, request(path, on_invalid="fail"))
    said = str(told.value)
    assert str(path) in said
    assert "line 6: oxygen__raw is not a number" in said and "line 11: temperature__raw is infinite" in said
    lines = path.read_text().splitlines()
    assert "oops" in lines[6 - 1] and "inf" in lines[11 - 1], "lines are counted as an editor does"
    sound, facts = scored(at, request(written(features.drop_nulls(), "sound.csv"), on_invalid="fail"))
    assert sound.height == features.drop_nulls().height and not facts.invalid


@pytest.mark.parametrize("on_invalid", ["impute", "skip"])
def test_a_row_without_any_value_is_left_out_and_counted(
    at: Site, features: pl.DataFrame, written: Write, on_invalid: str
) -> None:
    whole = features.drop_nulls().head(20)
    silent = pl.when(pl.int_range(pl.len()) != 3).then(pl.col(whole.columns[3:]))
    found, facts = scored(at, request(written(whole.with_columns(silent)), on_invalid=on_invalid))
    assert found.height == 19 and facts.skipped == {NOTHING: 1} and facts.imputed == 0
    assert facts.rows_read == 20 and facts.rows_scored == 19
    assert any("1 rows were left out" in sentence for sentence in facts.warnings)
    with pytest.raises(ScoringError):
        scored(at, request(written(whole.with_columns(silent)), on_invalid="fail"))


def test_reasons_are_told_apart(at: Site, features: pl.DataFrame, written: Write) -> None:
    whole = features.drop_nulls().head(20)
    names = whole.columns[3:]
    spoiled = whole.with_columns(pl.when(pl.int_range(pl.len()) != 3).then(pl.col(names)))
    spoiled[5, "oxygen__raw"] = None
    _, facts = scored(at, request(written(spoiled), on_invalid="skip"))
    assert facts.skipped == {NOTHING: 1, INVALID: 1}


def test_when_nothing_can_be_scored_there_is_no_frame_but_there_are_counts(
    at: Site, features: pl.DataFrame, written: Write
) -> None:
    from anomaly_assets.pipelines.batch.scoring import Scoring

    names = features.columns[3:]
    path = written(features.head(9).with_columns(pl.lit("?").alias(name) for name in names), "nothing.csv")
    scoring = Scoring(at, request(path), lambda what, done, of: None)
    assert list(scoring.frames()) == [] and scoring.facts.skipped == {NOTHING: 9}
    assert scoring.facts.invalid["not a number"] == dict.fromkeys(names, 9)
