"""From the command line: a package out of the registry, and its verification, which loads nothing that trains."""

import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from anomaly_assets.config import Platform, platform
from anomaly_assets.pipelines import Site
from anomaly_assets_tests.registry.conftest import START
from anomaly_assets_tests.registry.release.tiny import FLEET, held_back, tiny_bundle

from .conftest import Command


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with one fleet of two detectors, the first its champion, and the windows they learnt from."""
    home = tmp_path_factory.mktemp("template")
    (home / "configs" / "fleets").mkdir(parents=True)
    (home / "configs" / "fleets" / "small.yaml").write_text(yaml.safe_dump(FLEET.model_dump(mode="json")))
    uri = f"sqlite:///{home / 'home' / 'registry' / 'mlflow.sqlite'}"
    site = Site(
        Platform(
            home=home / "home",
            configs=home / "configs",
            tracking_uri=uri,
            warehouse=home / "home" / "warehouse.duckdb",
        )
    )
    (home / "home" / "registry").mkdir(parents=True)
    for kind in ("deviation", "hotelling_t2_q", "random_score"):
        site.registry.register("small", tiny_bundle(kind), {}, {"threshold": 1.0})
    site.registry.set_alias("small", "champion", 1)
    windows, _ = held_back()
    table = site.table(FLEET, "features")
    site.warehouse.replace(table, table.align(windows), START.date(), START.date() + timedelta(days=1))
    return home


@pytest.fixture
def site(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    shutil.copytree(template, tmp_path / "copy")
    monkeypatch.setenv("ANOMALY_HOME", str(tmp_path / "copy" / "home"))
    monkeypatch.setenv("ANOMALY_CONFIGS", str(tmp_path / "copy" / "configs"))
    return Site(platform())


@pytest.fixture
def command(installation: Platform, command: Command, site: Site) -> Command:
    """On the copy and not on the shipped fleets."""
    return command


class TestExport:
    def test_of_a_fleet_is_its_champion_and_says_what_it_made(self, command: Command, tmp_path: Path) -> None:
        ended = command("export", "small", "--out", tmp_path / "out", "--version", "1.0.0")
        assert ended.code == 0, ended.err
        place = tmp_path / "out" / "small_deviation" / "1.0.0"
        assert (place / "model.onnx").is_file() and not (place / "model.joblib").exists()
        told = " ".join(ended.out.split())
        assert "(new)" in told and "small/deviation/1" in told and "champion" in told and "flags equal" in told
        listed = command("models", "list", "small").out
        assert "released 1.0.0" in listed and "champion" in listed and "validation" in listed

    def test_of_a_detector_is_its_latest_version_and_takes_a_pickle_along_if_asked(
        self, command: Command, tmp_path: Path
    ) -> None:
        assert command("export", "small/hotelling_t2_q", "--out", tmp_path / "out", "--joblib").code == 0
        assert (tmp_path / "out" / "small_hotelling_t2_q" / "2" / "model.joblib").is_file()
        assert command("export", "small/hotelling_t2_q/2", "--out", tmp_path / "other").code == 0

    @pytest.mark.parametrize(
        ("model", "told"),
        [
            ("small/nosuch", "no model 'nosuch'"),
            ("nosuch", "nosuch"),
            ("small/random_score", "never released"),
        ],
    )
    def test_of_what_can_not_be_exported_ends_with_2(
        self, command: Command, tmp_path: Path, model: str, told: str
    ) -> None:
        ended = command("export", model, "--out", tmp_path / "out")
        assert ended.code == 2 and told in ended.err
        assert not any((tmp_path / "out").rglob("*"))

    def test_over_another_package_asks_for_force(self, command: Command, site: Site, tmp_path: Path) -> None:
        asked = ("export", "small/1", "--out", tmp_path / "out")
        assert command(*asked).code == 0
        assert "(unchanged)" in " ".join(command(*asked).out.split())
        site.registry.set_alias("small", "champion", 2)
        refused = command(*asked)
        assert refused.code == 2 and "--force" in refused.err
        assert "(replaced)" in " ".join(command(*asked, "--force").out.split())


class TestVerify:
    @pytest.fixture
    def package(self, command: Command, tmp_path: Path) -> Path:
        assert command("export", "small", "--out", tmp_path / "out").code == 0
        return tmp_path / "out" / "small_deviation" / "1"

    def test_of_a_sound_package_ends_with_0(self, command: Command, package: Path) -> None:
        ended = command("verify", package)
        assert ended.code == 0
        assert ended.out.count("ok:") == 3

    def test_of_a_changed_package_ends_with_1_and_names_the_file(self, command: Command, package: Path) -> None:
        (package / "thresholds.yaml").write_bytes((package / "thresholds.yaml").read_bytes() + b" ")
        ended = command("verify", package)
        assert ended.code == 1 and "thresholds.yaml was changed" in ended.out

    @pytest.mark.parametrize("folder", ["nosuch", "."])
    def test_of_no_package_ends_with_2(self, command: Command, tmp_path: Path, folder: str) -> None:
        ended = command("verify", tmp_path / folder)
        assert ended.code == 2 and "no release package" in ended.err

    def test_loads_nothing_that_trains(self, package: Path) -> None:
        heavy = ("torch", "sklearn", "dagster", "mlflow", "onnx", "joblib")
        code = (
            "import sys\nfrom anomaly_assets.cli import main\n"
            f"code = main(['verify', {str(package)!r}])\n"
            f"print('LOADED', code, *(name for name in {heavy!r} if name in sys.modules))"
        )
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert ended.stdout.splitlines()[-1] == "LOADED 0", ended.stdout + ended.stderr
