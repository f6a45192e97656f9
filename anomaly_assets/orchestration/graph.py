"""What the assets of one fleet have in common: keys, specs, contracts, partitions; no computation."""

import json
from dataclasses import dataclass
from hashlib import blake2b

import dagster as dg

from .. import __version__
from ..config import FleetConfig
from ..contracts import Table, tables
from .reporting import column_schema

SINGLE_RUN = dg.BackfillPolicy.single_run()
READ_BY: dict[str, tuple[str, ...]] = {"realtime": (), "incidents": ("incidents",)}
"""Sections of a fleet's file that only these assets read; every other section may concern every asset."""


@dataclass(frozen=True)
class FleetGraph:
    """One fleet and the days it is cut into."""

    fleet: FleetConfig
    partitions: dg.DailyPartitionsDefinition

    def key(self, name: str) -> dg.AssetKey:
        """Name an asset of this fleet."""
        return dg.AssetKey([self.fleet.fleet, name])

    def table(self, name: str) -> Table:
        """Look up the contract of one of its tables."""
        return tables(self.fleet)[name]

    def op_name(self, name: str) -> str:
        """Name the step that makes an asset; unique over fleets."""
        return f"{self.fleet.fleet}__{name}"

    def dep(self, name: str) -> dg.AssetDep:
        """Depend on another asset of this fleet, day by day.

        A day also reads the look-back it needs from the days before. Dagster is not told so: with an offset mapping it
        widens a range by a day per asset, and then launches a run per asset instead of one.
        """
        return dg.AssetDep(self.key(name))

    def daily_spec(self, name: str, deps: list[dg.AssetDep], kinds: set[str], description: str) -> dg.AssetSpec:
        """Describe an asset that is a table cut into days."""
        metadata = {
            "dagster/table_name": f"{self.fleet.fleet}.{name}",
            "dagster/column_schema": column_schema(self.table(name)),
        }
        return self._spec(name, deps, kinds, description).replace_attributes(
            partitions_def=self.partitions, metadata=metadata
        )

    def model_spec(self, name: str, deps: list[dg.AssetDep], kinds: set[str], description: str) -> dg.AssetSpec:
        """Describe an asset that is a model or a decision about one; it has no partitions."""
        return self._spec(name, deps, kinds, description)

    def contract(self, name: str) -> dg.AssetCheckSpec:
        """Promise the table's contract as a blocking check."""
        table = self.table(name)
        rules = ", ".join([*table.rules, *(["unique " + " + ".join(table.key)] if table.key else [])])
        described = f"Column types, nulls and finiteness{'; ' + rules if rules else ''}."
        return dg.AssetCheckSpec("contract", asset=self.key(name), blocking=True, description=described)

    def _spec(self, name: str, deps: list[dg.AssetDep], kinds: set[str], description: str) -> dg.AssetSpec:
        return dg.AssetSpec(
            self.key(name),
            deps=deps,
            description=description,
            group_name=self.fleet.fleet,
            kinds=kinds,
            owners=[self.fleet.owner],
            code_version=self._code_version(name),
        )

    def _code_version(self, name: str) -> str:
        """Change when the code's or the fleet file's meaning changes, so that the UI marks old partitions stale."""
        unread = {section for section, readers in READ_BY.items() if name not in readers}
        text = json.dumps(self.fleet.model_dump(mode="json", exclude=unread), sort_keys=True)
        return f"{__version__}-{blake2b(text.encode(), digest_size=4).hexdigest()}"
