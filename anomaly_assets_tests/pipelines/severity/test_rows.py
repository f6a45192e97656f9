"""Rows of the report beside the same rules in pandas, at any sampling; and what they depend on."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.pipelines.severity import SeverityFiles, write_severity
from anomaly_assets.pipelines.severity.stretch import Stretch
from anomaly_assets_tests.features.test_severity import KINDS, recording

from .tanks import MINUTE, by_pandas, empty_site, raw_file, tanks

STEP = timedelta(minutes=15)
UNITS = ["System 2", "System_1|A"]


def judged(readings: pl.DataFrame, folder: Path, sampling: timedelta = MINUTE, **asked: object) -> SeverityFiles:
    file = raw_file(readings, folder / "readings.csv")
    return write_severity(empty_site(folder), tanks(sampling), folder / "told", inputs=[file], **asked)  # type: ignore[arg-type]


def rows(made: SeverityFiles) -> pl.DataFrame:
    return pl.read_parquet(made.files.parquet)


def theirs(readings: pl.DataFrame, width: int) -> pl.DataFrame:
    frame = readings.sort("unit_id", "time").to_pandas()
    parts = [by_pandas().severity_of_unit(part, width) for _, part in frame.groupby("unit_id", sort=True)]
    told = pl.concat([pl.from_pandas(part) for part in parts])
    kept = readings.drop_nulls("value").select("unit_id", "time")
    return told.with_columns(pl.col("time").cast(pl.Datetime("us", "UTC"))).join(kept, on=["unit_id", "time"])


@pytest.mark.parametrize(("sampling", "width"), [(MINUTE, 60), (STEP, 24)])
def test_every_kind_agrees_with_pandas(tmp_path: Path, sampling: timedelta, width: int) -> None:
    readings = recording(sampling)
    ours, other = rows(judged(readings, tmp_path, sampling)), theirs(readings, width).sort("unit_id", "time")
    assert ours.select("unit_id", "time").equals(other.select("unit_id", "time"))
    assert ours["unit_id"].unique().sort().to_list() == UNITS
    for kind in KINDS:
        assert np.abs(ours[kind].to_numpy() - other[kind].to_numpy()).max() < 1e-8, kind
        assert ours[kind].max() > 0.1, f"negative control: {kind} is seen"  # type: ignore[operator]


@pytest.mark.parametrize(("sampling", "width"), [(MINUTE, 60), (STEP, 24)])
def test_with_gaps_spikes_are_also_seen_across_silence(tmp_path: Path, sampling: timedelta, width: int) -> None:
    readings = recording(sampling, gaps=0.2)
    ours, other = rows(judged(readings, tmp_path, sampling)), theirs(readings, width).sort("unit_id", "time")
    assert ours.select("unit_id", "time").equals(other.select("unit_id", "time"))
    for kind in ("point", "collective", "contextual"):
        assert np.abs(ours[kind].to_numpy() - other[kind].to_numpy()).max() < 1e-8, kind
    more = ours["sensor_fault"] - other["sensor_fault"]
    assert more.min() > -1e-8 and more.max() > 0.2  # type: ignore[operator]


def test_the_kind_is_the_severest_and_none_where_nothing_is_severe(tmp_path: Path) -> None:
    told = rows(judged(recording(), tmp_path))
    named = told.drop_nulls("anomaly_kind")
    own = pl.coalesce(pl.when(pl.col("anomaly_kind") == kind).then(pl.col(kind)) for kind in KINDS[:4])
    assert named.select((own == pl.col("severity")).all()).item()
    assert told.select(((pl.col("severity") > 0) == pl.col("anomaly_kind").is_not_null()).all()).item()
    assert 0 < named.height < told.height
    frozen = told.filter(unit_id=UNITS[1]).slice(1000, 200)
    assert set(frozen["anomaly_kind"]) == {"sensor_fault"}


def test_it_is_not_causal(tmp_path: Path) -> None:
    readings = recording()
    early = readings.filter(pl.col("time") < readings["time"].min() + timedelta(days=1))  # type: ignore[operator]
    whole, first = rows(judged(readings, tmp_path)), rows(judged(early, tmp_path))
    same = whole.join(first, on=["unit_id", "time"], how="semi")
    assert_frame_equal(same.select("value", "point"), first.select("value", "point"), check_exact=True)
    assert (same["contextual"] - first["contextual"]).abs().max() > 0.1  # type: ignore[operator]


def test_days_that_are_asked_for_are_the_whole_series(tmp_path: Path) -> None:
    readings = recording()
    days = readings.select(pl.col("time").dt.date().unique().sort())["time"]
    second = readings.filter(pl.col("time").dt.date() == days[1])
    asked = rows(judged(readings, tmp_path, first=days[1], last=days[1]))
    assert_frame_equal(asked, rows(judged(second, tmp_path)), check_exact=True)


def test_how_units_are_cut_into_parts_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readings = recording()
    whole = judged(readings, tmp_path)
    before, counts = whole.files.csv.read_bytes(), whole.units
    monkeypatch.setattr(Stretch, "parts", lambda self, width: [[unit] for unit in sorted(self.rows)])
    apart = judged(readings, tmp_path)
    assert apart.files.csv.read_bytes() == before
    assert_frame_equal(apart.units, counts, check_exact=True)


def test_sparse_readings_are_told_to_be_so_and_can_be_judged_by_less(tmp_path: Path) -> None:
    every_fourth = (
        recording().gather_every(4).with_columns(time=pl.col("time") + pl.duration(minutes=pl.int_range(pl.len()) % 3))
    )
    made = judged(every_fourth, tmp_path)
    assert "smaller --min-share" in made.facts.warnings[0] and made.unheard == made.rows
    assert rows(made)["point"].max() == 0
    by_less = judged(every_fourth, tmp_path, min_share=0.2)
    assert by_less.facts.warnings == [] and by_less.unheard < 50
    assert rows(by_less)["point"].max() > 0.2  # type: ignore[operator]


def test_imputed_readings_are_no_readings(tmp_path: Path) -> None:
    readings = recording()
    few = readings.with_columns(value=pl.when(pl.int_range(pl.len()) % 100 != 7).then("value"))
    filling = tanks(cleaning={"impute_up_to": "5m"})
    file = raw_file(few, tmp_path / "readings.csv")
    made = write_severity(empty_site(tmp_path), filling, tmp_path / "filled", inputs=[file])
    assert_frame_equal(rows(made), rows(judged(few, tmp_path)), check_exact=True)
    assert made.rows == few.drop_nulls().height
