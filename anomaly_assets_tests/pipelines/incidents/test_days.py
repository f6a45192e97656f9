"""However days are cut, in whatever order, and however often: the table says what all scores together say."""

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.pipelines import Site, Span
from anomaly_assets.pipelines.incidents import incident_days
from anomaly_assets_tests.pipelines.plant import Plant

from .scored import day, days, kept, materialise, ponds, told, write

DAYS = 9
HOURS = DAYS * 24
STRETCH = st.tuples(st.sampled_from(["0", "0", "5", "9", " ", "0009", "6059"]), st.integers(1, 30)).map(
    lambda of: of[0] * of[1]
)
SCORES = st.lists(STRETCH, min_size=8, max_size=40).map(lambda parts: "".join(parts)[:HOURS].ljust(HOURS, "0"))
RULES = st.fixed_dictionaries(
    {
        "hold_off": st.sampled_from([None, "5h"]),
        "longest": st.sampled_from(["6h", "20h"]),
        "alarms": st.sampled_from([1, 2]),
        "of": st.just(3),
        "severe": st.sampled_from([None, 80]),
        "recurs_within": st.sampled_from([None, "6h"]),
    }
)
BLAMED = st.lists(st.sampled_from(["a", "ab", "b", "aaaaaaab"]), min_size=3, max_size=9).map("".join)
WORK = st.lists(
    st.tuples(st.integers(0, DAYS - 1), st.integers(1, 3), st.booleans()), min_size=0, max_size=6
)  # from which day, how many, and whether what is scored then is wrong


@settings(max_examples=12)
@given(SCORES, SCORES, SCORES, BLAMED, RULES, WORK, st.permutations(range(DAYS)))
def test_any_cutting_in_any_order_and_again_gives_the_same_incidents(
    original: Plant, one: str, other: str, wrong: str, blamed: str, rules: dict, work: list, order: list[int]
) -> None:
    site, fleet = original.twin(), ponds(**rules)
    right, mistaken = (
        blaming(told(site, **units), blamed) for units in ({"u": one, "v": other}, {"u": wrong, "v": one})
    )
    for first, length, spoilt in work:
        materialise(site, fleet, mistaken if spoilt else right, days(first, min(first + length, DAYS)))
    for number in order:
        materialise(site, fleet, right, days(number))
    whole = original.twin()
    materialise(whole, fleet, right, days(0, DAYS))
    assert_frame_equal(kept(site, fleet), kept(whole, fleet))


def blaming(scores: pl.DataFrame, sensors: str) -> pl.DataFrame:
    """Let the sensors be to blame one after the other, and again."""
    names = [sensors[place % len(sensors)] for place in range(scores.height)]
    return scores.with_columns(sensor_1=pl.Series(names, dtype=pl.String))


def test_what_comes_back_on_a_later_day_is_told_on_the_day_on_which_it_began(original: Plant) -> None:
    site, fleet = original.twin(), ponds(longest="3d", recurs_within="20h")
    scores = blaming(told(site, u="0" * 20 + "9" + "0" * 15 + "9" + "0" * 11), "a")
    first = materialise(site, fleet, scores, days(0))
    second = materialise(site, fleet, scores, days(1))
    row = kept(site, fleet).row(0, named=True)
    assert (first.rows, second.rows, kept(site, fleet).height) == ({day(0): 1}, {}, 1)
    assert (row["state"], row["bursts"], row["end"] - row["start"]) == ("resolved", 2, timedelta(hours=17))
    calm = scores.filter(pl.col("window_start").dt.date() < day(1))
    materialise(site, fleet, calm, days(1))
    assert kept(site, fleet).row(0, named=True)["bursts"] == 1


class TestADay:
    @pytest.fixture
    def site(self, original: Plant) -> Site:
        return original.twin()

    def test_goes_on_with_the_incident_of_the_day_before(self, site):
        fleet, scores = ponds(), told(site, u="0" * 20 + "9" * 8 + "0" * 20)
        first = materialise(site, fleet, scores, days(0))
        assert (kept(site, fleet)["state"].to_list(), first.counts["open"]) == (["open"], 1)
        second = materialise(site, fleet, scores, days(1))
        row = kept(site, fleet).row(0, named=True)
        assert (row["state"], row["alarms"], row["end"] - row["start"]) == ("resolved", 8, timedelta(hours=8))
        assert (first.rows, second.rows) == ({day(0): 1}, {}), "it belongs to the day on which it began"

    def test_that_no_longer_alarms_takes_its_incidents_away_and_no_others(self, site):
        fleet = ponds()
        scores = told(site, u="9" + "0" * 29 + "9" + "0" * 17, v="0" * 40 + "9" + "0" * 7)
        materialise(site, fleet, scores, days(0, 2))
        assert kept(site, fleet).height == 3
        calm = scores.filter(pl.col("window_start").dt.date() < day(1))
        materialise(site, fleet, calm, days(1))
        assert kept(site, fleet)["unit_id"].to_list() == ["u"]

    def test_that_is_materialised_again_changes_not_a_bit(self, site):
        fleet, scores = ponds(), told(site, u="0009" * 12, v="9059" * 12)
        materialise(site, fleet, scores, days(0, 2))
        before = site.warehouse.read(site.table(fleet, "incidents"))
        materialise(site, fleet, scores, days(1))
        assert_frame_equal(site.warehouse.read(site.table(fleet, "incidents")), before)
        materialise(site, fleet, told(site, u="9" * 48), days(0, 2))
        assert site.warehouse.read(site.table(fleet, "incidents"))["updated_at"].min() > before["updated_at"].max()

    def test_closes_what_was_open_when_the_days_between_were_never_scored(self, site):
        fleet = ponds()
        materialise(site, fleet, told(site, u="0" * 20 + "9999"), days(0))
        assert kept(site, fleet)["state"].to_list() == ["open"]
        materialise(site, fleet, told(site, u=" " * 144 + "0" * 24), days(6))
        assert kept(site, fleet)["state"].to_list() == ["resolved"]

    def test_of_the_middle_of_a_long_history_leaves_what_is_far_from_it(self, site):
        fleet, hours = ponds(), 60 * 24
        scores = told(site, u=("0" * 40 + "99") * (hours // 42))
        materialise(site, fleet, scores, days(0, 60))
        asked: list = []
        reading = site.warehouse.read
        site.warehouse.read = lambda table, *bounds, **rest: (  # type: ignore[method-assign]
            asked.append((table.name, bounds)) or reading(table, *bounds, **rest)
        )
        incident_days(site, fleet, days(30))
        (first, last) = next(
            bounds for name, bounds in asked if name == "scores" and len(bounds) == 2 and bounds[0] != day(59)
        )
        assert (last - first).days <= 5, "only what may matter is read"

    def test_without_scores_is_empty(self, site):
        fleet = ponds()
        assert incident_days(site, fleet, days(0, 3)).total == 0
        materialise(site, fleet, told(site, u="9" * 24), days(0))
        write(site, fleet, told(site, u=" "), days(0))
        incident_days(site, fleet, days(0))
        assert kept(site, fleet).is_empty()


def test_units_that_start_together_are_one_event_of_the_fleet_whenever_their_days_come(original: Plant) -> None:
    site, fleet = original.twin(), ponds()
    scores = told(site, u="0" * 24 + "9" + "0" * 23, v="0" * 23 + "9" + "0" * 24, w="9" + "0" * 47)
    for number in (1, 0):
        materialise(site, fleet, scores, days(number))
    groups = dict(kept(site, fleet).select("unit_id", "group_id").iter_rows())
    assert groups["u"] == groups["v"] is not None and groups["w"] is None


def test_pieces_that_fit_in_less_memory_give_the_same(original: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet, whole, cut = ponds(), original.twin(), original.twin()
    scores = told(whole, u="000" + "0009" * 40 + "0" * 53, v="9059" * 54)
    at_once = materialise(whole, fleet, scores, days(0, DAYS))
    monkeypatch.setattr(Span.chunks, "__defaults__", (60,))
    in_pieces = materialise(cut, fleet, scores, days(0, DAYS))
    assert_frame_equal(kept(cut, fleet), kept(whole, fleet))
    assert (in_pieces.rows, in_pieces.counts, in_pieces.reduction) == (
        at_once.rows,
        at_once.counts,
        at_once.reduction,
    )
    assert at_once.reduction.alarms == scores["is_anomaly"].sum()


def test_what_was_counted_is_what_became_of_the_alarms(original: Plant) -> None:
    site, fleet = original.twin(), ponds(alarms=2, of=2)
    written = materialise(site, fleet, told(site, u="9900900099"), days(0))
    assert written.counts == {"alarms_incident": 4, "alarms_not_persistent": 1, "alarming": 5, "open": 1}
    assert written.reduction.per_incident == 2.5
