"""A fleet's file is understood whole or refused with the file, the key and what to do."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from anomaly_assets.config import FleetConfig, load_fleet, load_fleets
from anomaly_assets.errors import ConfigError

from ..conftest import small_fleet

SHIPPED = Path(__file__).parents[2] / "configs" / "fleets"


def written(folder: Path, name: str = "small", **changes: Any) -> Path:
    document = small_fleet().model_dump(mode="json", exclude_none=True) | {"fleet": name} | changes
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def test_every_shipped_fleet_is_understood() -> None:
    assert set(load_fleets(SHIPPED)) >= {
        "aquaculture",
        "bearings",
        "engine_vibration",
        "pump_loop",
        "river",
        "turbofan",
    }


def test_what_is_written_reads_back_as_the_same_fleet(tmp_path: Path) -> None:
    assert load_fleet(written(tmp_path)) == small_fleet()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"cleanning": {}}, ["small.yaml", "unknown key cleanning", "did you mean 'cleaning'?"]),
        ({"cleaning": {"outliers": {"sigma": 3}}}, ["cleaning.outliers.sigma", "'sigmas'"]),
        ({"sensors": {"a": {"rnage": [0, 1]}}}, ["sensors.a.rnage", "'range'"]),
        ({"sensors": {"a": {"range": [1, 0]}}}, ["sensors.a.range", "[lowest, highest]"]),
        ({"sampling": "7m"}, ["neither divides a day"]),
        ({"sampling": "soon"}, ["sampling", "no duration"]),
        ({"training": {"window": {"first": "2d", "trailing": "3d"}}}, ["exactly one of first"]),
        ({"source": {"format": "table", "folder": "x", "time_zone": "Mars/Base"}}, ["time_zone", "IANA"]),
        ({"detectors": {}}, ["detectors"]),
    ],
)
def test_a_mistake_is_told_with_file_key_and_remedy(tmp_path: Path, changes: dict[str, Any], told: list[str]) -> None:
    with pytest.raises(ConfigError) as mistake:
        load_fleet(written(tmp_path, **changes))
    assert all(part in str(mistake.value) for part in [*told, "small.yaml", "anomaly-assets check"])


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text().replace("sampling:", "# sampling:"), encoding="utf-8")
    with pytest.raises(ConfigError, match="key sampling is missing"):
        load_fleet(path)


def test_a_fleet_that_is_not_there_comes_with_those_that_are(tmp_path: Path) -> None:
    written(tmp_path, name="ponds")
    with pytest.raises(ConfigError, match=r"no fleet 'pond'.*ponds.*anomaly-assets init pond"):
        load_fleet(tmp_path / "pond.yaml")


@pytest.mark.parametrize(("text", "told"), [("a: [1", "is not YAML"), ("- 1\n", "holds no mapping"), ("", "mapping")])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "small.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        load_fleet(tmp_path / "small.yaml")


def test_yaml_can_not_run_code(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text("fleet: !!python/object/apply:os.getcwd []\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="is not YAML"):
        load_fleet(tmp_path / "small.yaml")


def test_a_file_and_its_fleet_have_one_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="names another fleet"):
        load_fleet(written(tmp_path).rename(tmp_path / "other.yaml"))


def test_a_fleet_can_not_be_changed() -> None:
    with pytest.raises(Exception, match="frozen"):
        small_fleet().fleet = "other"  # type: ignore[misc]


def test_the_lookback_reaches_the_longest_window_and_lag() -> None:
    fleet = small_fleet(features={"windows": {"w": {"length": "1h"}}, "lags": ["1m", "3h"]})
    assert fleet.lookback.total_seconds() == 3 * 3600
    assert isinstance(fleet, FleetConfig)


@pytest.mark.parametrize(("settings", "told"), [(["b"], "names b, sensors with role: setting are s"), (["x"], "x")])
def test_features_are_conditioned_on_settings_alone(settings: list[str], told: str) -> None:
    sensors = {"b": {}, "s": {"role": "setting"}}
    with pytest.raises(ValidationError, match=told):
        small_fleet(sensors=sensors, features={"conditioning": {"settings": settings}})


def test_a_fleet_without_settings_has_nothing_to_condition_on() -> None:
    with pytest.raises(ValidationError, match="role: setting are none"):
        small_fleet(features={"conditioning": {}})
