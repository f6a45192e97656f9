from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import build_detector
from anomaly_assets.detectors.rule_severity import RuleSeverity
from anomaly_assets.errors import DetectorError

START = datetime(2024, 1, 1, tzinfo=UTC)
RULES = ("raw", "z_1h", "mean_abs_z_2h", "std_1h", "unchanged_1h", "reversal_1h")
USUAL = {"z_1h": 0.5, "mean_abs_z_2h": 0.8, "std_1h": 0.2, "unchanged_1h": 0.05, "reversal_1h": 0.3}


def windows(days: int = 10, units: tuple[str, ...] = ("a", "b"), **said: Any) -> pl.DataFrame:
    """Hourly windows of one sensor: about 10 for unit a and 20 for unit b, two more at noon."""
    frames = []
    for place, unit in enumerate(units):
        rng = np.random.default_rng(place)
        hours = np.arange(24 * days)
        raw = 10.0 * (place + 1) + 2.0 * (hours % 24 == 12) + rng.choice([-0.1, 0.1], len(hours))
        start = pl.Series([START + timedelta(hours=int(hour)) for hour in hours], dtype=pl.Datetime("us", "UTC"))
        features = {f"do__{name}": said.get(name, USUAL.get(name)) for name in RULES[1:]}
        frame = pl.DataFrame({"unit_id": [unit] * len(hours), "window_start": start, "do__raw": raw})
        frames.append(frame.with_columns(pl.lit(v, pl.Float64).alias(name) for name, v in features.items()))
    return pl.concat(frames)


@pytest.fixture(scope="module")
def learnt() -> RuleSeverity:
    detector = RuleSeverity(min_rows=5)
    detector.fit(windows())
    return detector


def one(learnt: RuleSeverity, unit: str = "a", hour: int = 0, **said: Any) -> pl.DataFrame:
    row: dict[str, Any] = {"do__raw": 10.0} | {f"do__{name}": value for name, value in USUAL.items()}
    row |= {f"do__{name}": value for name, value in said.items()}
    keys = {"unit_id": [unit], "window_start": [START + timedelta(hours=hour)]}
    schema = {"window_start": pl.Datetime("us", "UTC")} | dict.fromkeys(row, pl.Float64)
    return learnt.kinds(pl.DataFrame(keys | {k: [v] for k, v in row.items()}, schema_overrides=schema))


@pytest.mark.parametrize(
    ("said", "kind", "severity"),
    [
        ({"z_1h": -3.5}, "point", 0.5),
        ({"z_1h": 2.0}, "point", 0.0),
        ({"mean_abs_z_2h": 2.0}, "collective", 0.5),
        ({"reversal_1h": 0.9}, "sensor_fault", 0.5),
        ({"std_1h": 0.45}, "sensor_fault", 0.5),
        ({"std_1h": 0.01, "unchanged_1h": 0.75}, "sensor_fault", 0.5),
        ({"std_1h": 0.03, "unchanged_1h": 1.0}, "sensor_fault", 0.0),
        ({"std_1h": 0.01, "unchanged_1h": 0.2}, "sensor_fault", 0.0),
        ({"z_1h": None, "mean_abs_z_2h": None, "std_1h": None, "raw": None}, "point", 0.0),
    ],
)
def test_severity_rises_straight_from_the_low_limit_to_the_high_one(
    learnt: RuleSeverity, said: dict[str, Any], kind: str, severity: float
) -> None:
    assert one(learnt, **said)[kind][0] == pytest.approx(severity, abs=1e-12)


def test_what_is_usual_is_told_by_the_units_own_hour(learnt: RuleSeverity) -> None:
    assert one(learnt, raw=12.0, hour=12)["contextual"][0] == 0.0
    assert one(learnt, raw=12.0, hour=11)["contextual"][0] == 1.0
    assert one(learnt, unit="b", raw=20.0)["contextual"][0] == 0.0
    assert one(learnt, unit="b", raw=10.0)["contextual"][0] == 1.0


def test_a_unit_never_seen_is_judged_by_all_units_together(learnt: RuleSeverity) -> None:
    assert one(learnt, unit="new", raw=15.0)["contextual"][0] == 0.0
    assert one(learnt, unit="new", raw=60.0)["contextual"][0] == 1.0


def test_an_hour_hardly_known_is_drawn_towards_the_whole_day() -> None:
    detector = RuleSeverity(min_rows=1000)
    detector.fit(windows())
    assert one(detector, raw=10.0)["contextual"][0] == 0.0
    sharp = RuleSeverity(min_rows=5)
    sharp.fit(windows())
    wide, narrow = detector.scale_[0, 0, 0], sharp.scale_[0, 0, 0]
    assert wide > 2 * narrow


def test_the_score_goes_beyond_what_is_shown(learnt: RuleSeverity) -> None:
    frame = windows(days=1, units=("a",), z_1h=11.0)
    assert learnt.score(frame) == pytest.approx(3.0)
    assert set(learnt.named_kinds(frame)) == {"point"}
    assert learnt.kinds(frame)["point"].to_list() == [1.0] * 24


def test_a_broken_sensor_is_named_before_what_it_breaks(learnt: RuleSeverity) -> None:
    frame = windows(days=1, units=("a",), z_1h=30.0, std_1h=2.0)
    assert set(learnt.named_kinds(frame)) == {"sensor_fault"}


def test_what_explains_the_severest_kind_is_named_once_it_is_half_as_severe(learnt: RuleSeverity) -> None:
    strange = windows(days=1, units=("a",)).with_columns(do__raw=pl.lit(40.0))
    for z, named in ((3.4, "contextual"), (3.6, "point")):
        assert set(learnt.named_kinds(strange.with_columns(do__z_1h=pl.lit(z)))) == {named}
    assert learnt.tell(strange).named.equals(learnt.named_kinds(strange))


def test_a_rule_that_is_left_out_needs_no_feature() -> None:
    point = RuleSeverity(collective=None, contextual=None, spread=None)
    frame = windows().select("unit_id", "window_start", "do__z_1h")
    assert point.needs == ("z_1h",)
    assert point.fit(frame).score(frame) == pytest.approx((0.5 - 2) / 3)


def test_a_feature_that_is_lacking_is_named() -> None:
    with pytest.raises(DetectorError, match="do__reversal_1h"):
        RuleSeverity().fit(windows().drop("do__reversal_1h"))
    with pytest.raises(DetectorError, match="low 5 must be less than high 2"):
        build_detector("rule_severity", {"point_limits": [5, 2]})


def test_limits_rise_where_ordinary_days_exceed_them() -> None:
    wild, plain = windows(std_1h=0.2), windows(std_1h=0.2)
    often = pl.int_range(pl.len()) % 10 == 0
    wild = wild.with_columns(do__std_1h=pl.when(often).then(1.2).otherwise(pl.col("do__std_1h")))
    eased, strict = RuleSeverity(ease=0.05, min_rows=5), RuleSeverity(min_rows=5)
    eased.fit(wild)
    strict.fit(wild)
    frame = plain.with_columns(do__std_1h=pl.lit(1.2))
    assert strict.kinds(frame)["sensor_fault"].min() == 1.0
    assert eased.kinds(frame)["sensor_fault"].max() == 0.0
    assert eased.ease_[0, 0].tolist() == pytest.approx([1, 1, 1, 1, 1, 4, 1])


def test_one_impossible_reading_is_a_severe_sensor_fault_and_none_is_nothing() -> None:
    frame = windows().with_columns(do__impossible_1h=pl.lit(0.0))
    told = RuleSeverity(impossible="impossible_1h", min_rows=5).fit(frame)
    one = frame.head(3).with_columns(do__impossible_1h=pl.Series([0.0, 1.0, 2.0]))
    assert told.kinds(one)["sensor_fault"].to_list() == [0.0, 1.0, 1.0]
    assert told.named_kinds(one)[1:].to_list() == ["sensor_fault"] * 2
    plain, beside = RuleSeverity(min_rows=5).fit(frame).score(one), told.score(one)
    assert beside[0] == plain[0], "where nothing was taken out the other rules speak as before"
    assert plain.max() < beside[1] < beside[2]
