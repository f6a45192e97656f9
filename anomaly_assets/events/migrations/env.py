"""What alembic runs for every command: it works in the transaction that it is handed, and opens nothing."""

from alembic import context

VERSION_TABLE = "anomaly_events_version"
"""Not alembic's usual name: a tracking server or an orchestrator may keep its own in the same database."""


def _run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, version_table=VERSION_TABLE, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name by which alembic loads this file; an import runs nothing
    _run()
