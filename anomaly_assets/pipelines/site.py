"""One installation: its folders, its fleets, its warehouse and its registry, opened lazily.

Every pipeline takes a `Site` first. Opening is all that happens here; what is done with it lives beside this file.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import FleetConfig, Platform, load_fleet, platform
from ..contracts import Table, tables
from ..features import condense
from ..ingest import Source
from ..registry import Registry
from ..warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from ..events import EventStore

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass
class Site:
    """An installation of the platform.

    Attributes
    ----------
    platform : where everything is kept.
    raw : raw folders that override the fleets' own, by fleet.
    progress : told how far long work has come.
    """

    platform: Platform = field(default_factory=platform)
    raw: dict[str, Path] = field(default_factory=dict)
    progress: Progress | None = None

    @cached_property
    def warehouse(self) -> Warehouse:
        """The tables."""
        return open_warehouse(self.platform.warehouse)

    @cached_property
    def registry(self) -> Registry:
        """The model versions."""
        return Registry(self.platform.tracking_uri, self.platform.bundles)

    @cached_property
    def events(self) -> "EventStore":
        """The database of events; its libraries are loaded by who asks."""
        from ..events import EventStore

        return EventStore(self.platform.events_url)

    def fleet(self, name: str) -> FleetConfig:
        """Read one fleet's file.

        Raises
        ------
        ConfigError
            If there is no such file, or it says something the platform doesn't understand.
        """
        return load_fleet(self.platform.configs / "fleets" / f"{name}.yaml")

    def source(self, fleet: FleetConfig) -> Source:
        """Open the fleet's raw files: the overriding folder, else the one used last, else the configured one."""
        store = self.platform.home / "sources"
        if fleet.fleet in self.raw:
            return Source(fleet, self.raw[fleet.fleet].resolve(), store, condense)
        return Source.remembered(fleet, store, self.platform.raw_folder(fleet.source.folder), condense)

    def table(self, fleet: FleetConfig, name: str) -> Table:
        """Look one of the fleet's tables up."""
        return tables(fleet)[name]

    def tell(self, what: str, done: int, of: int) -> None:
        """Report progress to whoever listens."""
        if self.progress is not None:
            self.progress(what, done, of)
