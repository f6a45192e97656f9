"""What a fleet and the installation may say, as frozen values; no code that acts on it."""

from .base import Duration, Model, format_duration, parse_duration
from .broker import BrokerConfig, Credentials, credentials, load_broker
from .fleet import FleetConfig
from .forecasting import ForecastConfig, ForecastWatch, GridConfig, coverage_names
from .gates import GatesConfig
from .incidents import IncidentConfig, Maintenance, SensorRule
from .loader import load_fleet, load_fleets, load_settings
from .machine import MachineConfig, PhaseConfig
from .modelling import (
    DetectorConfig,
    DriftConfig,
    FaultConfig,
    FleetDriftConfig,
    OperationsConfig,
    PromotionConfig,
    RetrainingConfig,
    SimulationConfig,
    ThresholdConfig,
    TrainingConfig,
    TrainingWindow,
)
from .notifications import NotificationConfig, SmtpChannel, WebhookChannel, load_notifications
from .platform import Platform, platform
from .preparation import (
    FEATURE_NAMES,
    CleaningConfig,
    ConditioningConfig,
    FeatureConfig,
    OutlierConfig,
    ScalingConfig,
    StuckConfig,
    WindowConfig,
)
from .realtime import RealtimeConfig
from .serving import MetricsConfig, RateConfig, ServingConfig, load_serving
from .source import LabelConfig, SensorConfig, SourceConfig, UnitSource
from .waveforms import BearingConfig, EnvelopeConfig, WaveformConfig

__all__ = [
    "FEATURE_NAMES",
    "BearingConfig",
    "BrokerConfig",
    "CleaningConfig",
    "ConditioningConfig",
    "Credentials",
    "DetectorConfig",
    "DriftConfig",
    "Duration",
    "EnvelopeConfig",
    "FaultConfig",
    "FeatureConfig",
    "FleetConfig",
    "FleetDriftConfig",
    "ForecastConfig",
    "ForecastWatch",
    "GatesConfig",
    "GridConfig",
    "IncidentConfig",
    "LabelConfig",
    "MachineConfig",
    "Maintenance",
    "MetricsConfig",
    "Model",
    "NotificationConfig",
    "OperationsConfig",
    "OutlierConfig",
    "PhaseConfig",
    "Platform",
    "PromotionConfig",
    "RateConfig",
    "RealtimeConfig",
    "RetrainingConfig",
    "ScalingConfig",
    "SensorConfig",
    "SensorRule",
    "ServingConfig",
    "SimulationConfig",
    "SmtpChannel",
    "SourceConfig",
    "StuckConfig",
    "ThresholdConfig",
    "TrainingConfig",
    "TrainingWindow",
    "UnitSource",
    "WaveformConfig",
    "WebhookChannel",
    "WindowConfig",
    "coverage_names",
    "credentials",
    "format_duration",
    "load_broker",
    "load_fleet",
    "load_fleets",
    "load_notifications",
    "load_serving",
    "load_settings",
    "parse_duration",
    "platform",
]
