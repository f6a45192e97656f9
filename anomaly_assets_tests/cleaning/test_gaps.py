"""Silence: filled for a bounded time, and marked where it ends."""

from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.contracts import QUALITY

from .readings import bits, clean_minutes, fleet_with, raw, said

IMPUTED, GAP = QUALITY["imputed"], QUALITY["gap"]


def test_nothing_is_filled_unless_asked():
    result = clean_minutes(raw([(0, 1.0), (3, 2.0)]), fleet_with())
    assert said(result) == {0: 1.0, 3: 2.0}
    assert bits(result) == {0: GAP, 3: GAP}


def test_a_short_gap_is_filled_whole_and_marked_reading_by_reading():
    result = clean_minutes(raw([(0, 1.0), (4, 2.0)]), fleet_with(impute_up_to="3m"), 0, 5)
    assert said(result) == {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0, 4: 2.0}
    assert bits(result) == {0: GAP, 1: IMPUTED, 2: IMPUTED, 3: IMPUTED, 4: 0}
    assert (result.counts["imputed"], result.counts["gaps"]) == (3, 1)


def test_a_long_gap_stays_empty_after_the_limit_and_its_end_is_marked():
    result = clean_minutes(raw([(0, 1.0), (9, 2.0)]), fleet_with(impute_up_to="3m"), 0, 10)
    assert said(result) == {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0, 9: 2.0}
    assert bits(result)[9] == GAP


def test_a_sensor_is_filled_beside_a_speaking_one():
    frame = raw([(m, 1.0 if m == 0 else None) for m in range(6)]).with_columns(b=5.0)
    result = clean_minutes(frame, fleet_with(impute_up_to="2m"), 0, 6)
    assert list(said(result).values()) == [1.0, 1.0, 1.0, None, None, None]
    assert result.counts["imputed"] == 2


def test_one_unit_never_fills_another():
    frame = raw([(5, 1.0)], unit="a").vstack(raw([(7, 2.0)], unit="b"))
    result = clean_minutes(frame, fleet_with(impute_up_to="20m"), 0, 10)
    assert result.cleaned.group_by("unit_id", maintain_order=True).agg("a").rows() == [
        ("a", [1.0] * 5),
        ("b", [2.0] * 3),
    ]


@given(st.sets(st.integers(0, 99), min_size=1), st.integers(1, 12))
def test_a_filled_reading_is_never_older_than_the_limit(minutes, limit):
    result = clean_minutes(raw([(m, float(m)) for m in sorted(minutes)]), fleet_with(impute_up_to=f"{limit}m"), 0, 120)
    expected = {}
    for m in range(120):
        older = [known for known in minutes if known <= m]
        if older and m - max(older) <= limit:
            expected[m] = float(max(older))
    assert said(result) == expected
