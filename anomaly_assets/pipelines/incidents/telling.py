"""Who is told of which incidents: what is news, to whom, and that nobody hears it twice.

How a message travels belongs in notifications/, how it reads in wording.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

import polars as pl

from ...config import FleetConfig, NotificationConfig, load_notifications
from ...errors import AnomalyAssetsError
from ...notifications import Message, deliver
from ...warehouse import FileLock
from ..site import Site
from .asking import fleet_incidents
from .wording import Row, message_of, summary_of


@dataclass
class Told:
    """What people were told in one run.

    Attributes
    ----------
    messages : sent.
    incidents : that were in them.
    warnings : why somebody was not told; what they should have heard is tried again with the next run.
    """

    messages: int = 0
    incidents: int = 0
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _News:
    """One incident that a channel is to hear of, and the states that it knows of then."""

    row: Row
    states: tuple[str, ...]


def tell_people(site: Site, fleet: FleetConfig, now: datetime | None = None) -> Told:
    """Tell every channel of the installation what is new of a fleet's incidents; whatever fails is told in warnings.

    Noted in the database of events is what somebody has taken. So nobody is told twice, however often days are
    materialised and whether the asset or the listener is faster; only who dies between the two tells it again. What was
    over before ``recent`` is no news.

    Parameters
    ----------
    now : the moment it is; the clock's when not given.
    """
    told = Told()
    try:
        config = load_notifications(site.platform.configs)
        if not config.channels:
            return told
        # what others are telling is known once they are done
        with FileLock(site.platform.home / "incidents" / f"{fleet.fleet}.telling.lock").writing():
            recent = fleet_incidents(site, fleet, now=now).filter(
                pl.col("end") >= (now or datetime.now(UTC)) - config.recent
            )
            for channel in config.channels:
                _tell(site, fleet, config, channel, recent, told=told)
    except AnomalyAssetsError as trouble:
        told.warnings.append(str(trouble))
    return told


def _tell(
    site: Site, fleet: FleetConfig, config: NotificationConfig, name: str, recent: pl.DataFrame, *, told: Told
) -> None:
    """Tell one channel; after the first message that it does not take it is left alone until the next run."""
    news = _news(site, fleet, config, name, recent)
    try:
        for message, parts in _messages(fleet, news, config.most):
            deliver(config, name, message)
            told.messages, told.incidents = told.messages + 1, told.incidents + len(parts)
            for part in parts:
                for state in part.states:
                    site.events.note_told(part.row["incident_id"], name, state, datetime.now(UTC))
    except AnomalyAssetsError as trouble:
        told.warnings.append(str(trouble))


def _news(site: Site, fleet: FleetConfig, config: NotificationConfig, name: str, recent: pl.DataFrame) -> list[_News]:
    channel = config.channels[name]
    if channel.fleets and fleet.fleet not in channel.fleets:
        return []
    severe = recent.filter(pl.col("severity") >= channel.severity)
    known = set(site.events.told(name).select("incident_id", "state").iter_rows()) if severe.height else set()
    return [
        _News(row, states)
        for row in severe.iter_rows(named=True)
        if (states := _new_states(row, channel.states, {state for told, state in known if told == row["incident_id"]}))
    ]


def _new_states(row: Row, wanted: Sequence[str], known: set[str]) -> tuple[str, ...]:
    """Say which states a channel knows of after the next message; none where there is no news for it.

    Of one that was over before anybody heard of it, that it was open is no news beside that it is over.
    """
    state = row["state"]
    if state in wanted and state not in known:
        return tuple({"open", state} - known)
    unheard = "open" in wanted and not known and state != "acknowledged"
    return ("open",) if unheard else ()


def _messages(fleet: FleetConfig, news: list[_News], most: int) -> list[tuple[Message, list[_News]]]:
    """Put news into messages: one for each incident or event of the fleet, the severest first, the rest in one."""
    together = [list(parts) for _, parts in groupby(sorted(news, key=_event), key=_event)]
    together.sort(key=lambda parts: -max(part.row["severity"] for part in parts))
    one_by_one = [(message_of(fleet, [part.row for part in parts]), parts) for parts in together[:most]]
    rest = [part for parts in together[most:] for part in parts]
    return one_by_one + ([(summary_of(fleet, [part.row for part in rest]), rest)] if rest else [])


def _event(news: _News) -> tuple[str, str]:
    return news.row["group_id"] or news.row["incident_id"], news.row["state"]
