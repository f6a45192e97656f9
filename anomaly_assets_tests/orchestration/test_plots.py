"""The picture of scores: one line for a threshold that stays, one for each unit where it moves."""

from datetime import UTC, datetime

import dagster as dg
import polars as pl
import pytest

from anomaly_assets.orchestration import plots


def scored(*thresholds: float) -> pl.DataFrame:
    hours = [datetime(2024, 3, 1, hour, tzinfo=UTC) for hour in range(len(thresholds))]
    both = [
        pl.DataFrame({"window_start": hours, "threshold": thresholds}).with_columns(unit_id=pl.lit(u)) for u in "ab"
    ]
    return pl.concat(both).with_columns(score=pl.col("threshold") * 0.5)


@pytest.mark.parametrize(("thresholds", "lines"), [((2.0, 2.0, 2.0), 3), ((2.0, 2.5, 3.0), 4)])
def test_a_threshold_that_moves_is_drawn_beside_each_unit(
    thresholds: tuple[float, ...], lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    make = plots.figure

    def figure(height: float = 2.6) -> tuple[object, object]:
        drawn, axes = make(height)
        seen.append(axes)
        return drawn, axes

    monkeypatch.setattr(plots, "figure", figure)
    found = plots.score_plot(scored(*thresholds))
    assert isinstance(found, dg.MarkdownMetadataValue) and "image/png" in found.value
    assert len(seen[0].lines) == lines
    assert plots.score_plot(scored()) is None
