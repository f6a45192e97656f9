"""``anomaly-assets forecast`` as an operator or a cron line calls it: files, a table, mistakes, exit codes."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.cli import main
from anomaly_assets_tests.pipelines.conftest import copy, empty_registry  # noqa: F401 - fixtures
from anomaly_assets_tests.pipelines.forecast.conftest import PONDS, forecast_original, original  # noqa: F401 - fixtures
from anomaly_assets_tests.pipelines.plant import Plant

from .conftest import Ended, settle

Forecast = Callable[..., Ended]


@pytest.fixture
def forecast(
    forecast_original: Plant,  # noqa: F811 - the fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Forecast:
    """Call the command in a folder of its own, with an output unless one is named."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()

    def run(*arguments: object, of: Plant = forecast_original) -> Ended:
        settle(monkeypatch, of.home, of.root / "configs")
        words = ["forecast", *map(str, arguments)]
        capfd.readouterr()
        code = main([*words, *([] if "--output" in words else ["--output", "out/week"])])
        return Ended(code, *capfd.readouterr())

    return run


def left() -> list[str]:
    return sorted(path.name for path in Path("out").iterdir())


def test_it_writes_both_files_and_shows_every_unit(forecast: Forecast) -> None:
    ended = forecast("ponds")
    assert ended.code == 0 and left() == ["week.csv", "week.parquet"]
    assert all(name in ended.out for name in (*PONDS, "out/week.csv", "out/week.parquet", "day 1, mean (80 %)"))
    assert ended.err == ""


def test_units_with_bars_and_blanks_can_be_named(forecast: Forecast) -> None:
    ended = forecast("ponds", "--unit", PONDS[0], "--unit", PONDS[2], "--horizon", "2h", "--output", "out/two.csv")
    assert ended.code == 0 and left() == ["two.csv", "two.parquet"]
    assert pl.read_csv("out/two.csv").group_by("unit_id").len().sort("unit_id").rows() == [(PONDS[2], 6), (PONDS[0], 6)]
    assert PONDS[1] not in ended.out


def test_the_origin_is_in_utc_unless_it_says_otherwise(forecast: Forecast, forecast_original: Plant) -> None:  # noqa: F811 - the fixture
    day = forecast_original.day(15)
    assert forecast("ponds", "--origin", f"{day}T10:00", "--output", "out/utc").code == 0
    assert forecast("ponds", "--origin", f"{day}T12:00+02:00", "--output", "out/said").code == 0
    assert Path("out/utc.csv").read_bytes() == Path("out/said.csv").read_bytes()
    assert f"{pl.read_parquet('out/utc.parquet')['origin'][0]:%Y-%m-%dT%H:%M}" == f"{day}T10:00"


def test_units_without_a_forecast_are_told_with_the_reason(forecast: Forecast, copy: Callable[..., Plant]) -> None:  # noqa: F811 - the fixture
    here = copy()
    cleaned = here.site().table(here.fleet, "cleaned_sensors")
    rows = here.site().warehouse.read(cleaned, here.day(18))
    kept = pl.when(pl.col("unit_id") != PONDS[1]).then("oxygen").alias("oxygen")
    here.site().warehouse.replace(cleaned, rows.with_columns(kept), here.day(18), here.span.end)
    ended = forecast("ponds", of=here)
    assert ended.code == 0 and "2, 1 without a forecast" in ended.out
    assert "because" in ended.out and "less than half of the last 1d was read" in ended.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ponds", "--unit", "pond|1 c"), "did you mean 'pond|1 b'?"),
        (("ponds", "--horizon", "2d"), "a multiple of 20m, up to 1d"),
        (("ponds", "--horizon", "soon"), "is no duration"),
        (("ponds", "--origin", "yesterday"), "ISO 8601"),
        (("ponds", "--origin", "2024-03-10T10:07"), "off the forecast's grid"),
        (("ponds", "--output", "nowhere/week"), "mkdir -p nowhere"),
        (("lakes",), "there is no fleet 'lakes'"),
    ],
)
def test_a_mistake_ends_with_two_and_writes_nothing(forecast: Forecast, arguments: tuple[str, ...], said: str) -> None:
    ended = forecast(*arguments)
    assert ended.code == 2 and left() == []
    assert said in " ".join(ended.err.replace("│", " ").split())
    assert "Traceback" not in ended.err + ended.out


def test_without_a_forecaster_it_says_how_to_make_one(forecast: Forecast, tmp_path: Path) -> None:
    from anomaly_assets_tests.pipelines.forecast.conftest import settings

    empty = Plant(tmp_path / "empty", forecast=settings()).configured()
    ended = forecast("ponds", of=empty)
    assert ended.code == 2 and "ponds has no forecaster" in ended.err and "anomaly-assets train ponds" in ended.err
    silent = Plant(tmp_path / "silent").configured()
    assert "add forecast: {sensor: NAME}" in forecast("ponds", of=silent).err
