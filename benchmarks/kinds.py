"""Whether kinds of anomaly are named right: a synthetic fleet, faults of every kind, and what their alarms are called.

    python benchmarks/kinds.py configs/fleets/aquaculture.yaml --seeds 21 22 23

The fleet's own cleaning, features, detector and threshold, learnt before anything goes wrong; counted is what comes
after. The truth is told by the faults themselves (synthetic.SHOWN_AS); what is of no kind, as a dropout, doesn't count.
"""

import argparse
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from anomaly_assets.cleaning import clean
from anomaly_assets.config import FleetConfig, load_fleet
from anomaly_assets.contracts import tables
from anomaly_assets.evaluation import named_events
from anomaly_assets.features import build_features
from anomaly_assets.pipelines import score_features
from anomaly_assets.pipelines.learning import Lesson, learn, with_profile, with_threshold
from anomaly_assets.synthetic import SHOWN_AS, simulate

FIRST, DAY = date(2024, 3, 1), timedelta(days=1)
BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
DAYS_KEPT_FOR_THRESHOLD = 0.3


def main() -> None:
    """Print what faults were taken for, and how many names are right."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("fleet", type=Path)
    parser.add_argument("--detector", default="rule_severity")
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22, 23, 24])
    options = parser.parse_args()
    fleet = load_fleet(options.fleet)
    named = pl.concat([named_faults(fleet, options.detector, seed) for seed in options.seeds])
    report(named)


def named_faults(fleet: FleetConfig, detector: str, seed: int) -> pl.DataFrame:
    """Every fault of a simulation, its truth, and the kind that its alarm is named after."""
    days, quiet = fleet.simulation.days, fleet.simulation.quiet
    recording = simulate(fleet, FIRST, days, seed)
    source = {"source_file": pl.lit("simulated"), "source_row": pl.int_range(pl.len(), dtype=pl.Int64)}
    raw = tables(fleet)["raw_readings"].align(recording.readings.with_columns(**source))
    cleaned = clean(raw, fleet, BEGIN, BEGIN + days * DAY).cleaned
    windows = build_features(cleaned, fleet, BEGIN, BEGIN + days * DAY)
    split = BEGIN + quiet * (1 - DAYS_KEPT_FOR_THRESHOLD)
    ends = {"start": BEGIN, "split": split, "resume": split, "end": BEGIN + quiet}
    moments = [pl.lit(value).cast(pl.Datetime("us", "UTC")).alias(name) for name, value in ends.items()]
    spans = windows.select(pl.col("unit_id").unique().sort()).with_columns(moments)
    lesson = Lesson(windows, tables(fleet)["labels"].empty(), spans, {})
    bundle = with_profile(fleet, with_threshold(fleet, learn(fleet, detector, lesson), lesson), lesson)
    scores = score_features(bundle, windows.filter(pl.col("window_start") >= BEGIN + quiet))
    truth = pl.col("failure_type").replace_strict(SHOWN_AS, default=None)
    events = recording.events.with_columns(truth=truth).drop_nulls("truth")
    return named_events(scores, events, fleet.threshold.merge_gap).with_columns(seed=pl.lit(seed))


def report(named: pl.DataFrame) -> None:
    """Print counts per fault and the share of names that are right."""
    seen = named.drop_nulls("anomaly_kind")
    table = named.with_columns(pl.col("anomaly_kind").fill_null("(not seen)")).pivot(
        "anomaly_kind", index=["failure_type", "truth"], values="unit_id", aggregate_function="len", sort_columns=True
    )
    with pl.Config(tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, tbl_cols=-1, tbl_rows=-1):
        print(table.fill_null(0).sort("truth", "failure_type"))
    right = seen["anomaly_kind"] == seen["truth"]
    print(f"{seen.height} of {named.height} faults seen; {right.sum()} named right: {right.mean():.1%}")


if __name__ == "__main__":
    main()
