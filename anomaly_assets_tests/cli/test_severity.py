"""``anomaly-assets severity`` as an operator calls it: files, a table, mistakes, exit codes."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.cli import main
from anomaly_assets_tests.pipelines.conftest import empty_registry  # noqa: F401 - fixture
from anomaly_assets_tests.pipelines.forecast.conftest import PONDS, forecast_original  # noqa: F401 - fixtures
from anomaly_assets_tests.pipelines.plant import Plant

from .conftest import Ended, settle

Severity = Callable[..., Ended]
FILES = ["told.csv", "told.parquet", "told_metadata.json"]


@pytest.fixture
def severity(
    forecast_original: Plant,  # noqa: F811 - the fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Severity:
    """Call the command in a folder of its own, with an output unless one is named."""
    settle(monkeypatch, forecast_original.home, forecast_original.root / "configs")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()

    def run(*arguments: object) -> Ended:
        words = ["severity", *map(str, arguments)]
        capfd.readouterr()
        code = main([*words, *([] if "--output" in words else ["--output", "out/told"])])
        return Ended(code, *capfd.readouterr())

    return run


def left() -> list[str]:
    return sorted(path.name for path in Path("out").iterdir())


def test_it_writes_all_files_shows_every_unit_and_says_that_it_is_not_causal(severity: Severity) -> None:
    ended = severity("ponds", "--sensor", "oxygen")
    assert ended.code == 0 and left() == FILES
    assert all(name in ended.out for name in (*PONDS, *(f"out/{file}" for file in FILES)))
    assert "not causal" in ended.out and "ponds.forecaster/1" in ended.out and "quantile 0.99" in ended.out
    assert ended.err == ""


def test_the_help_says_that_it_is_not_causal(severity: Severity) -> None:
    ended = severity("--help")
    assert ended.code == 0 and "Not causal" in ended.out


def test_units_with_bars_and_blanks_days_and_files_can_be_named(
    severity: Severity,
    forecast_original: Plant,  # noqa: F811 - the fixture
) -> None:
    words = ("ponds", "--unit", PONDS[0], "--unit", PONDS[2], "--from", forecast_original.day(3))
    file = forecast_original.raw / "*-*.csv"
    ended = severity(*words, "--to", forecast_original.day(4), "--input", file, "--output", "out/told.csv")
    assert ended.code == 0 and left() == FILES and PONDS[1] not in ended.out
    told = pl.read_csv("out/told.csv", try_parse_dates=True)
    assert set(told["unit_id"]) == {PONDS[0], PONDS[2]}
    assert set(told["time"].dt.date()) == {forecast_original.day(3), forecast_original.day(4)}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ponds", "--unit", "pond|1 c"), "did you mean 'pond|1 b'?"),
        (("ponds", "--sensor", "oxigen"), "did you mean 'oxygen'?"),
        (("ponds", "--from", "2031-01-01"), "nothing is recorded of ponds"),
        (("ponds", "--from", "yesterday"), "does not match the format"),
        (("ponds", "--window", "soon"), "is no duration"),
        (("ponds", "--window", "20m"), "less than two steps"),
        (("ponds", "--input", "nowhere.csv"), "no raw file nowhere.csv"),
        (("ponds", "--output", "nowhere/told"), "mkdir -p nowhere"),
        (("lakes",), "there is no fleet 'lakes'"),
    ],
)
def test_a_mistake_ends_with_two_and_writes_nothing(severity: Severity, arguments: tuple[str, ...], said: str) -> None:
    ended = severity(*arguments)
    assert ended.code == 2 and left() == []
    assert said in " ".join(ended.err.replace("│", " ").split())
    assert "Traceback" not in ended.err + ended.out
