import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from anomaly_assets.config import Platform, load_fleet
from anomaly_assets.errors import ConfigError, IngestError
from anomaly_assets.pipelines import check_fleets, onboard


@pytest.fixture
def site(tmp_path: Path) -> Platform:
    home = tmp_path / "home"
    return Platform(home=home, configs=tmp_path / "configs", tracking_uri="", warehouse=home / "w.duckdb")


def _write(path: Path, rows: int, step: timedelta, row: str = "{time:%Y-%m-%d %H:%M:%S},{a:.2f},{b:.1f}") -> None:
    noise, start = random.Random(path.name), datetime(2024, 3, 1)
    lines = [row.format(time=start + i * step, a=noise.gauss(5, 1), b=noise.gauss(100, 9)) for i in range(rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["time,flow [l/min],Heat", *lines]) + "\n")


@pytest.mark.parametrize("step", [timedelta(seconds=1), timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)])
@pytest.mark.parametrize("rows", [80, 1500])
def test_whatever_the_step_and_the_length_the_file_passes_the_check(
    site: Platform, tmp_path: Path, step: timedelta, rows: int
) -> None:
    _write(tmp_path / "raw" / "p1.csv", rows, step)
    _write(tmp_path / "raw" / "p2.csv", rows, step)
    made = onboard(site, "mine", tmp_path / "raw")
    (looked,) = check_fleets(site, ["mine"])
    assert looked.faults == ()
    assert looked.fleet is not None and looked.fleet.sampling == step
    assert set(looked.fleet.sensors) == {"flow", "heat"}
    assert Path(looked.fleet.source.folder) == tmp_path / "raw"
    assert looked.fleet.sensors["flow"].measures == "l/min"
    assert any("no time zone" in guess.lower() for guess in made.guesses)


def test_the_file_is_commented_for_people(site: Platform, tmp_path: Path) -> None:
    _write(tmp_path / "raw" / "p1.csv", 500, timedelta(minutes=5))
    text = onboard(site, "mine", tmp_path / "raw").text
    assert text == (site.configs / "fleets" / "mine.yaml").read_text()
    assert text.count(" # ") > 10
    assert max(map(len, text.splitlines())) < 160


def test_a_fleet_file_is_never_overwritten_unasked(site: Platform, tmp_path: Path) -> None:
    _write(tmp_path / "raw" / "p1.csv", 500, timedelta(minutes=5))
    path = onboard(site, "mine", tmp_path / "raw").path
    path.write_text(path.read_text() + "# mine\n")
    with pytest.raises(ConfigError, match="already") as refused:
        onboard(site, "mine", tmp_path / "raw")
    assert "--force" in str(refused.value.remedy)
    assert path.read_text().endswith("# mine\n")
    onboard(site, "mine", tmp_path / "raw", force=True)
    assert not path.read_text().endswith("# mine\n")


@pytest.mark.parametrize("name", ["Mine", "my fleet", "2nd", "../up", ""])
def test_a_name_that_cannot_be_one_is_refused_before_anything_is_read(
    site: Platform, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ConfigError):
        onboard(site, name, tmp_path / "nowhere")
    assert not site.configs.exists()


@pytest.mark.parametrize("text", ["", "a,b\nx,y\nz,w\n", "time,word\n2024-03-01 00:00,x\n2024-03-01 00:05,y\n"])
def test_a_folder_without_readings_leaves_no_file(site: Platform, tmp_path: Path, text: str) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "t.csv").write_text(text)
    with pytest.raises(IngestError):
        onboard(site, "mine", tmp_path / "raw")
    assert not (site.configs / "fleets" / "mine.yaml").exists()


def test_a_broken_file_among_good_ones_is_told_and_does_not_stop_the_others(site: Platform, tmp_path: Path) -> None:
    _write(tmp_path / "raw" / "p1.csv", 500, timedelta(minutes=5))
    _write(tmp_path / "raw" / "p2.csv", 500, timedelta(minutes=5))
    (tmp_path / "raw" / "p3.csv").write_text("")
    made = onboard(site, "mine", tmp_path / "raw")
    assert dict(made.seen)["units"] == "2: p1, p2"
    assert "left out" in dict(made.seen)["files"]


def test_real_files_that_nobody_described_give_a_fleet_that_is_good(site: Platform, real) -> None:  # type: ignore[no-untyped-def]
    for folder in ("bess", "gecco2017", "oddwater", "ims_features"):
        path = onboard(site, folder, real(folder)).path
        assert load_fleet(path).fleet == folder
    assert [looked.faults for looked in check_fleets(site)] == [()] * 4
