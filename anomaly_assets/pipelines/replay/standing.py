"""How policies have done: measures with intervals over units, differences to the first policy, days in a row.

Whole recording and thirds of it. Decisions alone are judged: scores of several versions have no common scale.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from math import isfinite
from typing import Any

import polars as pl

from ...evaluation import OF_DECISIONS, Interval, Measurement, decisions_apart, episodes, label_windows, measure
from ..days import Span
from .living import Life, Replay

THIRDS = ("first third", "second third", "last third")


@dataclass(frozen=True)
class Standing:
    """One policy in one part of the recording.

    Attributes
    ----------
    part, span : ``whole`` or one of `THIRDS`, and its live days.
    retrainings, promotions : launched in it.
    drifted_days, judged_days : by the verdicts of the champion of the day.
    measured : ``alarm_budget_ratio`` is false alarms per unit and day, where one that stays on counts every day.
    apart : measure to the paired difference to the first policy; empty for that one.
    """

    policy: str
    part: str
    span: Span
    retrainings: int
    promotions: int
    drifted_days: int
    judged_days: int
    measured: Measurement
    apart: Mapping[str, Interval]

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; ends of an interval that nothing tells are None."""
        measured, told = self.measured, {"policy": self.policy, "part": self.part}
        days = {"first": self.span.start.isoformat(), "until": self.span.end.isoformat()}
        counts = {name: getattr(self, name) for name in ("retrainings", "promotions", "drifted_days", "judged_days")}
        values = {name: getattr(measured, name) for name in OF_DECISIONS}
        intervals = {name: list(ends) if ends else None for name, ends in measured.intervals.items() if name in values}
        apart = {name: _plain(interval) for name, interval in self.apart.items()}
        events = {"windows": measured.windows, "events": measured.events}
        return told | days | counts | events | values | {"intervals": intervals, "difference": apart}


def standings(replayed: Replay, *, confidence: float = 0.95, resamples: int = 500) -> list[Standing]:
    """Measure every policy in every part; an event that lies in two thirds counts in both, as from midnight on."""
    settings = {"confidence": confidence, "resamples": resamples, "seed": replayed.fleet.training.seed}
    return [
        _standing(replayed, life, part, span, settings)
        for part, span in parts(replayed).items()
        for life in replayed.lives
    ]


def parts(replayed: Replay) -> dict[str, Span]:
    """Give the whole recording and its thirds, each without the days before the first training."""
    whole, live = replayed.recording, replayed.live
    cuts = [whole.start + (whole.end - whole.start) * i // 3 for i in range(4)]
    thirds = {name: Span(max(a, live.start), b) for name, a, b in zip(THIRDS, cuts, cuts[1:], strict=False)}
    return {"whole": live} | {name: span for name, span in thirds.items() if span.start < span.end}


def timeline(replayed: Replay) -> pl.DataFrame:
    """Count day by day: policy, day, alarms and false_alarms (of all units), drifted (null: not judged)."""
    return pl.concat([_days(replayed, life) for life in replayed.lives])


def replay_json(replayed: Replay, found: list[Standing]) -> dict[str, Any]:
    """Everything that is known of a replay as plain values."""
    days = timeline(replayed).with_columns(pl.col("day").cast(pl.String))
    return {
        "fleet": replayed.fleet.fleet,
        "first": replayed.recording.start.isoformat(),
        "until": replayed.recording.end.isoformat(),
        "scored_from": replayed.live.start.isoformat(),
        "first_champion": replayed.champion,
        "labels_known": replayed.labels_known,
        "standings": [standing.to_json() for standing in found],
        "policies": [
            {
                "policy": life.policy,
                "daily_cpu_seconds": life.daily_seconds,
                "retraining_cpu_seconds": life.retraining_seconds,
                "retrainings": [asdict(one) | {"day": one.day.isoformat()} for one in life.retrainings],
                "days": days.filter(policy=life.policy).drop("policy").to_dicts(),
            }
            for life in replayed.lives
        ],
    }


def _standing(replayed: Replay, life: Life, part: str, span: Span, settings: dict[str, Any]) -> Standing:
    gap, first = replayed.fleet.threshold.merge_gap, replayed.lives[0]
    labels = replayed.labels.filter(pl.col("start") < span.last_moment, pl.col("end") > span.first_moment)
    scored, others = _within(life, span), _within(first, span)
    measured = measure(
        scored, labels, merge_gap=gap, buffer=1, budget_per_unit_day=1.0, thresholds=2, widths=1, **settings
    )
    apart = {} if life is first else decisions_apart(scored, others, labels, merge_gap=gap, **settings)
    launched = [one for one in life.retrainings if _inside(one.day, span)]
    judged = [drifted for day, drifted in life.verdicts if _inside(day, span)]
    promoted = sum(one.promoted for one in launched)
    return Standing(life.policy, part, span, len(launched), promoted, sum(judged), len(judged), measured, apart)


def _within(life: Life, span: Span) -> pl.DataFrame:
    return life.scores.filter(pl.col("window_start").is_between(span.first_moment, span.last_moment, closed="left"))


def _inside(day: date, span: Span) -> bool:
    return span.start <= day < span.end


def _days(replayed: Replay, life: Life) -> pl.DataFrame:
    gap, scored = replayed.fleet.threshold.merge_gap, life.scores
    normal = scored.filter(~label_windows(scored, replayed.labels))
    days = pl.DataFrame({"day": replayed.live.days()}).with_columns(policy=pl.lit(life.policy))
    counted = days.join(_daily(scored, gap, "alarms"), on="day", how="left", maintain_order="left")
    counted = counted.join(_daily(normal, gap, "false_alarms"), on="day", how="left", maintain_order="left")
    judged = pl.DataFrame(life.verdicts, schema={"day": pl.Date, "drifted": pl.Boolean}, orient="row")
    told = counted.join(judged, on="day", how="left", maintain_order="left")
    return told.select("policy", "day", pl.col("alarms", "false_alarms").fill_null(0), "drifted")


def _daily(windows: pl.DataFrame, gap: timedelta, name: str) -> pl.DataFrame:
    """Count alarms as a budget counts them: one that stays on counts again every day."""
    unit_day = pl.format("{}|{}", "unit_id", pl.col("window_start").dt.date())
    found = episodes(windows.with_columns(unit_id=unit_day), gap)
    return found.group_by(pl.col("start").dt.date().alias("day")).agg(pl.len().cast(pl.Int64).alias(name))


def _plain(interval: Interval) -> list[float | None]:
    return [value if isfinite(value) else None for value in interval[:3]]
