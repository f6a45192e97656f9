"""A forecaster, its report and its baseline go into the registry and come back whole, or not at all."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from anomaly_assets import __version__
from anomaly_assets.config import ForecastWatch
from anomaly_assets.errors import RegistryError
from anomaly_assets.forecasting import Learnt, learn_forecaster
from anomaly_assets.monitoring import ForecastBaseline
from anomaly_assets.registry import Bundle, ForecastBundle, Manifest, Registry, forecaster_of

from ..forecasting.fleets import HOUR, START, readings, settings

FILES = (
    "forecaster/forecaster.json",
    "forecaster/forecaster.safetensors",
    "report.json",
    "baseline.json",
    "backtest.parquet",
    "forecasts.parquet",
    "grid.parquet",
)


@pytest.fixture(scope="session")
def learnt() -> Learnt:
    return learn_forecaster(readings(60), settings(), HOUR)


@pytest.fixture(scope="session")
def forecast(learnt: Learnt) -> ForecastBundle:
    manifest = Manifest(
        fleet="small",
        detector="forecaster",
        kind="global_boosting",
        features=("oxygen",),
        config_digest="0",
        fingerprint="0",
        code_version=__version__,
        created_at=START,
    )
    baseline = ForecastBaseline.of(learnt.report.forecasts, ForecastWatch())
    return ForecastBundle(learnt.forecaster, learnt.report, baseline, manifest)


@pytest.fixture
def saved(forecast: ForecastBundle, tmp_path: Path) -> Path:
    forecast.save(tmp_path / "deep" / "bundle")
    return tmp_path / "deep" / "bundle"


def test_what_is_loaded_forecasts_to_the_bit_and_says_the_same_of_itself(forecast: ForecastBundle, saved: Path) -> None:
    again, origin = ForecastBundle.load(saved), START + timedelta(days=50)
    ahead = [each.forecaster.forecast(readings(60), origin)[0] for each in (forecast, again)]
    assert_frame_equal(*ahead, check_exact=True)
    assert again.report.described() == forecast.report.described()
    for name in ("backtest", "forecasts", "grid"):
        assert_frame_equal(getattr(again.report, name), getattr(forecast.report, name), check_exact=True)
    assert again.baseline.to_json() == forecast.baseline.to_json()
    assert (again.manifest, again.test_start) == (forecast.manifest, forecast.report.splits["test_start"])


def test_nothing_in_it_is_pickled(saved: Path) -> None:
    assert {path.suffix for path in saved.rglob("*") if path.is_file()} == {".json", ".safetensors", ".parquet"}


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x")])
@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_file_that_is_missing_or_changed_is_named_with_the_way_out(
    saved: Path, name: str, spoil: Callable[[Path], None]
) -> None:
    spoil(saved / name)
    with pytest.raises(RegistryError, match=r"missing or damaged.*rollback FLEET\.forecaster") as raised:
        ForecastBundle.load(saved)
    assert name in str(raised.value)


def test_the_bundle_of_a_detector_is_none_of_a_forecaster(bundle: Bundle, tmp_path: Path) -> None:
    bundle.save(tmp_path / "bundle")
    with pytest.raises(RegistryError, match=r"holds no forecaster.*small/deviation.*small\.forecaster"):
        ForecastBundle.load(tmp_path / "bundle")


@pytest.mark.parametrize("name", ["report.json", "baseline.json"])
def test_one_of_another_version_of_the_platform_says_so(
    forecast: ForecastBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write = Path.write_text

    def other(path: Path, content: str, **options: str) -> int:
        return write(path, '{"splits": {}, "other": 1}' if path.name == name else content, **options)

    monkeypatch.setattr(Path, "write_text", other)
    forecast.save(tmp_path / "bundle")
    with pytest.raises(RegistryError, match=r"another version of the platform.*anomaly-assets train small"):
        ForecastBundle.load(tmp_path / "bundle")


def test_a_forecaster_has_versions_and_a_past_apart_from_its_fleets(
    registry: Registry, bundle: Bundle, forecast: ForecastBundle
) -> None:
    model = forecaster_of("apart")
    registry.register("apart", bundle, {}, {})
    for _ in range(2):
        registry.register(model, forecast, {"strategy": "direct"}, {"validation_rmse": 1.0})
    for number in (1, 2):
        registry.set_alias(model, "champion", number, f"because {number}")
    assert [version.name for version in registry.versions(model)] == ["forecaster/2", "forecaster/1"]
    assert [version.name for version in registry.versions("apart")] == ["deviation/1"]
    assert registry.alias("apart") is None
    assert registry.rollback(model).version == 1
    assert [change.version for change in registry.history(model)] == [1, 2, 1]
    loaded = registry.load(model, "champion", ForecastBundle)
    assert loaded is registry.load(model, 1, ForecastBundle)
    assert loaded.manifest.metrics == {"validation_rmse": 1.0}


def test_a_fleet_without_a_forecaster_is_told_how_to_make_one(registry: Registry) -> None:
    with pytest.raises(RegistryError, match=r"anomaly-assets train nothing\."):
        registry.load(forecaster_of("nothing"), "champion", ForecastBundle)
