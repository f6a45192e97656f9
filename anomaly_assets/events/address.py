"""From a URL to a database: which there are, how they are reached, and what of a URL may be shown.

What is kept there belongs in store.py; what an error of the database means belongs in failures.py.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from ..errors import ConfigError

_HIDDEN = "***"
_SECRETS = ("password", "sslpassword")
_EXPECTED = "sqlite:////absolute/path or postgresql://user@host:5432/database"


@dataclass(frozen=True)
class Address:
    """Where events are kept.

    Attributes
    ----------
    url : what SQLAlchemy opens; never printed, for it may hold a password.
    path : the file of a SQLite database, None for a server.
    """

    url: sa.URL
    path: Path | None

    def __str__(self) -> str:
        if self.path is not None:
            return f"sqlite:///{self.path}"
        hidden = {name: _HIDDEN for name in _SECRETS if name in self.url.query}
        shown = self.url.set(drivername="postgresql").update_query_dict(hidden)
        return shown.render_as_string(hide_password=True).replace(quote(_HIDDEN), _HIDDEN)

    __repr__ = __str__

    def scrub(self, text: str) -> str:
        """Take every secret of the URL out of a text that somebody else wrote."""
        found = [self.url.password, *(self.url.query.get(name) for name in _SECRETS)]
        for secret in found:
            text = text.replace(str(secret), _HIDDEN) if secret else text
        return text


def address_of(url: str) -> Address:
    """Read a URL.

    Raises
    ------
    ConfigError
        If it is neither of SQLite nor of PostgreSQL; the message does not repeat it.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and rest != "/":
        path = Path(rest[1:]).expanduser().resolve()
        return Address(sa.URL.create("sqlite+pysqlite", database=str(path)), path)
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise _wrong(f"a URL that begins with {scheme[:20]}" if "://" in url else "no URL")
    try:
        return Address(sa.make_url(f"postgresql+psycopg://{rest}"), None)
    except (sa.exc.ArgumentError, ValueError):
        raise _wrong("a URL that cannot be read, such as a port that is no number") from None


def _wrong(found: str) -> ConfigError:
    return ConfigError(
        "the database of events has no URL that could be used",
        found=found,
        expected=_EXPECTED,
        remedy="set ANOMALY_EVENTS_URL; characters such as @ and / in a password are written as %40 and %2F",
    )


def open_engine(address: Address, patience: float, longest_statement: float) -> sa.Engine:
    """Make an engine; nothing is connected yet.

    Parameters
    ----------
    patience : seconds to wait for a connection, or for another writer of a SQLite file.
    longest_statement : seconds after which a server gives a statement up.
    """
    if address.path is None:
        return sa.create_engine(
            address.url, pool_pre_ping=True, connect_args=_server_options(patience, longest_statement)
        )
    engine = sa.create_engine(address.url, connect_args={"timeout": patience})
    sa.event.listen(engine, "connect", _settle_file)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _server_options(patience: float, longest_statement: float) -> dict[str, Any]:
    """A server that has gone without a word is noticed by TCP, one that works for ever by itself."""
    seconds = max(2, round(patience))  # libpq takes 1 for 2
    return {
        "client_encoding": "utf8",  # a database of SQL_ASCII would answer with bytes
        "connect_timeout": seconds,
        "keepalives_idle": seconds,
        "keepalives_interval": seconds,
        "keepalives_count": 3,
        "tcp_user_timeout": round(longest_statement * 1000),
        "options": f"-c statement_timeout={round(longest_statement * 1000)} -c timezone=UTC",
    }


def _settle_file(connection: Any, _: object) -> None:
    """Begin transactions ourselves, so that a migration is one; a commit is on the disk when it returns."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    """A transaction that will write takes its turn at once; it could not any more once it has read."""
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
