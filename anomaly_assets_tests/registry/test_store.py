import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from anomaly_assets.errors import RegistryError
from anomaly_assets.registry import Registry

from .conftest import make_bundle, windows


def test_a_registered_bundle_comes_back_with_what_was_said_of_it(registry, bundle):
    made = registry.register(
        "round_trip", bundle, {"trees": 200, "note": {"a": [1]}}, {"recall": 0.75, "nan": float("nan")}
    )
    assert (made.version, made.name, made.kind) == (1, "deviation/1", "deviation")
    assert abs(datetime.now(UTC) - made.created_at) < timedelta(minutes=5)
    again = registry.get("round_trip", 1)
    assert again == made
    assert again.metrics["recall"] == 0.75
    assert again.tags["fingerprint"] == bundle.manifest.fingerprint
    loaded = Registry(registry.tracking_uri, registry.artifacts).load("round_trip", "deviation")
    assert loaded.manifest.metrics["recall"] == 0.75
    scaled = bundle.scaler.transform(windows(seed=5))
    assert np.array_equal(loaded.detector.score(scaled), bundle.detector.score(scaled))


def test_mlflow_itself_shows_params_metrics_and_the_bundle(registry, bundle):
    from mlflow import MlflowClient

    made = registry.register("shown", bundle, {"trees": 200}, {"recall": 0.75})
    client = MlflowClient(registry.tracking_uri, registry.tracking_uri)
    run = client.get_run(made.run_id)
    assert run.data.params == {"trees": "200"}
    assert run.data.metrics == {"recall": 0.75}
    assert run.info.status == "FINISHED"
    assert {item.path for item in client.list_artifacts(made.run_id, "bundle")} > {"bundle/manifest.json"}


def test_a_fleet_that_nothing_was_trained_for_is_empty_not_an_error(registry):
    assert registry.versions("unknown") == []
    assert registry.alias("unknown") is None
    assert registry.history("unknown") == []
    with pytest.raises(RegistryError, match="no model at all"):
        registry.load("unknown")
    with pytest.raises(RegistryError, match="no model at all"):
        registry.rollback("unknown")


@pytest.fixture(scope="module")
def three(registry) -> Registry:
    for _ in range(3):
        registry.register("three", make_bundle(), {}, {})
    return registry


def test_aliases_move_and_the_past_is_kept(three):
    for number in (1, 2, 3):
        assert three.set_alias("three", "champion", number, f"because {number}").aliases == ("champion",)
    three.set_alias("three", "challenger", 1)
    assert three.alias("three").version == 3
    assert three.alias("three", "challenger").version == 1
    assert three.rollback("three").version == 2
    assert three.rollback("three", "again").version == 1
    with pytest.raises(RegistryError, match="no champion before version 1"):
        three.rollback("three")
    elsewhere = Registry(three.tracking_uri, three.artifacts)
    history = [(change.version, change.reason) for change in elsewhere.history("three") if change.alias == "champion"]
    back = "rolled back by hand"
    assert history == [(1, "because 1"), (2, "because 2"), (3, "because 3"), (2, back), (1, "again")]
    whens = [change.when for change in elsewhere.history("three")]
    assert whens == sorted(whens)


def test_an_alias_for_a_version_that_does_not_exist_changes_nothing(three):
    before = three.history("three")
    with pytest.raises(RegistryError, match="deviation/3"):
        three.set_alias("three", "champion", 9)
    assert three.history("three") == before


def test_tags_are_noted_and_replaced(three):
    three.tag("three", 2, {"promotion": "a tie"})
    three.tag("three", 2, {"promotion": "better", "judged_on": 7})
    tags = three.get("three", 2).tags
    assert (tags["promotion"], tags["judged_on"]) == ("better", "7")


def test_a_version_is_loaded_once_per_process(three):
    assert three.load("three", 1) is three.load("three", "deviation/1")
    assert three.load("three", 1) is not three.load("three", 2)


def test_a_damaged_version_says_which_file_and_the_others_stay_usable(registry, bundle):
    for _ in range(2):
        registry.register("damaged", bundle, {}, {})
    run_id = registry.get("damaged", 2).run_id
    next(registry.artifacts.glob(f"damaged/{run_id}/**/profile.json")).write_text("{}")
    with pytest.raises(RegistryError, match=r"profile\.json is missing or damaged.*rollback"):
        registry.load("damaged", 2)
    assert registry.load("damaged", 1).manifest.detector == "deviation"


def test_a_home_can_be_moved(registry, bundle, tmp_path):
    registry.register("moved", bundle, {}, {})
    shutil.copytree(registry.artifacts, tmp_path / "new")
    moved = Registry(f"sqlite:///{tmp_path}/new/mlflow.sqlite", tmp_path / "new")
    moved.register("moved", bundle, {}, {})
    for number in (1, 2):
        run_id = moved.get("moved", number).run_id
        assert (tmp_path / "new" / "moved" / run_id).is_dir()
        assert moved.load("moved", number).manifest.fleet == "small"


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "mlflow.sqlite").write_text("this is no database " * 100)
    with pytest.raises(RegistryError, match=r"mlflow\.sqlite"):
        Registry(f"sqlite:///{tmp_path}/mlflow.sqlite", tmp_path).versions("small")


REGISTERING = """
import sys
from pathlib import Path
from anomaly_assets.registry import Bundle, Registry
home = Path(sys.argv[1])
registry = Registry(f"sqlite:///{home}/mlflow.sqlite", home)
bundle = Bundle.load(home / "given")
for _ in range(4):
    made = registry.register("busy", bundle, {"p": 1}, {"m": 1.0})
    registry.set_alias("busy", "champion", made.version, "busy")
"""


@pytest.mark.slow
def test_processes_that_register_at_once_on_a_new_file_lose_nothing(bundle, tmp_path):
    bundle.save(tmp_path / "given")
    command = [sys.executable, "-c", REGISTERING, str(tmp_path)]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(process.communicate()[1], process.returncode) for process in running] == [("", 0)] * 2
    registry = Registry(f"sqlite:///{tmp_path}/mlflow.sqlite", tmp_path)
    assert [version.version for version in registry.versions("busy")] == list(range(8, 0, -1))
    assert sorted(change.version for change in registry.history("busy")) == list(range(1, 9))
    assert registry.load("busy").manifest.fleet == "small"


def test_mlflow_is_loaded_at_first_use_only():
    heavy = "{'mlflow', 'sklearn', 'torch', 'skops'}"
    code = f"import sys, anomaly_assets.registry; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
