"""What goes wrong is named rightly: faults of every kind of anomaly, from readings to the names of alarms."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import polars as pl

from anomaly_assets.config import FleetConfig
from anomaly_assets.config.severity import KINDS
from anomaly_assets.contracts import tables
from anomaly_assets.evaluation import named_events
from anomaly_assets.features import build_features
from anomaly_assets.pipelines import score_features
from anomaly_assets.pipelines.learning import Lesson, learn, with_profile, with_threshold
from anomaly_assets.synthetic import SHOWN_AS, simulate

from ..conftest import small_fleet

DAY, DAYS, QUIET, BEGIN = timedelta(days=1), 16, 10, datetime(2024, 3, 1, tzinfo=UTC)
FAULTS = (
    {"kind": "spike", "magnitude": 12, "duration": "1m"},
    {"kind": "point", "magnitude": 6, "duration": "3m"},
    {"kind": "collective", "magnitude": 6, "duration": "6h"},
    {"kind": "contextual", "duration": "1d"},
    {"kind": "level_shift", "magnitude": 6, "duration": "12h"},
    {"kind": "stuck", "duration": "6h"},
    {"kind": "noise_burst", "magnitude": 4, "duration": "6h"},
)


@lru_cache
def tanks() -> FleetConfig:
    """Six tanks by the minute, every fault in each of them; stuck is what stands still for half an hour to an hour."""
    statistics = {"1h": ["z", "std", "reversal"], "2h": ["mean_abs_z"], "6h": ["unchanged"]}
    params = {"unchanged": "unchanged_6h", "stuck_limits": [0.0833, 0.1667]}
    return small_fleet(
        sampling="1m",
        sensors={"oxygen": {}},
        features={"windows": {name: {"length": name, "statistics": of} for name, of in statistics.items()}, "lags": []},
        training={"window": {"first": f"{QUIET}d"}},
        detectors={"rule_severity": {"kind": "rule_severity", "params": params}},
        threshold={"method": "alarm_budget", "params": {"per_unit_day": 0.05}, "merge_gap": "1h"},
        simulation={
            "days": DAYS,
            "units": 6,
            "levels": {"oxygen": 9.0},
            "scales": {"oxygen": 0.35},
            "daily": 2.0,
            "noise": 0.3,
            "quiet": f"{QUIET}d",
            "faults": [fault | {"share": 1.0} for fault in FAULTS],
        },
    )


@lru_cache
def named(seed: int) -> pl.DataFrame:
    """Every fault and what its alarm is called, by what was learnt before anything went wrong."""
    recording = simulate(tanks(), date(2024, 3, 1), DAYS, seed)
    windows = build_features(recording.readings, tanks(), BEGIN, BEGIN + DAYS * DAY)
    ends = {"start": BEGIN, "split": BEGIN + 7 * DAY, "resume": BEGIN + 7 * DAY, "end": BEGIN + QUIET * DAY}
    moments = [pl.lit(value).cast(pl.Datetime("us", "UTC")).alias(name) for name, value in ends.items()]
    spans = windows.select(pl.col("unit_id").unique().sort()).with_columns(moments)
    lesson = Lesson(windows, tables(tanks())["labels"].empty(), spans, {})
    learnt = with_threshold(tanks(), learn(tanks(), "rule_severity", lesson), lesson)
    scores = score_features(
        with_profile(tanks(), learnt, lesson), windows.filter(pl.col("window_start") >= BEGIN + QUIET * DAY)
    )
    events = recording.events.with_columns(truth=pl.col("failure_type").replace_strict(SHOWN_AS))
    return named_events(scores, events, tanks().threshold.merge_gap)


def test_most_faults_of_every_kind_are_seen_and_the_kind_is_right_for_85_percent_of_them() -> None:
    faults = named(3)
    seen = faults.drop_nulls("anomaly_kind")
    assert set(faults["truth"]) == set(KINDS)
    for kind in KINDS:
        assert seen.filter(truth=kind).height >= 0.5 * faults.filter(truth=kind).height, kind
    assert (seen["anomaly_kind"] == seen["truth"]).mean() >= 0.85


def test_names_are_not_right_by_their_frequencies() -> None:
    """Negative control: the commonest name for everything is wrong for more than half of the faults."""
    assert named(3)["truth"].value_counts()["count"].max() < 0.5 * named(3).height
