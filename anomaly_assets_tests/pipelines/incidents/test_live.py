"""What the listener raises stands beside what the asset raises, and gives way to it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest

from anomaly_assets.errors import IncidentError
from anomaly_assets.incidents import Raised, raise_incidents
from anomaly_assets.pipelines import Site
from anomaly_assets.pipelines.incidents import fleet_incidents, incident_days, keep_live, references
from anomaly_assets.pipelines.learning import raw_scores
from anomaly_assets.pipelines.train import lesson_of
from anomaly_assets_tests.incidents.scored import hour

from .scored import day, days, kept, materialise, ponds, told, write

FLEET = ponds()


def heard(site: Site, until: int, **units: str) -> Raised:
    """What a listener raises that has heard of these hours."""
    return raise_incidents(told(site, **units), FLEET, references(site, FLEET, [1]), start=hour(0), end=hour(until))


def sources(site: Site) -> list[tuple[str, str]]:
    return kept(site, FLEET).sort("unit_id").select("unit_id", "source").rows()


def test_the_references_are_the_normal_windows_of_the_champions_calibration(site):
    bundle = site.registry.load("ponds", 1)
    reference, held = (
        references(site, FLEET, [1, 1])[1],
        lesson_of(site, FLEET, bundle).part("resume", "end", unlabelled=True),
    )
    assert np.array_equal(reference.ascending, bundle.reference_scores)
    assert np.array_equal(reference.ascending, np.sort(raw_scores(bundle, held))) and held.count > 100
    with pytest.raises(IncidentError, match="version 99 of ponds"):
        references(site, FLEET, [99])


def test_a_model_that_is_gone_is_ranked_by_what_it_has_scored(site):
    scored = site.warehouse.read(site.table(FLEET, "scores"))
    lost = scored.with_columns(model_version=pl.lit(77, pl.Int64))
    site.warehouse.replace(site.table(FLEET, "scores"), lost, day(0), day(20))
    reference = references(site, FLEET, [77])[77]
    assert np.array_equal(reference.ascending, np.sort(lost.filter(~pl.col("is_anomaly"))["score"].to_numpy()))
    assert incident_days(site, FLEET, days(0, 20)).total > 0


def test_a_live_incident_is_there_before_its_day_is_scored_and_goes_on(site):
    write(site, FLEET, told(site, u=" "), days(0, 20))
    keep_live(site, FLEET, heard(site, 3, u="099").incidents)
    first = fleet_incidents(site, FLEET).row(0, named=True)
    assert (first["source"], first["state"], first["alarms"]) == ("live", "open", 2)
    keep_live(site, FLEET, heard(site, 5, u="09999").incidents)
    assert kept(site, FLEET).select("incident_id", "alarms").rows() == [(first["incident_id"], 4)]


def test_the_asset_wins_where_both_raise_the_same_and_leaves_the_others_alone(site):
    keep_live(site, FLEET, heard(site, 12, u="099000000000", v="000009990000").incidents)
    materialise(site, FLEET, told(site, u="0999" + "0" * 20, v="0" * 24), days(0))
    assert sources(site) == [("u", "scores"), ("v", "live")]
    keep_live(site, FLEET, heard(site, 12, u="099000000000", w="000000000099").incidents)
    assert sources(site) == [("u", "scores"), ("v", "live"), ("w", "live")]
    assert kept(site, FLEET).filter(unit_id="u")["alarms"].to_list() == [3], "what was scored is not told over"
    incident_days(site, FLEET, days(0))
    assert sources(site) == [("u", "scores"), ("v", "live"), ("w", "live")]


def test_a_live_incident_is_of_the_same_event_as_the_scored_ones(site):
    materialise(site, FLEET, told(site, u="0" * 23 + "9"), days(0))
    keep_live(site, FLEET, heard(site, 25, v="0" * 24 + "9").incidents)
    groups = kept(site, FLEET)["group_id"]
    assert groups.null_count() == 0 and groups.n_unique() == 1


def test_nothing_is_lost_when_the_asset_and_listeners_write_at_once(site):
    scores = told(site, u="0009" * 120)
    units = [f"live_{number}" for number in range(6)]

    def listen(unit: str) -> None:
        keep_live(site, FLEET, heard(site, 9, **{unit: "000000009"}).incidents)

    with ThreadPoolExecutor(4) as pool:
        asset = pool.submit(lambda: [materialise(site, FLEET, scores, days(number)) for number in range(6)])
        list(pool.map(listen, units))
        asset.result()
    rows = kept(site, FLEET)
    assert set(rows.filter(source="live")["unit_id"]) == set(units)
    again = site.warehouse.read(site.table(FLEET, "incidents")).drop("updated_at").filter(source="scores")
    incident_days(site, FLEET, days(0, 6))
    assert kept(site, FLEET).filter(source="scores").equals(again)
