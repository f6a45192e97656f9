"""Measurements broken down."""

from datetime import UTC, datetime

import polars as pl
import pytest

from anomaly_assets.errors import EvaluationError
from anomaly_assets.evaluation import (
    NOT_ENOUGH,
    buckets,
    by_stratum,
    cold_start_days,
    failure_types,
    lead_buckets,
    measure,
    missing_shares,
    seasons,
)

from .windows import HOUR, failing, labels, noisy_fleet, scored, windows

SETTINGS = {"merge_gap": HOUR, "buffer": 2, "resamples": 0}


def test_a_stratum_is_measured_as_its_windows_would_be_alone():
    fleet, known = noisy_fleet(6, 100)
    modes = fleet.with_columns(mode=pl.when(pl.col("unit_id") < "u03").then(pl.lit("idle")).otherwise(pl.lit("busy")))
    found = by_stratum(modes, known, "mode", **SETTINGS)
    assert list(found) == ["busy", "idle"]
    assert found["idle"] == measure(modes.filter(mode="idle"), known, **SETTINGS)


def test_few_events_give_a_text_instead_of_numbers():
    fleet, known = noisy_fleet(2, 100)
    assert by_stratum(fleet, known, "unit_id", **SETTINGS) == {"u00": NOT_ENOUGH, "u01": NOT_ENOUGH}
    assert by_stratum(fleet, known, "unit_id", min_events=2, **SETTINGS)["u00"].events == 2


def test_failure_types_share_the_normal_windows_and_not_each_others_events():
    flags, spans = "xx...xx...", ([(0, 1)], [(5, 6)])
    known = pl.concat([labels(*spans[0]), labels(*spans[1]).with_columns(failure_type=pl.lit("leak"))])
    kinds = failure_types(scored(flags), known)
    assert kinds.to_list() == ["fault", *[None] * 4, "leak", *[None] * 4]
    found = by_stratum(scored(flags), known, kinds, min_events=1, **SETTINGS)
    assert {name: (m.windows, m.events, m.precision) for name, m in found.items()} == {
        "fault": (9, 1, 1 / 3),
        "leak": (9, 1, 1 / 3),
    }


def test_a_column_without_a_value_is_a_stratum_of_its_own():
    modes = scored("x..").with_columns(mode=pl.Series(["a", None, "a"]))
    assert list(by_stratum(modes, labels((0, 1)), "mode", **SETTINGS)) == ["a", "unknown"]


def test_leads_fall_into_buckets_up_to_their_edge():
    known = pl.concat([failing((1, 6, 5)), labels((8, 9))])
    found = lead_buckets(windows("." * 10), known, [HOUR, 3 * HOUR]).to_list()
    over, between, near = "3: over 3 h", "2: 1 h to 3 h", "1: up to 1 h"
    none = "no failure time"
    assert found == [None, between, between, near, near, none, None, None, none, None]
    assert lead_buckets(windows("." * 10), failing((0, 9, 9)), [HOUR, 3 * HOUR])[0] == over


def test_seasons_are_named_by_their_months():
    months = pl.DataFrame({"window_start": [datetime(2024, m, 9, tzinfo=UTC) for m in range(1, 13)]})
    names = ["Dec-Feb", "Mar-May", "Jun-Aug", "Sep-Nov"]
    assert seasons(months).to_list() == [names[m % 12 // 3] for m in range(1, 13)]


def test_age_is_counted_from_each_units_first_window():
    late = windows(" " * 30 + "." * 30, unit="v")
    ages = cold_start_days(pl.concat([windows("." * 30), late]), edges=(1,)).to_list()
    assert ages == (["1: up to 1 d"] * 25 + ["2: over 1 d"] * 5) * 2


def test_missing_shares_and_any_other_number_can_be_strata():
    assert missing_shares(pl.Series([0.0, 0.05, 0.1, 1.0, None])).to_list() == [
        "1: up to 0 %",
        "2: 0 % to 5 %",
        "3: 5 % to 20 %",
        "4: over 20 %",
        None,
    ]
    assert buckets(pl.Series([7]), [5], ["five"]).to_list() == ["2: over five"]


@pytest.mark.parametrize("stratum", ["nowhere", pl.Series(["a"])])
def test_a_stratum_that_does_not_fit_is_refused(stratum):
    with pytest.raises(EvaluationError, match="strat"):
        by_stratum(scored("..."), labels(), stratum, **SETTINGS)
