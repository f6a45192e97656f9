"""A threshold as a value."""

import dataclasses
import json
import math

import numpy as np
import pytest

from anomaly_assets.errors import ThresholdError
from anomaly_assets.thresholds import Threshold, calibrate

from .scored import calibration


def found() -> Threshold:
    return calibrate("alarm_budget", {"per_unit_day": 5, "merge_gap": "15m"}, calibration(np.arange(3000.0)))


def test_equality_is_normal():
    threshold = dataclasses.replace(found(), value=2.0)
    assert threshold.flags(np.array([1.0, 2.0, np.nextafter(2.0, 3.0)])).tolist() == [False, False, True]


def test_it_survives_json_exactly():
    assert Threshold.from_json(json.loads(json.dumps(found().to_json()))) == found()


def test_it_can_not_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        found().value = 3.0


@pytest.mark.parametrize("damage", [{"value": "high"}, {"start": "once"}, {"extra": 1}])
def test_a_damaged_file_is_told_as_such(damage):
    with pytest.raises(ThresholdError, match="damaged"):
        Threshold.from_json(found().to_json() | damage)


def test_a_missing_key_is_told_as_such():
    with pytest.raises(ThresholdError, match="damaged"):
        Threshold.from_json({"value": 1.0})


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_only_a_finite_number_is_a_threshold(value):
    with pytest.raises(ThresholdError, match="finite"):
        dataclasses.replace(found(), value=value)
