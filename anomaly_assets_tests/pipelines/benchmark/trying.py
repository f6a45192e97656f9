"""Rounds of a suite, run with cheap detectors; no claim lives here."""

from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import polars as pl

from anomaly_assets.pipelines.benchmark.rounds import Round
from anomaly_assets.pipelines.benchmark.running import Result, run_round
from anomaly_assets.pipelines.benchmark.selecting import Decided, decide

CHEAP = ("deviation", "deviation_mean", "random_score", "always_alarm")
Found = dict[str, dict[str, Result]]


def rounds_of(suite: str, folder: Path, detectors: Iterable[str] = CHEAP) -> list[Round]:
    """A suite's rounds with a few of its detectors."""
    module = import_module(f"anomaly_assets.pipelines.benchmark.suites.{suite}")
    return [with_detectors(one, detectors) for one in module.rounds(folder)]


def with_detectors(one: Round, detectors: Iterable[str]) -> Round:
    fleet = one.recordings.fleet
    kept = {name: config for name, config in fleet.detectors.items() if name in set(detectors)}
    fleet = fleet.model_copy(update={"detectors": kept})
    return replace(one, recordings=replace(one.recordings, fleet=fleet))


def with_labels(one: Round, labels: pl.DataFrame) -> Round:
    return replace(one, recordings=replace(one.recordings, labels=labels))


def run(rounds: Iterable[Round]) -> Found:
    """Run every detector of every round; all of them must succeed."""
    found: Found = {}
    for one in rounds:
        results = list(run_round(one.recordings.fleet, one))
        failed = [result for result in results if not isinstance(result, Result)]
        assert failed == []
        found[one.name] = {result.detector: result for result in results if isinstance(result, Result)}
    return found


def decided(found: Found) -> dict[tuple[str, str], Decided]:
    """Decisions by round and detector, ``selected`` among them."""
    fleet = next(iter(next(iter(found.values())).values())).round.recordings.fleet
    return {(one.result.round.name, one.detector): one for one in decide(fleet, found)}


def told(one: Decided) -> pl.DataFrame:
    """What a decision says of each window."""
    return one.scored.select("unit_id", "window_start", "score", "threshold", "is_anomaly")
