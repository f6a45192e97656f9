"""What each table promises, and who breaks it; contracts are made from a fleet's configuration."""

from .base import Table
from .tables import (
    QUALITY,
    cleaned_sensors,
    drift_report,
    feature_columns,
    features,
    labels,
    quality_column,
    quarantine,
    raw_readings,
    scores,
    tables,
)

__all__ = [
    "QUALITY",
    "Table",
    "cleaned_sensors",
    "drift_report",
    "feature_columns",
    "features",
    "labels",
    "quality_column",
    "quarantine",
    "raw_readings",
    "scores",
    "tables",
]
