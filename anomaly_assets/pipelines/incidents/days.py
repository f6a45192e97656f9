"""From scores to incidents, day by day or years at once: the table always says what all scores together say.

An incident outlasts its day. So a day is told with the scores around it as far as they matter, before it and after it,
and what changes is changed wherever it began.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from ...config import FleetConfig
from ...incidents import Raised, Reduction, raise_incidents, reduction
from ..days import DAY, Span, midnight
from ..prepare import Written, pieces, rows_per_day
from ..site import Site
from .references import references
from .stored import change_incidents, of_source
from .units import units_seen

UNREAD = ("in_training", "top_sensor", "scored_at")
"""Columns of the scores that incidents have no use for."""


@dataclass
class IncidentsWritten(Written):
    """What was written over a span, and what became of its alarms.

    Attributes
    ----------
    reduction : how many alarms of the span became how few incidents.
    table : all incidents of the fleet as they are now, by start and unit.
    """

    reduction: Reduction | None = None
    table: pl.DataFrame = field(default_factory=pl.DataFrame)


def incident_days(site: Site, fleet: FleetConfig, span: Span) -> IncidentsWritten:
    """Raise the incidents of a span from ``scores`` into ``incidents``.

    Incidents that began on earlier days are updated, those of the span that the scores no longer confirm are removed,
    those that the listener raised stay until the asset raises the same ones. Days one by one, as a range, in any order
    and again give the same rows as all at once, ``updated_at`` apart; states are as of the last scored window.
    """
    days, written = site.warehouse.days(site.table(fleet, "scores")), IncidentsWritten()
    until, seen = scored_until(site, fleet, days), []
    for part in pieces(site, f"{fleet.fleet}: incidents", span, days):
        raised = _raised(site, fleet, part, until)
        written.table = _merged(site, fleet, part, until, raised.incidents)
        begun = pl.col("start").is_between(part.first_moment, part.last_moment, closed="left")
        mine = written.table.filter(begun)
        written.rows |= rows_per_day(mine, "start")
        written.counts_by_day |= rows_per_day(mine.filter(state="open"), "start")
        seen.append(Raised(raised.incidents, raised.alarms.filter(pl.col("window_start") < part.last_moment)))
    _counted(written, seen)
    return written


def scored_until(site: Site, fleet: FleetConfig, days: dict[date, int]) -> datetime | None:
    """Give the end of the last scored window, of days with their number of scores; None where nothing is scored."""
    if not days:
        return None
    last, table = max(days), site.table(fleet, "scores")
    until: datetime = site.warehouse.read(table, last, last + DAY, columns=["window_end"])["window_end"].max()  # type: ignore[assignment]
    return until


def raised_between(site: Site, fleet: FleetConfig, start: datetime, end: datetime) -> Raised:
    """Raise what the stored scores of [start, end) say, with the look-back that this takes."""
    table = site.table(fleet, "scores")
    columns = [name for name in table.dtypes if name not in UNREAD]
    windows = site.warehouse.read(table, start - fleet.incident_lookback, end, columns=columns)
    known = references(site, fleet, windows["model_version"].unique())
    first_seen = units_seen(site, fleet) if fleet.incidents.warm_up is not None else None
    return raise_incidents(windows, fleet, known, start=start, end=end, first_seen=first_seen)


def _raised(site: Site, fleet: FleetConfig, part: Span, until: datetime | None) -> Raised:
    return raised_between(site, fleet, part.first_moment, _reach(fleet, part, until))


def _reach(fleet: FleetConfig, part: Span, until: datetime | None) -> datetime:
    """Give the instant up to which the scores of a part may matter, or the end of what is scored if that is earlier."""
    furthest = part.last_moment + fleet.incident_lookback
    return furthest if until is None else min(furthest, until)


def _merged(
    site: Site, fleet: FleetConfig, part: Span, until: datetime | None, incidents: pl.DataFrame
) -> pl.DataFrame:
    """Put incidents in the place of those that the scores of a part may have changed; gives the whole table."""
    reach, bridge = _reach(fleet, part, until), fleet.incident_bridge
    within = pl.col("end") >= part.first_moment - fleet.incident_reach
    if until is not None and reach < until:  # what is up later than this doesn't depend on the part, and may go on
        within &= pl.col("end") < reach - fleet.incident_reach
    new = of_source(site.table(fleet, "incidents"), incidents.filter(within), "scores")
    over = pl.col("end") + bridge < (until or midnight(date.max))
    state = pl.when(over & (pl.col("state") == "open") & (pl.col("source") == "scores")).then(pl.lit("resolved"))

    def change(stored: pl.DataFrame) -> pl.DataFrame:
        kept = stored.filter(~(within & (pl.col("source") == "scores"))).join(new, on="incident_id", how="anti")
        return pl.concat([kept.with_columns(state=state.otherwise("state")), new])

    return change_incidents(site, fleet, change)


def _counted(written: IncidentsWritten, seen: list[Raised]) -> None:
    """Count over all parts what became of the span's alarms; of an incident of several parts the last word counts."""
    if not seen:
        return
    incidents = pl.concat([raised.incidents for raised in seen]).unique("incident_id", keep="last")
    written.reduction = reduction(Raised(incidents, pl.concat([raised.alarms for raised in seen])))
    fates = {fate.replace(" ", "_"): count for fate, count in written.reduction.fates.items()}
    written.counts.update({f"alarms_{fate}": count for fate, count in fates.items()})
    written.counts.update(alarming=written.reduction.alarms, open=written.table.filter(state="open").height)
    written.preview = written.table.tail(10)
