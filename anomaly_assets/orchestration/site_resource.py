"""The installation as a Dagster resource: dagster-duckdb carries where the warehouse is, pipelines do the rest."""

from pathlib import Path

import dagster as dg
from dagster_duckdb import DuckDBResource

from ..config import Platform
from ..config import platform as installation
from ..pipelines import Progress, Site


class SiteResource(dg.ConfigurableResource):
    """Opens the installation for one step; connections are made per transaction by the warehouse itself."""

    duckdb: dg.ResourceDependency[DuckDBResource]
    home: str
    configs: str
    tracking_uri: str
    raw: dict[str, str]

    def open(self, context: dg.AssetExecutionContext | dg.OpExecutionContext | None = None) -> Site:
        """Give the pipelines their installation; with a context, progress goes to the run's log."""
        platform = Platform(
            home=Path(self.home),
            configs=Path(self.configs),
            tracking_uri=self.tracking_uri,
            warehouse=Path(self.duckdb.database),
            events=installation().events,  # may hold a password, and the UI shows what a resource is made of
        )
        raw = {fleet: Path(folder) for fleet, folder in self.raw.items()}
        return Site(platform, raw, PROGRESS or (_logged(context) if context else None))


PROGRESS: Progress | None = None
"""Set by a command that runs assets in its own terminal; runs elsewhere write to their log."""


def _logged(context: dg.AssetExecutionContext | dg.OpExecutionContext) -> Progress:
    def tell(what: str, done: int, of: int) -> None:
        context.log.info(f"{what}: {done} of {of}")

    return tell


def site_resources(platform: Platform, raw: dict[str, Path]) -> dict[str, object]:
    """Name the resources of every definition set."""
    duckdb = DuckDBResource(database=str(platform.warehouse))
    site = SiteResource(
        duckdb=duckdb,
        home=str(platform.home),
        configs=str(platform.configs),
        tracking_uri=platform.tracking_uri,
        raw={fleet: str(folder.resolve()) for fleet, folder in raw.items()},
    )
    return {"duckdb": duckdb, "site": site}
