"""A version in service says of every window what the assets say: asked one by one or at once, by bundle or package."""

import numpy as np
import polars as pl
import pytest

from anomaly_assets.pipelines.live import Live, open_live
from anomaly_assets.registry.release.discovery import exportable_kinds

from .asking import one_by_one, whole
from .rig import Rig

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

KEYS = ["unit_id", "window_start"]
WITHIN = {"bundle": 1e-9, "onnx": 1e-6}


def require_equal(told: pl.DataFrame, expected: pl.DataFrame, within: float) -> None:
    """The same windows, the same flags, the same thresholds, and scores that differ by no more than this share."""
    assert told.select(KEYS).equals(expected.select(KEYS)), "other windows"
    assert told["is_anomaly"].to_list() == expected["is_anomaly"].to_list()
    assert told["threshold"].equals(expected["threshold"])
    assert told["score"].to_numpy() == pytest.approx(expected["score"].to_numpy(), rel=within, abs=within)


@pytest.fixture(scope="module", params=("bundle", "onnx"))
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.mark.parametrize("kind", exportable_kinds())
class TestEveryExportableDetector:
    def test_scores_whole_recordings_as_the_assets_do(
        self, rig: Rig, by_assets: dict[str, pl.DataFrame], kind: str, engine: str
    ) -> None:
        live = opened(rig, kind, engine)
        told, expected = live.score(whole(rig)), by_assets[live.name]
        assert expected["is_anomaly"].any() and not expected["is_anomaly"].all()
        require_equal(told.sort(KEYS), expected, WITHIN[engine])

    def test_scores_single_windows_as_the_assets_do(
        self, rig: Rig, by_assets: dict[str, pl.DataFrame], kind: str, engine: str
    ) -> None:
        live = opened(rig, kind, engine)
        expected = by_assets[live.name]
        asks = one_by_one(rig, live, expected)
        require_equal(live.score(asks).sort(KEYS), expected, WITHIN[engine])

    def test_answers_alone_as_in_company(
        self, rig: Rig, by_assets: dict[str, pl.DataFrame], kind: str, engine: str
    ) -> None:
        live = opened(rig, kind, engine)
        asks = one_by_one(rig, live, by_assets[live.name].gather_every(17))
        together = live.score([*asks, *asks[:5]])[: len(asks)].drop("ask")
        alone = pl.concat([live.score([ask]) for ask in asks]).drop("ask")
        rounded = ["score", "confidence"] if engine == "onnx" else []
        assert alone.drop(rounded).equals(together.drop(rounded))
        for name in rounded:
            assert alone[name].to_numpy() == pytest.approx(together[name].to_numpy(), rel=1e-9, abs=1e-9)


def test_why_a_window_alarms_is_told_as_the_assets_tell_it(rig: Rig, by_assets: dict[str, pl.DataFrame]) -> None:
    live = opened(rig, "hotelling_t2_q", "onnx")
    expected = by_assets[live.name]
    told = live.score(whole(rig), explain=True).sort(KEYS)
    columns = [name for name in expected.columns if name not in {"scored_at", "score"}]
    assert told.select(columns).equals(expected.select(columns))
    assert told["sensor_1"].is_not_null().to_list() == expected["is_anomaly"].to_list()


def test_less_look_back_than_is_asked_for_gives_other_scores(rig: Rig, by_assets: dict[str, pl.DataFrame]) -> None:
    live = opened(rig, "deviation", "onnx")
    expected = by_assets[live.name]
    asks = one_by_one(rig, live, expected)
    short = [type(ask)(ask.unit, ask.times[-20:], ask.readings[-20:]) for ask in asks]
    assert not np.allclose(live.score(short)["score"], expected["score"]), "else the look-back would be for nothing"


def opened(rig: Rig, kind: str, engine: str) -> Live:
    live = open_live(rig.site, "rig", kind, engine)  # type: ignore[arg-type]
    assert live.engine_name == engine
    return live
