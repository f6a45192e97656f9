"""Where the platform keeps what it writes, from the environment; nothing about any one fleet."""

import os
from pathlib import Path

from .base import Model


class Platform(Model):
    """Folders of one installation.

    Attributes
    ----------
    home : ``ANOMALY_HOME``, by default ``data`` in the working folder; everything that runs writes below it.
    configs : ``ANOMALY_CONFIGS``, by default ``configs`` in the working folder; fleets are its ``fleets/*.yaml``.
    tracking_uri : ``MLFLOW_TRACKING_URI``, by default a sqlite file below home.
    warehouse : the DuckDB file, ``warehouse.duckdb`` below home.
    """

    home: Path
    configs: Path
    tracking_uri: str
    warehouse: Path

    @property
    def bundles(self) -> Path:
        """Root of the registry's artefacts."""
        return self.home / "registry"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage."""
        return self.home / "dagster"

    def raw_folder(self, folder: str) -> Path:
        """Resolve a fleet's ``source.folder``: absolute as it is, relative below home."""
        return Path(folder).expanduser() if Path(folder).expanduser().is_absolute() else self.home / folder


def platform() -> Platform:
    """Read the installation's folders from the environment."""
    home = Path(os.environ.get("ANOMALY_HOME") or "data").expanduser().resolve()
    configs = Path(os.environ.get("ANOMALY_CONFIGS") or "configs").expanduser().resolve()
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home / 'registry' / 'mlflow.sqlite'}"
    return Platform(home=home, configs=configs, tracking_uri=uri, warehouse=home / "warehouse.duckdb")
