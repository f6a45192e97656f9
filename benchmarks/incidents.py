"""Incidents against labels: whether they find what their alarms find, how many fewer they are, whom they name.

    python benchmarks/incidents.py smd --data DATA --units machine-2-1 machine-2-7
    python benchmarks/incidents.py configs/fleets/aquaculture.yaml --detectors rule_severity --seeds 31 32 33 34

`smd` (or another suite of machines) is scored by the benchmark's own rounds, a fleet's file is simulated and goes
through staging, cleaning, features, training, calibration and scoring by the functions that the assets call. Judged are
windows after training, by a threshold that never saw them. An event is found by alarms if an anomalous window overlaps
it, by incidents if such a window of an incident does: what rules leave out finds nothing. An incident is true if one of
its alarms overlaps an event. hit@k: of the incidents that alarm in an event the most severe one names, as it stood at
the event's end, a root cause among its first k sensors; beside it what a random ranking hits. An incident that comes
back is resolved meanwhile: the time in which incidents are up is told beside the time from their starts to their ends.
Brackets are 90 % bootstraps over events.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from anomaly_assets.cli import simulated
from anomaly_assets.config import FleetConfig, Platform, load_fleet
from anomaly_assets.evaluation import Interval, bootstrap, diagnosis, episodes, join_cut_labels, label_windows, roc_auc
from anomaly_assets.evaluation.events import judged_events, unit_days
from anomaly_assets.incidents import Raised, Reference, raise_incidents
from anomaly_assets.pipelines import (
    Site,
    Span,
    calibrate_detector,
    clean_days,
    feature_days,
    label_days,
    score_days,
    stage,
    train_detector,
)
from anomaly_assets.pipelines.benchmark.rounds import Round
from anomaly_assets.pipelines.incidents import references
from anomaly_assets.pipelines.learning import learn, with_threshold
from anomaly_assets.pipelines.score import score_rows

DAY = timedelta(days=1)
KEY = ["unit_id", "window_start"]


@dataclass(frozen=True)
class Scored:
    """Windows after training of one detector on one machine or simulation, and what is known of them."""

    name: str
    fleet: FleetConfig
    windows: pl.DataFrame
    labels: pl.DataFrame
    references: Mapping[int, Reference]


@dataclass(frozen=True)
class Judged:
    """What became of alarms, beside the labels.

    Attributes
    ----------
    false : false ones per unit and day: merged alarms, incidents.
    seen : event to whether it was found: by alarms, by incidents.
    hits : event to whether the first, and one of the first three sensors was a root cause, and the chances of both.
    severities : severity of every incident, and whether it overlaps an event.
    unit_days : observed time without an event.
    covered, up, time : time from starts to ends of incidents, time in which they were up, and all of it, in unit-days.
    """

    windows: int
    anomalous: int
    merged: int
    incidents: int
    bursts: int
    false: tuple[float, float]
    seen: dict[str, tuple[bool, bool]]
    hits: dict[str, tuple[float, float, float, float]]
    severities: pl.DataFrame
    unit_days: float
    covered: float
    up: float
    time: float


def main() -> None:
    """Print a table of every machine or seed, and of all together, for each detector."""
    options = arguments()
    for detector in options.detectors:
        parts = machines(options, detector) if options.what == "smd" else simulations(options, detector)
        judged = {}
        for scored in parts:
            judged[scored.name] = judge(scored)
            tell(f"{detector} {scored.name}", [judged[scored.name]])
        tell(f"{detector}, all", list(judged.values()))


def arguments() -> argparse.Namespace:
    """What the person asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", help="smd, or a fleet's file")
    parser.add_argument("--data", type=Path, default=Path("data"), help="holds the folder smd")
    parser.add_argument("--units", nargs="+", help="machines; all when left out")
    parser.add_argument("--detectors", nargs="+", default=["deviation"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33, 34])
    parser.add_argument("--incidents", type=json.loads, default={}, help="other rules, as JSON")
    parser.add_argument("--threshold", type=json.loads, default={}, help="another threshold, as JSON")
    return parser.parse_args()


def with_rules(fleet: FleetConfig, options: argparse.Namespace) -> FleetConfig:
    """Change some of a fleet's rules of incidents, and of its threshold."""
    written = fleet.model_dump(mode="json", exclude_unset=True)
    changes = {"incidents": options.incidents, "threshold": options.threshold}
    return FleetConfig.model_validate(written | {key: written.get(key, {}) | new for key, new in changes.items()})


def machines(options: argparse.Namespace, detector: str) -> Iterator[Scored]:
    """Score the test part of machines by what their train part taught, as the benchmark does."""
    rounds = import_module("anomaly_assets.pipelines.benchmark.suites.smd").rounds(options.data / "smd")
    for number in rounds:
        if options.units is None or number.name in options.units:
            yield scored_round(number, detector, options)


def scored_round(number: Round, detector: str, options: argparse.Namespace) -> Scored:
    """Learn, calibrate and score one round."""
    fleet, lesson = with_rules(number.recordings.fleet, options), number.lesson()
    bundle = with_threshold(fleet, learn(fleet, detector, lesson), lesson)
    windows = score_rows(bundle, number.judged())
    reference = {0: Reference.of(bundle.reference_scores)}
    return Scored(number.name, fleet, windows, number.recordings.labels, reference)


def simulations(options: argparse.Namespace, detector: str) -> Iterator[Scored]:
    """Simulate a fleet once for each seed, and let the pipelines score it."""
    for seed in options.seeds:
        with TemporaryDirectory() as home:
            yield scored_simulation(options, detector, seed, Path(home))


def scored_simulation(options: argparse.Namespace, detector: str, seed: int, home: Path) -> Scored:
    """Everything that happens to a fleet's files until they are scored."""
    path, tracking = Path(options.what), f"sqlite:///{home}/registry/mlflow.sqlite"
    platform = Platform(home=home, configs=path.parents[1], tracking_uri=tracking, warehouse=home / "warehouse.duckdb")
    fleet = with_rules(load_fleet(path), options)
    wanted = simulated.request(fleet, None, seed=seed)
    simulated.write(fleet, wanted, home / "raw")
    site, span = Site(platform, {fleet.fleet: home / "raw"}), Span(wanted.start, wanted.start + wanted.days * DAY)
    stage(site, fleet)
    for step in (clean_days, label_days, feature_days):
        step(site, fleet, span)
    train_detector(site, fleet, detector)
    version = calibrate_detector(site, fleet, detector).version
    score_days(site, fleet, span, version)  # type: ignore[arg-type]
    windows = site.warehouse.read(site.table(fleet, "scores")).filter(~pl.col("in_training"))
    labels = site.warehouse.read(site.table(fleet, "labels"))
    return Scored(f"seed {seed}", fleet, windows, labels, references(site, fleet, [version]))


def judge(scored: Scored) -> Judged:
    """Raise incidents of scored windows and hold them against the labels."""
    fleet, windows = scored.fleet, scored.windows
    raised = raised_of(scored)
    merged = episodes(windows, fleet.threshold.merge_gap)
    observed = unit_days(windows.filter(~label_windows(windows, scored.labels)))
    alarms = raised.alarms.filter(fate="incident")
    true = alarms.filter(label_windows(alarms, scored.labels))["incident_id"].unique()
    severities = raised.incidents.select("severity", true=pl.col("incident_id").is_in(true.implode()))
    false = int((~overlapping(merged, scored.labels)).sum()), int((~severities["true"]).sum())
    return Judged(
        windows=windows.height,
        anomalous=int(windows["is_anomaly"].sum()),
        merged=merged.height,
        incidents=raised.incidents.height,
        bursts=int(raised.incidents["bursts"].sum()),
        false=false,
        seen=seen(scored, raised),
        hits=hits(scored, raised),
        severities=severities,
        unit_days=observed,
        covered=unit_days_in(raised),
        up=unit_days_in(raised_of(without_recurring(scored))),
        time=unit_days(windows),
    )


def raised_of(scored: Scored, until: datetime | None = None) -> Raised:
    """Raise incidents of all windows, or as they stood at a moment."""
    windows = scored.windows
    start, end = windows["window_start"].min(), until or windows["window_end"].max()
    first_seen = windows.group_by("unit_id").agg(first_seen=pl.col("window_start").min())
    return raise_incidents(windows, scored.fleet, scored.references, start=start, end=end, first_seen=first_seen)  # type: ignore[arg-type]


def without_recurring(scored: Scored) -> Scored:
    """Let every time that an incident is up be one by itself."""
    rules = scored.fleet.incidents.model_copy(update={"recurs_within": None})
    return replace(scored, fleet=scored.fleet.model_copy(update={"incidents": rules}))


def unit_days_in(raised: Raised) -> float:
    """Time from the starts of incidents to their ends."""
    return float((raised.incidents["end"] - raised.incidents["start"]).dt.total_seconds().sum()) / 86_400


def overlapping(spans: pl.DataFrame, labels: pl.DataFrame) -> pl.Series:
    """Whether each span of a unit overlaps a labelled event."""
    return label_windows(spans.select("unit_id", window_start="start", window_end="end"), labels)


def seen(scored: Scored, raised: Raised) -> dict[str, tuple[bool, bool]]:
    """Which events alarms find, and which the alarms of incidents do."""
    kept = raised.alarms.filter(fate="incident").select(*KEY, kept=pl.lit(True))
    calmer = scored.windows.join(kept, on=KEY, how="left", maintain_order="left")
    calmer = calmer.with_columns(is_anomaly=pl.col("kept").fill_null(False))
    both = [judged_events(windows, scored.labels)["delay"].is_not_null() for windows in (scored.windows, calmer)]
    return {f"{scored.name}/{place}": pair for place, pair in enumerate(zip(*both, strict=True))}


def hits(scored: Scored, raised: Raised) -> dict[str, tuple[float, float, float, float]]:
    """Whether the most severe incident that alarms in an event names its root cause."""
    causes = scored.labels.filter(pl.col("sensor").is_not_null())
    found, named = {}, pl.concat_list("sensor_1", "sensor_2", "sensor_3").list.drop_nulls()
    for place, (unit, start, end) in enumerate(join_cut_labels(causes).iter_rows()):
        worst = worst_in(scored, raised, unit, start, end).with_columns(ranked_sensors=named)
        told = worst.with_columns(is_anomaly=pl.lit(True), window_start=pl.lit(start), window_end=pl.lit(end))
        mine = causes.filter(pl.col("unit_id") == unit, pl.col("start") < end, pl.col("end") > start)
        hit = diagnosis(told, mine, sensors=len(scored.fleet.feature_sensors))
        if hit.events:
            found[f"{scored.name}/{place}"] = (hit.hit_at_1, hit.hit_at_3, hit.chance_at_1, hit.chance_at_3)
    return found  # type: ignore[return-value]


def worst_in(scored: Scored, raised: Raised, unit: str, start: datetime, end: datetime) -> pl.DataFrame:
    """Give the most severe incident that alarms in an event, as it stood at the event's end; no row for none."""
    inside = raised.alarms.filter(pl.col("unit_id") == unit, pl.col("window_start") < end, pl.col("window_end") > start)
    names = inside["incident_id"].drop_nulls().unique()
    if names.is_empty():
        return raised.incidents.clear()
    stood = raised_of(replace(scored, windows=scored.windows.filter(unit_id=unit)), end).incidents
    return stood.filter(pl.col("incident_id").is_in(names.implode())).sort("severity", "peak_score").tail(1)


def tell(name: str, parts: list[Judged]) -> None:
    """Print what is known of some parts together."""
    anomalous, merged, incidents = (sum(getattr(p, n) for p in parts) for n in ("anomalous", "merged", "incidents"))
    days, bursts = sum(part.unit_days for part in parts), sum(part.bursts for part in parts)
    false = [sum(part.false[place] for part in parts) / days for place in (0, 1)]
    seen, hits = joined(part.seen for part in parts), joined(part.hits for part in parts)
    severities = pl.concat(part.severities for part in parts)
    print(f"{name}: {sum(part.windows for part in parts):,} windows, {len(seen)} events")
    print(f"  {anomalous:,} anomalous windows, {merged:,} merged alarms, {incidents:,} incidents", end="")
    print(f": {anomalous / max(1, incidents):.1f} windows an incident, {bursts / max(1, incidents):.1f} bursts each")
    covered, up, time = (sum(getattr(part, name) for part in parts) for name in ("covered", "up", "time"))
    print(f"  incidents are up for {up / time:.1%} of the time; from start to end they take {covered / time:.1%} of it")
    found = sum(by_alarms for by_alarms, _ in seen.values())
    print(
        f"  (one incident for each event that alarms find would be {anomalous / max(1, found):.1f} windows an incident)"
    )
    print(f"  event recall by alarms {sure(seen, 0)}, by incidents {sure(seen, 1)}")
    print(f"  false per unit and day: merged alarms {false[0]:.3g}, incidents {false[1]:.3g}")
    ranked = roc_auc(severities["true"], severities["severity"]) if severities["true"].n_unique() == 2 else None
    medians = {true: severities.filter(true=true)["severity"].median() for true in (True, False)}
    print(f"  median severity of true incidents {medians[True]}, of false ones {medians[False]}, AUC {ranked}")
    if hits:
        rates = [f"hit@{k} {sure(hits, p)} (chance {sure(hits, p + 2)})" for p, k in ((0, 1), (1, 3))]
        print(f"  of {len(hits)} events with a known cause and an incident: {', '.join(rates)}")


def joined(parts: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """Put dictionaries of different events together."""
    return {name: value for part in parts for name, value in part.items()}


def sure(values: dict[str, Any], place: int) -> str:
    """Mean over events with its interval."""
    found: Interval = bootstrap({name: float(value[place]) for name, value in values.items()})
    return f"{found.estimate:.2f} [{max(found.low, 0):.2f}, {min(found.high, 1):.2f}]" if values else "-"


if __name__ == "__main__":
    main()
