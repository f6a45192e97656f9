"""Brings the tables of a database of events up to date or back; one process at a time, in one transaction."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from ..errors import EventError
from .address import Address
from .migrations.env import VERSION_TABLE
from .turn import turn

_ONE_AT_A_TIME = threading.Lock()
"""alembic's ``op`` and ``context`` belong to the process."""

_ADVISORY = 0x616E6F6D
"""The number of this lock among PostgreSQL's advisory locks."""


def upgrade(engine: sa.Engine, address: Address, revision: str = "head") -> str | None:
    """Bring the tables up to a revision; nothing happens, and no right is needed, if they are there.

    Returns
    -------
    str or None
        The revision that they were at, None before the first.

    Raises
    ------
    EventError
        If a newer version of the platform has been at the database, or there is no such revision.
    """
    with _alone(engine, address) as connection:
        found = _revision(connection)
        scripts = ScriptDirectory.from_config(_config())
        if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
            raise EventError(
                f"the database of events at {address} was made by a newer version",
                found=f"revision {found}",
                expected=f"at most {scripts.get_current_head()}",
                remedy="install that version of anomaly-assets",
            )
        if revision != "head" or found != scripts.get_current_head():
            _run(command.upgrade, connection, revision)
        return found


def downgrade(engine: sa.Engine, address: Address, revision: str) -> None:
    """Take back what came after a revision, with its rows; ``base`` is before everything.

    Raises
    ------
    EventError
        If there is no such revision.
    """
    with _alone(engine, address) as connection:
        _run(command.downgrade, connection, revision)


def _revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def _run(order: Callable[[Config, str], None], connection: sa.Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    try:
        order(config, revision)
    except CommandError as error:
        raise EventError(
            "there is no such revision", found=str(error), remedy="name one of migrations/versions"
        ) from None


@contextmanager
def _alone(engine: sa.Engine, address: Address) -> Iterator[sa.Connection]:
    """Give a connection in a transaction, when nobody else migrates this database."""
    with _ONE_AT_A_TIME, _file_turn(address), engine.execution_options(writing=True).begin() as connection:
        if address.path is None:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY)))
        yield connection


def _file_turn(address: Address) -> AbstractContextManager[None]:
    """A SQLite file cannot lock itself while it is being made."""
    return nullcontext() if address.path is None else turn(address.path.with_name(f"{address.path.name}.migrating"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", f"{__package__}:migrations")
    return config
