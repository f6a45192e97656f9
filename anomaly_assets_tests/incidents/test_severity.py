"""Severity says how much rarer a score is than the threshold, whatever else is scored beside it."""

import numpy as np
import polars as pl
import pytest

from anomaly_assets.errors import IncidentError
from anomaly_assets.incidents import Reference, severity

from .scored import hourly, raised, windows

REFERENCE = Reference.of(np.random.default_rng(0).exponential(size=20_000))


def of(scores, threshold=3.0, decades=1.0):
    return severity(REFERENCE, np.array(scores), np.full(len(scores), threshold), decades=decades)


def test_ten_times_rarer_is_fifty_and_a_hundred_times_seventy_five():
    once, twice = 3 + np.log(10), 3 + 2 * np.log(10)
    np.testing.assert_allclose(of([3.0, once, twice]), [0, 50, 75], atol=2)
    np.testing.assert_allclose(of([twice], decades=2.0), [50], atol=2)


def test_it_rises_with_the_score_beyond_the_highest_reference_too():
    steps = of(np.linspace(0, 40, 200))
    assert (np.diff(steps) >= 0).all() and steps.min() == 0 and steps.max() <= 100
    assert (np.diff(of(np.linspace(3.1, 15, 50))) > 0).all()


@pytest.mark.parametrize("scores", [[1.0], [2.0] * 50])
def test_references_that_hardly_vary_still_rank(scores):
    values = severity(Reference.of(np.array(scores)), np.array([0.0, 1e9]), np.array([2.0, 2.0]), decades=1.0)
    assert values[0] == 0 and values[1] == 100


@pytest.mark.parametrize("scores", [[], [1.0, np.nan]])
def test_references_that_rank_nothing_are_refused(scores):
    with pytest.raises(IncidentError, match="reference scores"):
        Reference.of(np.array(scores))


def test_an_incident_is_as_severe_as_its_severest_window_alone_or_in_company():
    alone = raised(windows("0790"), hourly()).incidents["severity"]
    company = raised(pl.concat([windows("0790"), windows("9999", unit="v")]), hourly()).incidents
    assert company.filter(unit_id="u")["severity"].equals(alone)
    assert alone[0] > raised(windows("0700"), hourly()).incidents["severity"][0] > 0
