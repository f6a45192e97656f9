"""The servers that tests talk to. A test skips only where a server is not installed; one that is installed must answer.

One that should be there and is not fails the tests that need it, so that no suite is green because it asked nobody.
"""

import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest

POSTGRES, MOSQUITTO = "ANOMALY_TEST_POSTGRES", "ANOMALY_TEST_MOSQUITTO"
"""Variables that name another server than the machine's own."""

PATIENCE = 5.0


def postgres_url() -> str:
    """URL of a PostgreSQL server on which this user may make databases."""
    url = os.environ.get(POSTGRES) or "postgresql://postgres@127.0.0.1:5432/postgres"
    parts = urlsplit(url)
    _answers("PostgreSQL", POSTGRES, (parts.hostname or "127.0.0.1", parts.port or 5432), ("postgres", "pg_ctlcluster"))
    return url


def mosquitto_address() -> tuple[str, int]:
    """Host and port of an MQTT broker that asks for no name."""
    host, _, port = (os.environ.get(MOSQUITTO) or "127.0.0.1:1883").rpartition(":")
    return _answers("Mosquitto", MOSQUITTO, (host, int(port)), ("mosquitto",))


def _answers(name: str, variable: str, address: tuple[str, int], programs: tuple[str, ...]) -> tuple[str, int]:
    try:
        socket.create_connection(address, PATIENCE).close()
    except OSError as error:
        where = f"{name} does not answer at {address[0]}:{address[1]} ({error})"
        if variable in os.environ or not isinstance(error, ConnectionRefusedError) or _installed(programs):
            pytest.fail(f"{where}; start it, or name another one in {variable}", pytrace=False)
        pytest.skip(f"{where} and is not installed; name one in {variable}")
    return address


def _installed(programs: tuple[str, ...]) -> bool:
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    return any(shutil.which(program, path=path) for program in programs)


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def ask_postgres(statement: str) -> None:
    """Say one statement, such as CREATE DATABASE, to the server."""
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


def named_database(name: str) -> str:
    """URL of a database of the server."""
    return urlsplit(postgres_url())._replace(path=f"/{name}").geturl()


@contextmanager
def fresh_database(options: str = "") -> Iterator[str]:
    """URL of a new database that is dropped afterwards, whoever is still connected.

    Parameters
    ----------
    options : of CREATE DATABASE, such as ``ENCODING 'LATIN1'``.
    """
    name = f"anomaly_test_{secrets.token_hex(6)}"
    ask_postgres(f"CREATE DATABASE {name} {options}")
    try:
        yield named_database(name)
    finally:
        ask_postgres(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
