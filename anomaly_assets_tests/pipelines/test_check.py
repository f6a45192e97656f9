from pathlib import Path

import pytest

from anomaly_assets.config import Platform
from anomaly_assets.errors import ConfigError
from anomaly_assets.pipelines import check_fleets

GOOD = """
fleet: {name}
sampling: 1m
source: {{format: table, folder: raw}}
sensors: {{a: {{}}, b: {{}}}}
training: {{window: {{first: 2d}}}}
detectors: {{deviation: {{kind: deviation}}}}
"""


@pytest.fixture
def site(tmp_path: Path) -> Platform:
    (tmp_path / "fleets").mkdir()
    return Platform(home=tmp_path / "home", configs=tmp_path, tracking_uri="", warehouse=tmp_path / "w.duckdb")


def _fleet(site: Platform, name: str, *changes: tuple[str, str]) -> None:
    text = GOOD.format(name=name)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (site.configs / "fleets" / f"{name}.yaml").write_text(text)


def test_a_good_fleet_has_no_faults(site: Platform) -> None:
    _fleet(site, "good")
    (looked,) = check_fleets(site)
    assert (looked.name, looked.faults, looked.features) == ("good", (), 2)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("format: table", "format: tabel"), "tabel"),
        (("folder: raw", "folder: raw, options: {tme: t}"), "tme"),
        (("folder: raw", "folder: raw, unit: {by: column}"), "source.unit.column"),
        (("kind: deviation", "kind: devation"), "devation"),
        (("kind: deviation", "kind: deviation, params: {cpa: 3}"), "cpa"),
        (("kind: deviation", "kind: rule_severity"), "mean_abs_z_2h"),
        (("training:", "threshold: {method: quantil}\ntraining:"), "quantil"),
        (("training:", "features: {windows: {h: {length: 1h, statistics: [men]}}}\ntraining:"), "men"),
        (("training:", "features: {lags: [90s]}\ntraining:"), "lag"),
        (("training:", "simulation: {faults: [{kind: spik}]}\ntraining:"), "spik"),
        (("training:", "simulatoin: {}\ntraining:"), "simulation"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_fault_in_any_room_is_found_and_named(site: Platform, change: tuple[str, str], told: str) -> None:
    _fleet(site, "bad", change)
    (looked,) = check_fleets(site)
    (fault,) = looked.faults
    assert told in str(fault)
    assert fault.remedy or fault.expected


def test_faults_of_one_file_do_not_hide_each_other_nor_those_of_another(site: Platform) -> None:
    _fleet(site, "one", ("format: table", "format: tabel"), ("kind: deviation", "kind: devation"))
    _fleet(site, "two", ("sampling: 1m", "smpling: 1m"))
    _fleet(site, "zero")
    assert [len(looked.faults) for looked in check_fleets(site)] == [2, 1, 0]


def test_a_fleet_that_says_nothing_about_simulation_needs_no_simulation(site: Platform) -> None:
    _fleet(site, "nab_like", ("format: table", "format: nab"))
    (looked,) = check_fleets(site)
    assert looked.faults == ()


def test_no_fleet_at_all_says_how_to_make_one(site: Platform) -> None:
    with pytest.raises(ConfigError, match="no fleets") as refused:
        check_fleets(site)
    assert "init" in str(refused.value.remedy)
