"""A suite does not pass because it asked nobody: an installed server that is silent fails its tests."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from anomaly_assets_tests import services

ASKING = [
    (services.postgres_url, services.POSTGRES, "postgres", "postgresql://nobody@127.0.0.1:{port}/x"),
    (services.mosquitto_address, services.MOSQUITTO, "mosquitto", "127.0.0.1:{port}"),
]


@pytest.fixture
def silent() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize(("ask", "variable", "program", "named"), ASKING)
def test_a_server_that_was_named_and_is_silent_fails(
    monkeypatch: pytest.MonkeyPatch, silent: int, ask: Callable[[], object], variable: str, program: str, named: str
) -> None:
    monkeypatch.setenv(variable, named.format(port=silent))
    with pytest.raises(pytest.fail.Exception, match=f"does not answer at 127.0.0.1:{silent}"):
        ask()


@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize(("ask", "variable", "program", "named"), ASKING)
def test_a_silent_server_is_excused_only_where_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    ask: Callable[[], object],
    variable: str,
    program: str,
    named: str,
    installed: bool,
) -> None:
    def refuse(*_: object) -> None:
        raise ConnectionRefusedError("Connection refused")

    monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(services.socket, "create_connection", refuse)
    monkeypatch.setattr(services.shutil, "which", lambda name, path: name if installed and name == program else None)
    with pytest.raises(pytest.fail.Exception if installed else pytest.skip.Exception):
        ask()
