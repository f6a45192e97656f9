"""Where the platform keeps what it writes, from the environment; nothing about any one fleet."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from pydantic import Field

from .base import Model


class Platform(Model):
    """Folders of one installation.

    Attributes
    ----------
    home : ``ANOMALY_HOME``, by default ``data`` in the working folder; everything that runs writes below it.
    configs : ``ANOMALY_CONFIGS``, by default ``configs`` in the working folder; fleets are its ``fleets/*.yaml``.
    tracking_uri : ``MLFLOW_TRACKING_URI``, by default a sqlite file below home.
    warehouse : the DuckDB file, ``warehouse.duckdb`` below home.
    events : ``ANOMALY_EVENTS_URL``, else what ``POSTGRES_HOST``, ``POSTGRES_PORT``, ``POSTGRES_DB``, ``POSTGRES_USER``
        and ``POSTGRES_PASSWORD`` name together, else None. May hold a password: it is never shown.
    """

    home: Path
    configs: Path
    tracking_uri: str
    warehouse: Path
    events: str | None = Field(default=None, repr=False)

    @property
    def bundles(self) -> Path:
        """Root of the registry's artefacts."""
        return self.home / "registry"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage."""
        return self.home / "dagster"

    @property
    def events_url(self) -> str:
        """The database of events: the one named by the environment, else a SQLite file below home."""
        return self.events or f"sqlite:///{self.home / 'events' / 'events.sqlite'}"

    @property
    def events_queue(self) -> Path:
        """Folder where events wait for their database; one for all processes of the installation."""
        return self.home / "events" / "queue"

    def raw_folder(self, folder: str) -> Path:
        """Resolve a fleet's ``source.folder``: absolute as it is, relative below home."""
        return Path(folder).expanduser() if Path(folder).expanduser().is_absolute() else self.home / folder


def platform() -> Platform:
    """Read the installation's folders from the environment."""
    home = Path(os.environ.get("ANOMALY_HOME") or "data").expanduser().resolve()
    configs = Path(os.environ.get("ANOMALY_CONFIGS") or "configs").expanduser().resolve()
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home / 'registry' / 'mlflow.sqlite'}"
    warehouse, events = home / "warehouse.duckdb", _events(os.environ)
    return Platform(home=home, configs=configs, tracking_uri=uri, warehouse=warehouse, events=events)


def _events(environment: Mapping[str, str]) -> str | None:
    """Give the URL of the database of events that the environment names, if it names one."""
    url, host = environment.get("ANOMALY_EVENTS_URL"), environment.get("POSTGRES_HOST")
    if url or not host:
        return url or None
    port, database = environment.get("POSTGRES_PORT") or "5432", environment.get("POSTGRES_DB") or "anomaly_db"
    user, password = environment.get("POSTGRES_USER") or "anomaly_user", environment.get("POSTGRES_PASSWORD")
    who = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    if host.startswith("/"):  # the folder of a socket
        return f"postgresql://{who}@/{quote(database, safe='')}?host={quote(host)}&port={port}"
    address = f"[{host}]" if ":" in host else host
    return f"postgresql://{who}@{address}:{port}/{quote(database, safe='')}"
