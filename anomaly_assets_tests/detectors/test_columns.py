"""Columns are read by their names: sensor, statistic, window."""

import numpy as np
import polars as pl
import pytest

from anomaly_assets.contracts import feature_columns
from anomaly_assets.detectors.columns import BLOCK, LIMIT, blocks, choose, selects, sensor_of
from anomaly_assets.errors import DetectorError
from anomaly_assets_tests.conftest import small_fleet


def frame_of(fleet_features: dict[str, object]) -> pl.DataFrame:
    names = feature_columns(small_fleet(features=fleet_features))
    return pl.DataFrame({"unit_id": ["u"]} | {name: [0.0] for name in names})


WIDE = frame_of(
    {
        "windows": {
            "1h": {"length": "1h", "statistics": ["mean", "min", "crest_factor", "z"]},
            "6h": {"length": "6h", "statistics": ["mean"]},
        },
        "lags": ["1m"],
        "calendar": ["hour_of_day", "day_of_year"],
    }
)


@pytest.mark.parametrize(
    ("statistics", "of_a"),
    [
        (("raw",), ["raw"]),
        (("mean",), ["mean_1h", "mean_6h"]),
        (("mean_6h",), ["mean_6h"]),
        (("crest_factor", "lag"), ["crest_factor_1h", "lag_1m"]),
        (("z",), ["z_1h"]),
        (None, ["raw", "mean_1h", "min_1h", "crest_factor_1h", "z_1h", "mean_6h", "lag_1m"]),
    ],
)
def test_statistics_choose_among_the_names_that_the_contract_gives(
    statistics: tuple[str, ...] | None, of_a: list[str]
) -> None:
    assert choose(WIDE, statistics) == tuple(f"{sensor}__{name}" for sensor in "ab" for name in of_a)


def test_the_calendar_takes_part_only_when_it_is_named() -> None:
    """A model that has seen one winter would find every summer strange."""
    assert not any("_of_" in name for name in choose(WIDE, None))
    assert choose(WIDE, ("calendar",)) == ("hour_of_day_sin", "hour_of_day_cos", "day_of_year_sin", "day_of_year_cos")


def test_a_sensor_with_two_underscores_keeps_its_name() -> None:
    assert sensor_of("temp__c__mean_1h") == "temp__c"
    assert selects("mean", "temp__c__mean_1h")
    assert sensor_of("hour_of_day_sin") is None


def test_statistics_that_no_feature_has_are_told() -> None:
    with pytest.raises(DetectorError, match="kurtosis"):
        choose(WIDE, ("kurtosis",))


def test_blocks_are_bounded_and_hold_every_row_in_order() -> None:
    frame = pl.DataFrame({"a__raw": np.arange(2.0 * BLOCK + 5), "b__raw": 1})
    parts = list(blocks(frame, ("b__raw", "a__raw")))
    assert [len(part) for part in parts] == [BLOCK, BLOCK, 5]
    assert (np.concatenate(parts)[:, 1] == np.arange(2.0 * BLOCK + 5)).all()


def test_what_a_detector_sees_is_bounded_so_that_squares_stay_finite() -> None:
    (block,) = blocks(pl.DataFrame({"a__raw": [1e300, -1e300, 2.0]}), ("a__raw",))
    assert block[:, 0].tolist() == [LIMIT, -LIMIT, 2.0]
    assert np.isfinite(block.astype(np.float32) ** 1).all()


def test_text_in_a_feature_column_is_told_by_name() -> None:
    with pytest.raises(DetectorError, match="a__raw"):
        list(blocks(pl.DataFrame({"a__raw": ["high", "low"]}), ("a__raw",)))
