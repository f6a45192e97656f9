"""What people are told of incidents and units as of now, and what they say to them."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from anomaly_assets.errors import IncidentError
from anomaly_assets.pipelines import Site
from anomaly_assets.pipelines.incidents import acknowledge, fleet_incidents, unit_states_now
from anomaly_assets_tests.incidents.scored import hour

from .scored import day, days, materialise, ponds, told

FLEET = ponds()


@pytest.fixture
def told_of(site: Site) -> Site:
    """A resolved incident of v, and one of u that is up at the end of the second day."""
    scores = told(site, u="0" * 44 + "9999", v="0" * 10 + "99" + "0" * 36)
    materialise(site, FLEET, scores, days(0, 20))
    return site


def listed(site: Site, **asked) -> list[tuple[str, str]]:
    return fleet_incidents(site, FLEET, **asked).select("unit_id", "state").rows()


def test_what_was_up_at_the_last_scored_window_is_open_years_later(told_of):
    assert listed(told_of) == [("u", "open"), ("v", "resolved")]
    assert listed(told_of, now=hour(48)) == listed(told_of)


@pytest.mark.parametrize(
    ("asked", "units"),
    [
        ({"state": "open"}, ["u"]),
        ({"unit": "v"}, ["v"]),
        ({"start": hour(12)}, ["u"]),
        ({"start": hour(11)}, ["u", "v"]),
        ({"end": hour(44)}, ["v"]),
        ({"start": hour(12), "end": hour(44)}, []),
        ({"state": "open", "unit": "v"}, []),
    ],
)
def test_incidents_are_asked_for_by_time_state_and_unit(told_of, asked, units):
    assert [unit for unit, _ in listed(told_of, **asked)] == units


def test_a_state_that_is_none_is_refused(told_of):
    with pytest.raises(IncidentError, match=r"closed.*open, acknowledged, resolved, expired"):
        fleet_incidents(told_of, FLEET, state="closed")


def test_who_acknowledges_first_is_named_from_then_on(told_of):
    name = fleet_incidents(told_of, FLEET, state="open")["incident_id"][0]
    row = acknowledge(told_of, FLEET, name, "Ada", "pump seen")
    assert (row["state"], row["acknowledged_by"], row["note"]) == ("acknowledged", "Ada", "pump seen")
    assert acknowledge(told_of, FLEET, name, "Grace", "me too")["acknowledged_by"] == "Ada"
    assert listed(told_of) == [("u", "acknowledged"), ("v", "resolved")]
    assert row["acknowledged_at"] > datetime.now(UTC) - timedelta(minutes=5)


def test_an_acknowledged_incident_stays_so_when_its_day_is_materialised_again_until_it_is_over(told_of):
    name = fleet_incidents(told_of, FLEET, state="open")["incident_id"][0]
    acknowledge(told_of, FLEET, name, "Ada")
    longer = told(told_of, u="0" * 44 + "9" * 10)
    materialise(told_of, FLEET, longer, days(1, 3))
    row = fleet_incidents(told_of, FLEET, unit="u").row(0, named=True)
    assert (row["incident_id"], row["state"], row["alarms"]) == (name, "acknowledged", 10)
    materialise(told_of, FLEET, told(told_of, u=" " * 54 + "0" * 30), days(3))
    assert listed(told_of, unit="u") == [("u", "resolved")]


def test_an_incident_that_is_none_is_not_acknowledged(told_of):
    with pytest.raises(IncidentError, match=r"no such incident.*0000.*anomaly-assets incidents ponds"):
        acknowledge(told_of, FLEET, "0000", "Ada")
    assert told_of.events.acknowledgements().is_empty()


def test_a_unit_is_told_about_instead_of_silence(site):
    fleet = ponds(warm_up="1d", longest="20h")
    table = site.table(fleet, "features")
    windows = site.warehouse.read(table)
    names, last = windows["unit_id"].unique().sort().to_list(), day(20)
    silent = pl.col("unit_id").eq(names[0]) & (pl.col("window_start") >= hour(19 * 24))
    lame = pl.col("unit_id").eq(names[1]) & (pl.col("window_start") >= hour(18 * 24))
    broken = [pl.when(lame).then(None).otherwise(name).alias(name) for name in table.dtypes if "temperature__" in name]
    fresh = windows.filter(unit_id=names[2]).tail(5).with_columns(unit_id=pl.lit("new"))
    known = pl.concat([windows.filter(~silent).with_columns(broken), fresh])
    site.warehouse.replace(table, known, day(0), last)
    materialise(site, fleet, told(site, **{names[2]: "0" * 440 + "9" * 40}), days(0, 20))
    states = dict(unit_states_now(site, fleet).select("unit_id", "state").rows())
    expected = ["silent", "degraded: sensor temperature missing", "lasting", "warming up"]
    assert states == dict(zip([*names, "new"], expected, strict=True))
    early = dict(unit_states_now(site, fleet, now=hour(12)).select("unit_id", "state").rows())
    assert set(early.values()) == {"warming up"}, "on the first day everybody does"


def test_a_fleet_without_scores_has_neither_incidents_nor_units(site):
    empty = ponds().model_copy(update={"fleet": "empty"})
    assert fleet_incidents(site, empty).is_empty()
    assert unit_states_now(site, empty).is_empty()
