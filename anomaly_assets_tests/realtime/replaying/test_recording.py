"""The installation's raw readings, as devices would have told them."""

from datetime import date
from itertools import pairwise

import pytest

from anomaly_assets.errors import IngestError
from anomaly_assets.realtime.replaying import Recording

from ..ponds import Ponds


def recorded(ponds: Ponds, first: date | None = None, last: date | None = None, **chosen: tuple[str, ...]) -> Recording:
    return Recording.of(ponds.fleet, ponds.site.source(ponds.fleet), first, last, **chosen)


def test_it_is_told_in_order_of_time(original: Ponds) -> None:
    told = list(recorded(original))
    assert len(told) == len(recorded(original)) > 4000
    assert all(before.time <= after.time for before, after in pairwise(told))
    assert {unit for unit, _, _ in told} == set(original.scores["unit_id"])
    assert all(told.values for told in told)


def test_days_and_units_may_be_chosen(original: Ponds) -> None:
    first, last = original.plant.day(3), original.plant.day(4)
    told = list(recorded(original, first, last, units=("unit_02",)))
    assert {one.unit for one in told} == {"unit_02"}
    assert {one.time.date() for one in told} == {first, last}


def test_days_without_a_reading_are_told_of(original: Ponds) -> None:
    with pytest.raises(IngestError, match=r"no recording of ponds to replay.*readings from 2024-03-01 to 2024-03-20"):
        recorded(original, date(2030, 1, 1))
