"""What the HTTP service may be told, by file and by environment."""

from pathlib import Path

import pytest

from anomaly_assets.config import ServingConfig, load_serving
from anomaly_assets.config.serving import VARIABLES
from anomaly_assets.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "configs"


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)


def test_the_shipped_file_says_what_holds_without_a_file(tmp_path: Path) -> None:
    assert load_serving(SHIPPED) == load_serving(tmp_path) == ServingConfig()


def test_a_file_of_comments_alone_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "serving.yaml").write_text("# port: 8000\n")
    assert load_serving(tmp_path) == ServingConfig()


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "serving.yaml").write_text("port: 9000\nmost_windows: 10\n")
    monkeypatch.setenv("API_PORT", "9001")
    monkeypatch.setenv("API_HOST", "")
    found = load_serving(tmp_path)
    assert (found.port, found.most_windows, found.host) == (9001, 10, "127.0.0.1")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("prot: 8000", ["unknown key prot", "did you mean 'port'?"]),
        ("port: 70000", ["port", "65535"]),
        ("rate: {per_secnd: 1}", ["rate.per_secnd", "'per_second'"]),
        ("most_windows: 5000", ["waiting 4096 is less than most_windows 5000"]),
        ("metrics: {seconds: [1, 0.5]}", ["don't ascend"]),
        ("latest: 1800-01-01T00:00:00Z", ["no timestamp lies between"]),
        ("engine: torch", ["engine", "'auto', 'onnx' or 'bundle'"]),
        ("- a\n- b", ["holds no mapping"]),
        ("port: [", ["is not YAML"]),
    ],
)
def test_a_mistake_is_told_with_file_and_key(tmp_path: Path, written: str, told: list[str]) -> None:
    (tmp_path / "serving.yaml").write_text(written)
    with pytest.raises(ConfigError) as mistake:
        load_serving(tmp_path)
    assert all(part in str(mistake.value) for part in [*told, "serving.yaml"])


def test_a_mistake_in_the_environment_names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PORT", "eighty")
    with pytest.raises(ConfigError, match=r"API_PORT.*'eighty'.*environment variable"):
        load_serving(tmp_path)
