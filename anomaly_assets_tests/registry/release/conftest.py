"""One package, made once; who spoils something takes a copy."""

import shutil
from pathlib import Path

import pytest

from anomaly_assets.registry import Bundle
from anomaly_assets.registry.release.examples import Examples, examples_of
from anomaly_assets.registry.release.package import Package, write_package

from .tiny import held_back, subject, tiny_bundle


@pytest.fixture(scope="session")
def tiny() -> Bundle:
    return tiny_bundle()


@pytest.fixture(scope="session")
def examples(tiny: Bundle) -> Examples:
    return examples_of(tiny, *held_back())


@pytest.fixture(scope="session")
def released(tiny: Bundle, examples: Examples, tmp_path_factory: pytest.TempPathFactory) -> Package:
    return write_package(subject(tiny), examples, tmp_path_factory.mktemp("releases"), joblib=True)


@pytest.fixture
def copy(released: Package, tmp_path: Path) -> Path:
    """A package that a test may spoil."""
    return shutil.copytree(released.path, tmp_path / "copy")
