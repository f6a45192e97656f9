"""A table's promise, and the two verbs that hold a frame to it.

The promise itself is a dataframely schema; which tables there are is said in tables.py. No storage here.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import dataframely as dy
import polars as pl

from ..errors import ContractError


@dataclass(frozen=True)
class Table:
    """One table of one fleet: where it lives, what its partitions are cut by, what it promises.

    Attributes
    ----------
    fleet : the schema in the warehouse.
    name : the table's name.
    day_column : a Date, or a Datetime whose UTC day is the partition.
    key : columns that identify a row.
    columns : name to dataframely column, in storage order.
    rules : name to a polars expression that is true for a good row.
    meanings : what columns mean, in a few words with units; of those that need words.
    """

    fleet: str
    name: str
    day_column: str
    key: tuple[str, ...]
    columns: dict[str, Any]
    rules: dict[str, pl.Expr]
    meanings: dict[str, str] = field(default_factory=dict)

    @cached_property
    def schema(self) -> type[dy.Schema]:
        """The dataframely schema, made once."""
        members: dict[str, Any] = dict(self.columns)
        for name, expression in self.rules.items():
            members[name] = dy.rule()(_constant(expression))
        return type(self.name, (dy.Schema,), members)

    @cached_property
    def dtypes(self) -> pl.Schema:
        """Column names and polars types, in storage order."""
        return pl.Schema({name: column.dtype for name, column in self.columns.items()})

    def empty(self) -> pl.DataFrame:
        """A frame of this table without rows."""
        return pl.DataFrame(schema=self.dtypes)

    def validate(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame in storage order and type.

        Raises
        ------
        ContractError
            If a column is missing or of another type, or a row breaks a rule; counts per rule are named.
        """
        aligned = self.align(frame)
        good, failures = self.schema.filter(aligned, cast=False)
        duplicated = aligned.height - aligned.n_unique(subset=self.key) if self.key and aligned.height else 0
        counts = {**failures.counts(), **({"unique_key": duplicated} if duplicated else {})}
        if counts:
            bad = aligned.height - len(good) + duplicated
            raise ContractError(
                f"{bad} of {aligned.height} rows break the contract of {self.fleet}.{self.name}",
                found=", ".join(f"{rule}: {count}" for rule, count in counts.items()),
                remedy="the failing rule names the column; nothing was written",
            )
        return aligned

    def align(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Select this table's columns by name, in order and type; rows are not judged.

        Raises
        ------
        ContractError
            If a column is missing or can't be of the promised type.
        """
        missing = [name for name in self.dtypes if name not in frame.columns]
        if missing:
            raise ContractError(
                f"columns are missing for {self.fleet}.{self.name}", found=frame.columns, expected=missing
            )
        if frame.select(list(self.dtypes)).schema == self.dtypes:
            return frame.select(list(self.dtypes))
        try:
            return frame.select(list(self.dtypes)).cast(self.dtypes)
        except pl.exceptions.PolarsError as error:
            raise ContractError(f"types differ from {self.fleet}.{self.name}", found=str(error)) from error


def _constant(expression: pl.Expr) -> Any:
    def rule(cls: type) -> pl.Expr:
        return expression

    return rule
