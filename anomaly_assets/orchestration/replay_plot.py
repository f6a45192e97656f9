"""A replay as a picture: false alarms day by day under each policy, and where it has trained again."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ..pipelines import midnight
from ..pipelines.replay import Life, Replay, timeline

FALSE, TRUE, DRIFT, AGAIN = "#c0392b", "#7f8c8d", "#f5e6c8", "#1f4e79"
HALF = timedelta(hours=12)
"""A bar stands in the middle of its day."""


def draw_replay(replayed: Replay, file: Path, *, width: float = 10.0, height: float = 2.0) -> None:
    """Write a PNG with one row per policy.

    Bars are alarms a day of all units, those of unlabelled time at the bottom; shaded days have drifted; a line marks
    a retraining, dashed where the champion stayed.

    Parameters
    ----------
    file : written whole or not at all.
    width, height : inches, the height of one policy.
    """
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(width, height * len(replayed.lives) + 0.6), layout="constrained")
    rows = drawn.subplots(len(replayed.lives), sharex=True, sharey=True, squeeze=False)[:, 0]
    days = timeline(replayed)
    for axes, life in zip(rows, replayed.lives, strict=True):
        _draw(axes, life, days.filter(policy=life.policy))
    handles, labels = rows[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside upper right", ncols=len(labels), fontsize=8, frameon=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    drawn.savefig(partial, format="png", dpi=110)
    partial.replace(file)


def _draw(axes: Any, life: Life, days: pl.DataFrame) -> None:
    when = [midnight(day) for day in days["day"]]
    false = days["false_alarms"].to_list()
    other = (days["alarms"] - days["false_alarms"]).clip(lower_bound=0).to_list()
    for number, day in enumerate(map(midnight, days.filter("drifted")["day"])):
        axes.axvspan(day - HALF, day + HALF, color=DRIFT, linewidth=0, label="_" * (number > 0) + "drifted day")
    axes.bar(when, false, width=1.0, color=FALSE, label="false alarms")
    axes.bar(when, other, width=1.0, bottom=false, color=TRUE, label="others")
    axes.plot([], [], color=AGAIN, label="retrained")
    axes.plot([], [], color=AGAIN, linestyle=":", label="retrained, champion stayed")
    for one in life.retrainings:
        axes.axvline(midnight(one.day) + HALF, color=AGAIN, linewidth=1.4, linestyle="-" if one.promoted else ":")
    axes.set_title(life.policy, loc="left", fontsize=9)
    axes.set_ylabel("alarms a day", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.margins(x=0.005)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
