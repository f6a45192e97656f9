"""The days ahead as files: what is in them, what they say in short, and that they are whole or not there."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.errors import ForecastError, ScoringError
from anomaly_assets.pipelines import Site, forecast_ahead
from anomaly_assets.pipelines.forecast import write_forecast

from ..plant import Plant
from .conftest import PONDS


@pytest.fixture
def home(forecast_original: Plant) -> tuple[Site, Plant]:
    """Only read from."""
    return forecast_original.site(), forecast_original


@pytest.mark.parametrize("suffix", ["", ".csv", ".parquet"])
def test_both_files_hold_what_is_forecast(home: tuple[Site, Plant], tmp_path: Path, suffix: str) -> None:
    site, plant = home
    made = write_forecast(site, plant.fleet, tmp_path / f"week{suffix}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["week.csv", "week.parquet"]
    assert list(made.files) == [tmp_path / "week.csv", tmp_path / "week.parquet"]
    ahead, _ = forecast_ahead(site, plant.fleet)
    kept = pl.read_parquet(made.files[1])
    same = [name for name in ahead.columns if name != "horizon"]
    assert_frame_equal(kept.select(same), ahead.select(same), check_exact=True)
    assert kept["horizon_minutes"].head(3).to_list() == [20.0, 40.0, 60.0]
    read = pl.read_csv(made.files[0])
    assert set(read["unit_id"]) == set(PONDS) and read["forecast"].to_list() == kept["forecast"].to_list()
    assert read["time"][0] == f"{kept['time'][0]:%Y-%m-%d %H:%M:%S}+00:00"


def test_in_short_it_says_where_a_unit_is_and_goes(home: tuple[Site, Plant], tmp_path: Path) -> None:
    site, plant = home
    made = write_forecast(site, plant.fleet, tmp_path / "week", units=[PONDS[0]])
    rows, (short,) = pl.read_parquet(made.files[1]), made.units.to_dicts()
    cleaned = site.warehouse.read(site.table(plant.fleet, "cleaned_sensors"), units=[PONDS[0]]).drop_nulls("oxygen")
    assert short["unit_id"] == PONDS[0] and short["now"] == cleaned["oxygen"][-1]
    assert short["lowest"] == rows["forecast"].min()
    assert rows.filter(time=short["lowest_at"])["forecast"].to_list() == [short["lowest"]]
    told = [short[name] for name in ("day_1", "day_1_lower", "day_1_upper")]
    assert told == pytest.approx([rows[name].mean() for name in ("forecast", "lower_80", "upper_80")])
    assert (made.level, made.rows, made.model_version) == ("80", 72, 1)


def test_a_unit_nobody_knows_is_told_with_names_that_are_near(home: tuple[Site, Plant], tmp_path: Path) -> None:
    site, plant = home
    with pytest.raises(ForecastError, match=r"no unit 'Pond\|1 C'.*3 units.*did you mean 'pond\|1 [ab]'"):
        write_forecast(site, plant.fleet, tmp_path / "week", units=[PONDS[0], "Pond|1 C"])
    with pytest.raises(ForecastError, match=r"no unit 'zzz'.*such as pond 2, pond\|1 a, pond\|1 b"):
        write_forecast(site, plant.fleet, tmp_path / "week", units=["zzz"])
    assert list(tmp_path.iterdir()) == []


def test_where_no_unit_can_be_forecast_the_reasons_are_told_and_nothing_is_written(
    home: tuple[Site, Plant], tmp_path: Path
) -> None:
    site, plant = home
    early = plant.span.first_moment + timedelta(hours=8)
    with pytest.raises(ForecastError, match=r"no unit of ponds can be forecast.*pond 2: less than"):
        write_forecast(site, plant.fleet, tmp_path / "week", origin=early)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_what_was_there(
    home: tuple[Site, Plant], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anomaly_assets.pipelines.forecast import writing

    site, plant = home
    write_forecast(site, plant.fleet, tmp_path / "week", units=[PONDS[0]])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*given: object) -> None:
        given[3].write(b"the beginning")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "write_rows", full)
    with pytest.raises(ScoringError, match=r"forecasts can't be written.*No space left"):
        write_forecast(site, plant.fleet, tmp_path / "week")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_is_not_there_is_told_before_anything_is_computed(
    home: tuple[Site, Plant], tmp_path: Path
) -> None:
    with pytest.raises(ScoringError, match=r"not there.*2 file names.*mkdir -p"):
        write_forecast(home[0], home[1].fleet, tmp_path / "none" / "week")
