"""The windows a threshold is found on."""

import numpy as np
import pytest

from anomaly_assets.errors import ThresholdError

from .scored import calibration


def test_unit_days_are_the_time_covered_by_windows():
    assert calibration(np.zeros(2 * 1440), units=2).unit_days == 2.0
    assert calibration(np.zeros(3), minutes=1440).unit_days == 3.0
    assert calibration([]).unit_days == 0.0


def test_labelled_windows_are_no_normal_ones():
    normal = calibration([1, 2, 3], labels=[False, True, None]).normal()
    assert normal.scores.tolist() == [1, 3]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_are_no_numbers_are_refused(bad):
    with pytest.raises(ThresholdError, match="1 of 3"):
        calibration([1, bad, 2])


def test_columns_of_different_length_are_refused():
    with pytest.raises(ThresholdError, match="differ in length"):
        calibration([1, 2, 3], labels=[True])
