"""How the database of events came to be what it is, revision by revision; alembic reads this folder."""
