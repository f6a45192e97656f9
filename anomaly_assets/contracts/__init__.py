"""What each table promises, and who breaks it; contracts are made from a fleet's configuration."""

from .base import Table
from .explanation import EXPLANATION_MEANINGS, NAMED, blamed_columns, explanation_columns
from .forecasts import forecast, forecast_monitoring
from .incidents import INCIDENT_SOURCES, INCIDENT_STATES, incidents
from .kinds import count_kinds, kind_columns, kind_of_most
from .settings import instant_features, mean_features, setting_columns, setting_features, setting_terms, settings_of
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
    shadow_scores,
    tables,
    threshold_moves,
    threshold_state,
)

__all__ = [
    "EXPLANATION_MEANINGS",
    "INCIDENT_SOURCES",
    "INCIDENT_STATES",
    "NAMED",
    "QUALITY",
    "Table",
    "blamed_columns",
    "cleaned_sensors",
    "count_kinds",
    "drift_report",
    "explanation_columns",
    "feature_columns",
    "features",
    "forecast",
    "forecast_monitoring",
    "incidents",
    "instant_features",
    "kind_columns",
    "kind_of_most",
    "labels",
    "mean_features",
    "quality_column",
    "quarantine",
    "raw_readings",
    "scores",
    "setting_columns",
    "setting_features",
    "setting_terms",
    "settings_of",
    "shadow_scores",
    "tables",
    "threshold_moves",
    "threshold_state",
]
