"""A raw format is a file: dropping one in is enough."""

from pathlib import Path

import pytest

import anomaly_assets.ingest as ingest
from anomaly_assets.errors import ConfigError
from anomaly_assets.ingest import check_source, formats

from .building import ALWAYS, a_fleet, a_source, written

TOY = '''
"""Readings as lines of epoch seconds and value."""
from pathlib import Path
import polars as pl
from anomaly_assets.config import FleetConfig, Model
from anomaly_assets.ingest.recording import Recording

class Options(Model):
    """One option."""
    factor: float = 1.0

def read(path: Path, name: str, fleet: FleetConfig) -> Recording:
    """Read it."""
    factor = Options(**fleet.source.options).factor
    cells = [line.split() for line in path.read_text().splitlines()]
    times = pl.Series([int(t) * 1_000_000 for t, _ in cells]).cast(pl.Datetime("us", "UTC"))
    frame = pl.DataFrame({"time": times, "a": [float(v) * factor for _, v in cells]})
    numbered = frame.with_row_index("source_row", 1)
    return Recording.of(fleet, numbered.with_columns(unit_id=pl.lit("u"), source_file=pl.lit(name)))
'''


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "formats", "toy_format.py", TOY)
    monkeypatch.setattr(ingest, "__path__", [*ingest.__path__, str(tmp_path / "formats")])


def test_the_shipped_formats_are_found() -> None:
    assert formats() == (
        "cmapss",
        "cwru",
        "femto",
        "ims",
        "lro",
        "nab",
        "skab",
        "smd",
        "table",
        "tep",
        "ucr",
        "waveform",
    )


@pytest.mark.usefixtures("toy")
def test_a_toy_format_dropped_in_is_found_checked_and_read(tmp_path: Path) -> None:
    assert "toy_format" in formats()
    fleet = a_fleet("toy_format", ("a",), options={"factor": 2})
    check_source(fleet)
    source = a_source(tmp_path, fleet)
    written(source.folder, "x.dat", "1700000000 1\n1700000060 2\n")
    assert source.refresh().problems == {}
    assert source.readings(*ALWAYS).get_column("a").to_list() == [2.0, 4.0]
    with pytest.raises(ConfigError, match="faktor"):
        check_source(a_fleet("toy_format", ("a",), options={"faktor": 2}))


def test_a_mistake_of_a_reader_is_the_problem_of_one_file(toy: None, tmp_path: Path) -> None:
    source = a_source(tmp_path, a_fleet("toy_format", ("a",)))
    written(source.folder, "x.dat", "1700000000 1\n")
    written(source.folder, "y.dat", "no numbers at all\n")
    assert "ValueError" in source.refresh().problems["y.dat"]
    assert source.readings(*ALWAYS).height == 1


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="'cmapss'"):
        check_source(a_fleet("cmaps"))
    with pytest.raises(ConfigError):
        check_source(a_fleet("source"))  # a module of the room that is no reader


@pytest.mark.parametrize(
    ("form", "options"), [("table", {"delimter": ";"}), ("skab", {"x": 1}), ("cmapss", {"cycle": "one"})]
)
def test_options_that_a_format_does_not_know_are_refused(form: str, options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        check_source(a_fleet(form, options=options))


def test_a_unit_column_must_be_named() -> None:
    with pytest.raises(ConfigError, match=r"source\.unit"):
        check_source(a_fleet(unit={"by": "column"}))
