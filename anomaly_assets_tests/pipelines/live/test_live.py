"""A version in service: what it takes, what it leaves out, and what its answers mean."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anomaly_assets.errors import RegistryError, ReleaseError, ScoringError
from anomaly_assets.pipelines import Site, midnight, release
from anomaly_assets.pipelines.live import Ask, Live, open_live
from anomaly_assets_tests.pipelines.plant import Plant

from .ponds import ask_for

KEYS = ["unit_id", "window_start"]


@pytest.fixture(scope="module")
def untouched(original: Plant) -> Site:
    return original.site()


@pytest.fixture(scope="module")
def live(untouched: Site) -> Live:
    return open_live(untouched, "ponds")


@pytest.fixture(scope="module")
def week(original: Plant, untouched: Site, live: Live) -> Ask:
    unit = live.units[0]
    return ask_for(untouched, live, unit, midnight(original.day(12)), midnight(original.day(19)))


@pytest.fixture(scope="module")
def expected(original: Plant, untouched: Site, live: Live) -> pl.DataFrame:
    table = untouched.table(original.fleet, "scores")
    return untouched.warehouse.read(table, original.day(12), original.day(19), units=live.units[:1])


def told(live: Live, *asks: Ask) -> pl.DataFrame:
    return live.score(asks).select(*KEYS, "score", "threshold", "is_anomaly")


def test_a_week_of_readings_has_the_scores_of_the_table_to_the_bit(
    live: Live, week: Ask, expected: pl.DataFrame
) -> None:
    assert expected["is_anomaly"].any()
    assert told(live, week).equals(expected.select(*KEYS, "score", "threshold", "is_anomaly"))


def test_what_is_judged_without_a_table_is_what_the_table_says(live: Live, week: Ask) -> None:
    judged, table = live.judge([week, week]), live.score([week, week])
    assert table.height > 0 and table["is_anomaly"].any()
    for name in ("ask", "score", "threshold", "is_anomaly", "confidence"):
        assert getattr(judged, name).tolist() == table[name].to_list()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), days=st.integers(1, 6))
def test_any_order_of_readings_and_any_company_give_the_same(live: Live, week: Ask, seed: int, days: int) -> None:
    random = np.random.default_rng(seed)
    moments, place = np.unique(week.times, return_inverse=True)  # of two readings of one moment the later one counts
    order = np.argsort(random.permutation(len(moments))[place], kind="stable")
    shuffled = Ask(week.unit, week.times[order], week.readings[order], week.since, week.until)
    later = (week.since or 0) + days * 86_400_000_000
    reach = live.reach // timedelta(microseconds=1)
    near = week.times >= later - reach
    part = Ask(week.unit, week.times[near], week.readings[near], later, week.until)
    stranger = Ask("nobody", week.times[near], 3 * week.readings[near], later, week.until)
    both = live.score([stranger, shuffled, part])
    assert both.filter(ask=1).drop("ask").equals(live.score([week]).drop("ask"))
    assert (
        both.filter(ask=2)
        .drop("ask")
        .equals(live.score([week]).filter(pl.col("window_start") >= start_of(later)).drop("ask"))
    )


def start_of(moment: int) -> pl.Expr:
    return pl.lit(moment).cast(pl.Datetime("us", "UTC"))


def test_readings_after_the_end_are_not_looked_at(live: Live, week: Ask) -> None:
    until = (week.until or 0) - 86_400_000_000
    early = replace(week, until=until)
    kept = week.times < until
    assert live.score([early]).equals(
        live.score([Ask(week.unit, week.times[kept], week.readings[kept], week.since, until)])
    )
    assert live.score([early]).height < live.score([week]).height


def test_without_a_beginning_the_last_window_alone_is_meant(live: Live, week: Ask) -> None:
    one = live.score([replace(week, since=None)])
    assert one.drop("ask").equals(live.score([week]).tail(1).drop("ask"))


def test_readings_that_say_nothing_have_no_window(live: Live, week: Ask) -> None:
    silent = replace(week, readings=np.full_like(week.readings, np.nan))
    answered = live.score([silent, week])
    assert answered["ask"].unique().to_list() == [1]
    assert live.score([]).height == 0 and live.score([silent]).columns == live.score([]).columns


def test_impossible_readings_are_taken_out_and_harm_nobody(live: Live, week: Ask) -> None:
    spoilt = week.readings.copy()
    spoilt[-5:, 0] = 1e300
    assert live.score([replace(week, readings=spoilt)])["score"].is_finite().all()


def test_rows_of_another_width_are_refused_by_name(live: Live, week: Ask) -> None:
    with pytest.raises(ScoringError, match="oxygen, temperature"):
        live.score([replace(week, readings=week.readings[:, :1])])


def test_confidence_is_the_share_of_normal_windows_that_score_lower(untouched: Site, live: Live) -> None:
    normal = live.reference.ascending
    for share in (0.5, 0.9, 0.99):
        claimed = (live.confidence(normal) > share).mean()
        assert claimed == pytest.approx(1 - share, abs=2 / len(normal) + 0.01)
    far = live.confidence(np.array([normal[-1], 2 * normal[-1], 10 * normal[-1]]))
    assert (np.diff(far) > 0).all() and far[-1] <= 1
    assert live.confidence(normal[:1])[0] == pytest.approx(0, abs=1e-12)


def test_an_unknown_unit_is_scored_by_the_fleets_scales_and_changes_nobody_elses(live: Live, week: Ask) -> None:
    answers = live.score([replace(week, unit="new pond"), week])
    assert answers.filter(ask=1).drop("ask").equals(live.score([week]).drop("ask"))
    assert answers.filter(ask=0)["unit_id"].unique().to_list() == ["new pond"]


class TestWhichEngine:
    def test_is_the_package_where_the_version_was_released_and_the_bundle_elsewhere(self, plant: Plant) -> None:
        site = plant.site()
        assert open_live(site, "ponds").engine_name == "bundle"
        with pytest.raises(ReleaseError, match="anomaly-assets export ponds/deviation/1"):
            open_live(site, "ponds", engine="onnx")
        release(site, plant.fleet)
        assert open_live(site, "ponds").engine_name == "onnx"
        assert open_live(site, "ponds", engine="bundle").engine_name == "bundle"

    def test_a_package_of_another_training_is_not_taken_for_this_ones(self, plant: Plant) -> None:
        site = plant.site()
        made = release(site, plant.fleet).package.path / "manifest.json"
        made.write_text(made.read_text().replace('"fingerprint": "', '"fingerprint": "0'))
        assert open_live(site, "ponds").engine_name == "bundle"

    def test_a_damaged_package_is_refused_and_named(self, plant: Plant) -> None:
        site = plant.site()
        folder = release(site, plant.fleet).package.path
        (folder / "model.onnx").write_bytes(b"something else")
        with pytest.raises(ReleaseError, match=r"model.onnx was changed"):
            open_live(site, "ponds")

    def test_a_version_that_is_not_there_is_told_as_everywhere(self, untouched: Site) -> None:
        with pytest.raises(RegistryError, match="no model 'nobody'"):
            open_live(untouched, "ponds", "nobody")
