"""Detections above the threshold, kept in a database (SQLite or PostgreSQL) whatever happens: queue, tables, migrations."""

__all__: list[str] = []
