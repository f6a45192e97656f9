"""What an asset tells the people who look at it: rows, quarantined, range, preview, column schema, plots.

How plots are drawn is in plots.py; what is counted comes from the pipelines.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import dagster as dg
import polars as pl

from ..contracts import Table
from ..errors import AnomalyAssetsError, ContractError
from ..pipelines import Span, Written

Facts = dict[str, Any]
Result = TypeVar("Result")


def told(compute: Callable[[], Result], *assets: dg.AssetKey) -> Generator[Any, None, Result]:
    """Run a pipeline step; a broken contract fails the blocking checks, every platform error fails in its own words.

    Use as ``written = yield from told(...)``; the old partition is whole after a failure.
    """
    try:
        with failed():
            result = compute()
    except dg.Failure as failure:
        for asset in assets if isinstance(failure.__cause__, ContractError) else ():
            yield dg.AssetCheckResult(
                asset_key=asset, check_name="contract", passed=False, metadata={"broken": failure.description or ""}
            )
        raise
    for asset in assets:
        yield dg.AssetCheckResult(asset_key=asset, check_name="contract", passed=True)
    return result


@contextmanager
def failed() -> Iterator[None]:
    """Turn a platform error into a failed step whose description is the error's own sentence."""
    try:
        yield
    except AnomalyAssetsError as mistake:
        raise dg.Failure(description=str(mistake), allow_retries=False) from mistake


def materialised(
    context: dg.AssetExecutionContext, table: Table, written: Written, span: Span, facts: Facts | None = None
) -> dg.MaterializeResult:
    """Report a table's written days: counts on every day; the run's sum, preview and plots on its last one.

    Dagster copies what is said of a run to each of its partitions, which for pictures and years would be gigabytes.
    """
    key = dg.AssetKey([table.fleet, table.name])
    for day in span.days():
        rows = written.rows.get(day, 0)
        per_day: Facts = {"dagster/partition_row_count": rows, "flagged": written.counts_by_day.get(day, 0)}
        per_day |= {} if rows else {"note": "nothing to do: no rows on this day"}
        context.add_asset_metadata(per_day, asset_key=key, partition_key=day.isoformat())
    whole = _sum(table, written, span) | (facts or {})
    context.add_asset_metadata(whole, asset_key=key, partition_key=span.days()[-1].isoformat())
    return dg.MaterializeResult(asset_key=key)


def column_schema(table: Table) -> dg.TableSchema:
    """Describe a table's columns as the catalogue shows them."""
    columns = [
        dg.TableColumn(name, _type_name(dtype), table.meanings.get(name)) for name, dtype in table.dtypes.items()
    ]
    return dg.TableSchema(columns=columns)


def _type_name(dtype: pl.DataType) -> str:
    return "timestamp, UTC" if isinstance(dtype, pl.Datetime) else str(dtype).lower()


def as_markdown(frame: pl.DataFrame, rows: int = 8) -> dg.MarkdownMetadataValue:
    """Show the last rows of a frame as a table."""
    shown = frame.tail(rows)
    lines = ["| " + " | ".join(shown.columns) + " |", "|" + " --- |" * len(shown.columns)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in shown.iter_rows()]
    return dg.MetadataValue.md("\n".join(lines) if frame.width else "no rows")


def _cell(value: Any) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)
    return text.replace("|", "\\|")


def _sum(table: Table, written: Written, span: Span) -> Facts:
    days = f"{span.start} to {span.days()[-1]}"
    facts: Facts = {
        "rows": written.total,
        "days": f"{days} ({len(written.rows)} of {len(span.days())} with rows)",
        "preview": as_markdown(written.preview),
        **{name: int(count) for name, count in sorted(written.counts.items())},
    }
    if written.reasons:
        facts["units_left_out"] = dg.MetadataValue.json(written.reasons)
    if written.total == 0:
        facts["note"] = "no readings in these days; nothing to do"
    return facts
