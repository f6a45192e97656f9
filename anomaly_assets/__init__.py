"""Anomaly detection on industrial sensor data, as Dagster assets in DuckDB."""

__version__ = "0.1.0"
