"""How a replay is told on the terminal: what policies cost and bought, part by part, and what retrainings led to."""

from math import isfinite, isnan
from typing import TYPE_CHECKING

from .console import facts, out, table
from .dates import DAY

if TYPE_CHECKING:
    from ..pipelines.replay import Life, Replay, Standing

SHOWN = {
    "alarm_budget_ratio": ("false alarms", 1.0),
    "far": ("time in false alarm", 1.0),
    "event_recall": ("faults found", 1.0),
    "event_precision": ("alarms right", 1.0),
    "precision": ("alarming time right", 1.0),
    "detection_delay_median_s": ("delay in hours", 1 / 3600),
}
"""Measure to its heading, and the factor to what is shown."""

NOTES = (
    "false alarms         per unit and day; one that stays on counts again every day",
    "time in false alarm  share of the windows without a fault",
    "alarms right         share of the alarms with a fault in them; one that stays on for weeks is right all the same",
    "alarming time right  share of the alarming windows with a fault in them",
    "delay                median from a fault's start, over faults that were found; a fleet in alarm finds all at once",
    "in brackets          95% intervals over units; diff. is to the first policy, * where 0 lies outside",
)


def tell_replay(replayed: "Replay", found: "list[Standing]") -> None:
    """Print how the policies did, how far they are from the first one, and what every retraining led to."""
    _tell_costs(replayed, [standing for standing in found if standing.part == "whole"])
    for part in dict.fromkeys(standing.part for standing in found):
        _tell_part(part, [standing for standing in found if standing.part == part])
    for note in NOTES:
        out().print(note, style="dim")
    _tell_retrainings(replayed)


def _tell_costs(replayed: "Replay", whole: "list[Standing]") -> None:
    live, units = replayed.live, replayed.lives[0].scores["unit_id"].n_unique()
    told = [
        ("fleet", f"{replayed.fleet.fleet}, {units} units"),
        ("scored days", f"{live.start} to {live.end - DAY}"),
        ("first champion", replayed.champion),
        ("faults", "told to the platform on their days" if replayed.labels_known else "never told to the platform"),
    ]
    out().print(facts(told))
    rows = [_cost(standing, life) for standing, life in zip(whole, replayed.lives, strict=True)]
    columns = ("policy", "retrainings", "promotions", "drifted days", "daily CPU", "retraining CPU")
    out().print(table(columns, rows))


def _cost(standing: "Standing", life: "Life") -> tuple[object, ...]:
    drifted = f"{standing.drifted_days} of {standing.judged_days}"
    seconds = (f"{spent:.1f} s" for spent in (life.daily_seconds, life.retraining_seconds))
    return standing.policy, standing.retrainings, standing.promotions, drifted, *seconds


def _tell_part(part: str, found: "list[Standing]") -> None:
    first, others = found[0], found[1:]
    title = f"{part}: {first.span.start} to {first.span.end - DAY}, {first.measured.events} faults"
    columns = ("", *(standing.policy for standing in found), *(f"{other.policy}, diff." for other in others))
    rows = [
        (heading, *(_measured(one, name, factor) for one in found), *(_apart(one, name, factor) for one in others))
        for name, (heading, factor) in SHOWN.items()
    ]
    out().print(table(columns, rows, title))


def _measured(standing: "Standing", name: str, factor: float) -> str | None:
    value, ends = getattr(standing.measured, name), standing.measured.intervals.get(name)
    if value is None:
        return None
    return f"{value * factor:.2f}" + (f" ({ends[0] * factor:.2f}, {ends[1] * factor:.2f})" if ends else "")


def _apart(standing: "Standing", name: str, factor: float) -> str | None:
    value, low, high, _ = standing.apart[name]
    if isnan(value):
        return None
    if not isfinite(low):
        return f"{value * factor:+.2f}"
    clear = "*" if low > 0 or high < 0 else ""
    return f"{value * factor:+.2f} ({low * factor:+.2f}, {high * factor:+.2f}){clear}"


def _tell_retrainings(replayed: "Replay") -> None:
    rows = [
        (life.policy, str(one.day), "promoted" if one.promoted else "stayed", one.champion, one.decision)
        for life in replayed.lives
        for one in life.retrainings
    ]
    if rows:
        out().print()
        columns = ("policy", "after", "champion", "who scores then", "because")
        out().print(table(columns, rows, "Retrainings"))
