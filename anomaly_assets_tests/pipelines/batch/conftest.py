"""The plant of the pipelines' tests with one version of many detectors, and its features as files."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.pipelines import Site, train_all

from ..plant import Plant
from .works import DETECTORS, features_of


@pytest.fixture(scope="session")
def works(original: Plant, tmp_path_factory: pytest.TempPathFactory) -> Plant:
    """Never written to after it was made."""
    plant = original.copied(tmp_path_factory.mktemp("works") / "plant", detectors=DETECTORS)
    train_all(plant.site(), plant.fleet)
    return plant


@pytest.fixture(scope="session")
def at(works: Plant) -> Site:
    """The installation, opened once, so that bundles are loaded once."""
    return works.site()


@pytest.fixture(scope="session")
def features(works: Plant) -> pl.DataFrame:
    return features_of(works)


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Write a frame as a file, in the format that its name says."""

    def write(frame: pl.DataFrame, name: str = "input.parquet") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            frame.write_parquet(path)
        else:
            frame.write_csv(path)
        return path

    return write
